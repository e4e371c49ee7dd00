using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Runtime;
using Microsoft.ML.OnnxRuntime;

namespace FaceBias.Onnx.Training;

public sealed partial class TrainingSession
{
    private InferenceSession? _forward;
    private OrtIoBinding[]? _forwardBindings;

    /// <summary>Runs the forward graph on the batch, without dropout and without an update, and returns the loss.
    /// Fetched values are read with <see cref="Output{T}"/>.</summary>
    public float Evaluate()
    {
        if (_forward is null)
        {
            var ort = Own(OrtEnvironment.Options(_options.Threads));
            _forward = Own(OrtEnvironment.Create(OnnxFile.ToBytes(_graph.Forward), ort, $"the graph '{_model.Graph.Name}'"));
        }
        _forwardBindings ??= [.. _variables.Select(v => BindForward(_forward, v))];
        Run(_forward, _forwardBindings[_current]);
        return Scalar(Loss);
    }

    /// <summary>A copy of a parameter's values, row-major.</summary>
    public float[] GetParameter(string name) => Parameter(name).Span<float>().ToArray();

    /// <summary>Copies of all parameters, to be put back with <see cref="SetParameters"/>: the best ones so far.</summary>
    public Dictionary<string, float[]> GetParameters() => Parameters.ToDictionary(p => p, GetParameter);

    /// <summary>The moving averages of the parameters, with running statistics as they are; before the first step, and
    /// without <see cref="Optimizer.AverageDecay"/>, the parameters themselves.</summary>
    public Dictionary<string, float[]> GetAverages()
    {
        var values = GetParameters();
        if (_optimizer.AverageDecay <= 0 || StepCount == 0)
            return values;
        // The average starts at zero, so that it holds only what training made; its weights sum to this.
        var total = (float)(1 - Math.Pow(_optimizer.AverageDecay, StepCount));
        var variables = _graph.Variables.Select((v, i) => (v.Input, i)).ToDictionary(v => v.Input, v => v.i);
        foreach (var (name, value) in values)
        {
            if (!variables.TryGetValue(TrainingGraph.Average(name), out var at))
                continue;
            var average = _variables[_current][at].Span<float>();
            for (var i = 0; i < value.Length; i++)
                value[i] = average[i] / total;
        }
        return values;
    }

    /// <summary>Overwrites parameters; the optimizer's state stays.</summary>
    public void SetParameters(IReadOnlyDictionary<string, float[]> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        foreach (var (name, value) in values)
        {
            var target = Parameter(name).Span<float>();
            if (value.Length != target.Length)
                throw new FaceBiasException($"Parameter '{name}' has {target.Length} values, not {value.Length}.");
            value.CopyTo(target);
        }
    }

    /// <summary>Begins anew from the given parameters: the optimizer's state is zero again and no step is taken. Parameters
    /// that are not named keep their values. Cheaper than a second session of the same graph.</summary>
    public void Restart(IReadOnlyDictionary<string, float[]> parameters)
    {
        foreach (var state in _variables[_current].AsSpan(_graph.ModelVariables))
            state.Span<float>().Clear();
        StepCount = 0;
        SetParameters(parameters);
    }

    /// <summary>The forward model as it was given, with the trained values in place.</summary>
    public ModelProto Export()
    {
        var model = _model.Clone();
        var trained = Parameters.ToHashSet();
        for (var i = 0; i < model.Graph.Initializer.Count; i++)
            if (model.Graph.Initializer[i] is var t && trained.Contains(t.Name))
                model.Graph.Initializer[i] = Tensors.Float(t.Name, GetParameter(t.Name), [.. t.Dims]);
        return model;
    }

    private void ReadInitialValues(ModelProto model)
    {
        var initial = model.Graph.Initializer.ToDictionary(t => t.Name);
        foreach (var name in Parameters)
            initial[name].ToFloats().CopyTo(Parameter(name).Span<float>());
    }

    private TensorBuffer Parameter(string name)
    {
        for (var i = 0; i < _graph.ModelVariables; i++)
            if (_graph.Variables[i].Input == name)
                return _variables[_current][i];
        throw new FaceBiasException($"'{name}' is not a trained parameter; those are {string.Join(", ", Parameters)}.");
    }

    private OrtIoBinding BindForward(InferenceSession session, TensorBuffer[] variables)
    {
        var binding = Own(session.CreateIoBinding());
        foreach (var buffer in _inputs.Values.Concat(variables.Take(_graph.ModelVariables)))
            binding.BindInput(buffer.Name, buffer.Value);
        foreach (var buffer in _results.Values)
            binding.BindOutput(buffer.Name, buffer.Value);
        return binding;
    }
}
