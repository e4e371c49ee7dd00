using FaceBias.Onnx.Runtime;

namespace FaceBias.Onnx.Training;

internal sealed partial class TrainingSession
{
    private TensorBuffer[][] NewVariables()
    {
        var variables = _graph.Variables.Select(v => v.Place == TrainingGraph.Place.Host
            ? Enumerable.Repeat(NewVariable(v), 2).ToArray() : [NewVariable(v), NewVariable(v)]).ToArray();
        return [[.. variables.Select(v => v[0])], [.. variables.Select(v => v[1])]];
    }

    private TensorBuffer NewVariable(TrainingGraph.Variable v)
    {
        if (_transfer is null)
            return Own(new TensorBuffer(v.Input, TensorProto.Types.DataType.Float, v.Shape));
        var variable = Own(_transfer.Allocate(v.Input, v.Shape));
        Write(variable, new float[variable.Count]);
        return variable;
    }

    private (TensorBuffer[] Gradients, HostUpdate Update) NewHostUpdate()
    {
        var at = _graph.Variables.Select((v, i) => (v.Input, i)).ToDictionary(v => v.Input, v => v.i);
        var accumulated = _graph.Variables.Select((v, i) => (v.Output, i)).Where(v => v.Output.Length > 0)
            .ToDictionary(v => v.Output, v => v.i);
        var parameters = _graph.Variables.Take(_graph.ModelVariables).Where(v => v.Place == TrainingGraph.Place.Host)
            .ToList();
        var gradients = new Dictionary<string, TensorBuffer[]>();
        foreach (var (name, shape) in _graph.Gradients)
            if (!gradients.ContainsKey(name))
                gradients[name] = accumulated.TryGetValue(name, out var i)
                    ? [_variables[0][i], _variables[1][i]]
                    : [Own(new TensorBuffer(name, TensorProto.Types.DataType.Float, shape))];
        var slots = parameters.Zip(_graph.Gradients).Select(p => new HostUpdate.Slot(
            _variables[0][at[p.First.Input]], gradients[p.Second.Output],
            [.. _optimizer.StateNames.Select(s => _variables[0][at[TrainingGraph.State(p.First.Input, s)]])],
            _optimizer.EmaDecay > 0 ? _variables[0][at[TrainingGraph.Average(p.First.Input)]] : null,
            _optimizer.Group?.Invoke(p.First.Input) ?? new ParameterGroup()));
        return ([.. gradients.Values.Where(g => g.Length == 1).Select(g => g[0])],
            new HostUpdate(_optimizer, _options.Threads, slots));
    }

    /// <summary>The buffer that holds a variable now.</summary>
    private TensorBuffer Variable(int i) => _variables[Current(_graph.Variables[i])][i];

    private int Current(TrainingGraph.Variable v) =>
        v.Place == TrainingGraph.Place.Update ? _currentInUpdate : _currentInStep;

    private float[] Read(TensorBuffer variable)
    {
        if (_transfer is null)
            return variable.Span<float>().ToArray();
        using var host = new TensorBuffer(variable.Name, variable.Type, variable.Shape);
        _transfer.Copy(variable.Value, host.Value);
        return host.Span<float>().ToArray();
    }

    private void Write(TensorBuffer variable, ReadOnlySpan<float> values)
    {
        if (_transfer is null)
        {
            values.CopyTo(variable.Span<float>());
            return;
        }
        using var host = new TensorBuffer(variable.Name, variable.Type, variable.Shape);
        values.CopyTo(host.Span<float>());
        _transfer.Copy(host.Value, variable.Value);
    }
}
