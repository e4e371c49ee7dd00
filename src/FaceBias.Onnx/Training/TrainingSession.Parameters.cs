using FaceBias.Onnx.Runtime;
using Microsoft.ML.OnnxRuntime;

namespace FaceBias.Onnx.Training;

internal sealed partial class TrainingSession
{
    private InferenceSession? _forward;

    /// <summary>Runs the forward graph on the batch, without dropout and without an update, and returns the loss.
    /// Fetched values are read with <see cref="Output{T}"/>.</summary>
    public float Evaluate()
    {
        _forward ??= Own(
            OrtEnvironment.Create(OnnxFile.ToBytes(_graph.Forward), SessionOptions(),
                $"the graph '{_model.Graph.Name}'"));
        Run(_forward, Binding(_forward, _graph.Forward));
        return Scalar(Loss);
    }

    /// <summary>A copy of a parameter's values, row-major.</summary>
    public float[] GetParameter(string name) => Read(Parameter(name));

    /// <summary>Copies of all parameters, to be put back with <see cref="SetParameters"/>: the best ones so
    /// far.</summary>
    public Dictionary<string, float[]> GetParameters() => Parameters.ToDictionary(p => p, GetParameter);

    /// <summary>The moving averages of the parameters, with running statistics as they are; before the first step, and
    /// without <see cref="Optimizer.EmaDecay"/>, the parameters themselves.</summary>
    public Dictionary<string, float[]> GetAverages()
    {
        var values = GetParameters();
        if (_optimizer.EmaDecay <= 0 || UpdateCount == 0)
            return values;
        // The average starts at zero, so that it holds only what training made; its weights sum to this.
        var total = (float)(1 - Math.Pow(_optimizer.EmaDecay, UpdateCount));
        var variables = _graph.Variables.Select((v, i) => (v.Input, i)).ToDictionary(v => v.Input, v => v.i);
        foreach (var (name, value) in values)
        {
            if (!variables.TryGetValue(TrainingGraph.Average(name), out var at))
                continue;
            var average = Read(Variable(at));
            for (var i = 0; i < value.Length; i++)
                value[i] = average[i] / total;
        }
        return values;
    }

    /// <summary>Overwrites parameters; the optimizer's state stays.</summary>
    public void SetParameters(IReadOnlyDictionary<string, float[]> values)
    {
        foreach (var (name, value) in values)
        {
            var target = Parameter(name);
            var length = Tensors.Count(target.Shape);
            if (value.Length != length)
                throw new FaceBiasException($"Parameter '{name}' has {length} values, not {value.Length}.");
            Write(target, value);
        }
    }

    /// <summary>Begins anew from the given parameters: the optimizer's state is zero again and no step is taken.
    /// Parameters that are not named keep their values. Cheaper than a second session of the same graph.</summary>
    public void Restart(IReadOnlyDictionary<string, float[]> parameters)
    {
        for (var i = _graph.ModelVariables; i < _graph.Variables.Count; i++)
            Write(Variable(i), new float[Tensors.Count(_graph.Variables[i].Shape)]);
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
            if (_transfer is null)
                initial[name].CopyTo(Parameter(name).Span<float>());
            else
                Write(Parameter(name), initial[name].ToFloats());
    }

    private TensorBuffer Parameter(string name)
    {
        for (var i = 0; i < _graph.ModelVariables; i++)
            if (_graph.Variables[i].Input == name)
                return Variable(i);
        throw new FaceBiasException($"'{name}' is not a trained parameter; those are {string.Join(", ", Parameters)}.");
    }
}
