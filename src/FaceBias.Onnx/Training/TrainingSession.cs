using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Runtime;
using Microsoft.ML.OnnxRuntime;

namespace FaceBias.Onnx.Training;

/// <summary>
/// Trains parameters of an ONNX model in ONNX Runtime. Fill the batch in place, call <see cref="Step"/>, repeat:
/// <code>
/// using var session = new TrainingSession(model, "loss", ["w1", "b1"], new AdamW { WeightDecay = 0.01 });
/// batch.CopyTo(session.Input&lt;float&gt;("features"));
/// var loss = session.Step(learningRate: 1e-3);
/// </code>
/// The model's Dropout nodes are active in <see cref="Step"/> and pass through in <see cref="Evaluate"/>. The same
/// seed, data and number of threads give the same weights bit for bit; with dense layers alone also other numbers of
/// threads, with convolutions the runtime's sums then differ in the last digits. Not for use from several threads at a
/// time.
/// </summary>
public sealed partial class TrainingSession : IDisposable
{
    private readonly ModelProto _model;
    private readonly TrainingGraph _graph;
    private readonly Optimizer _optimizer;
    private readonly TrainingSessionOptions _options;
    private readonly List<IDisposable> _owned = [];
    private readonly Dictionary<string, TensorBuffer> _inputs = [];
    private readonly Dictionary<string, TensorBuffer> _results = [];
    private readonly TensorBuffer[] _masks;
    private readonly TensorBuffer[] _scalars;
    private readonly InferenceSession _session;
    private readonly RunOptions _run;

    // Parameters and state are read from one set of buffers and written to the other, and the sets change places after
    // every step: an output bound onto its own input would be overwritten while it is still read.
    private readonly TensorBuffer[][] _variables;
    private readonly OrtIoBinding[] _bindings;
    private int _current;

    /// <summary>Builds the training graph and its session.</summary>
    /// <param name="model">Forward model with its loss. Inputs are the batch: features, labels, weights. Unchanged.</param>
    /// <param name="loss">The value with one element to make small.</param>
    /// <param name="trainable">The float initializers to train; all others stay as they are.</param>
    /// <param name="optimizer">How parameters are updated.</param>
    /// <param name="options">Threads, seed, batch size, and what else to read after a step.</param>
    /// <exception cref="FaceBiasException">The model cannot be differentiated or run; the sentence says why.</exception>
    public TrainingSession(
        ModelProto model, string loss, IReadOnlyCollection<string> trainable, Optimizer optimizer,
        TrainingSessionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(optimizer);
        ArgumentNullException.ThrowIfNull(trainable);
        if (trainable.Count == 0)
            throw new FaceBiasException("There is no parameter to train; name at least one.");
        _options = options ?? new TrainingSessionOptions();
        (_model, _optimizer, Loss) = (model, optimizer, loss);
        _graph = TrainingGraph.Build(model, loss, trainable, optimizer, _options);
        try
        {
            var ort = Own(OrtEnvironment.Options(_options.Threads));
            if (_options.Profile is { } profile)
                (ort.ProfileOutputPathPrefix, ort.EnableProfiling) = (profile, true);
            _session = Own(OrtEnvironment.Create(OnnxFile.ToBytes(_graph.Step), ort, $"the training graph of '{model.Graph.Name}'"));
            _run = Own(new RunOptions());
            foreach (var (name, type, shape) in _graph.Batch)
                _inputs.Add(name, Own(new TensorBuffer(name, type, shape)));
            foreach (var (name, type, shape) in _graph.Results)
                _results.Add(name, Own(new TensorBuffer(name, type, shape)));
            var shapes = _graph.Step.Graph.Input.ToDictionary(
                i => i.Name, i => i.Type.TensorType.Shape.Dim.Select(d => d.DimValue).ToArray());
            _masks = [.. _graph.Masks.Select(m => Own(new TensorBuffer(m.Input, TensorProto.Types.DataType.Float, shapes[m.Input])))];
            _scalars = [.. _graph.Scalars.Select(s => Own(new TensorBuffer(s, TensorProto.Types.DataType.Float, [])))];
            _variables = [NewVariables(), NewVariables()];
            _bindings = [Bind(_variables[0], _variables[1]), Bind(_variables[1], _variables[0])];
            ReadInitialValues(model);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The name of the loss.</summary>
    public string Loss { get; }

    /// <summary>Steps taken so far.</summary>
    public long StepCount { get; private set; }

    /// <summary>The names of the trained parameters and of the running statistics that change with them.</summary>
    public IEnumerable<string> Parameters => _graph.Variables.Take(_graph.ModelVariables).Select(v => v.Input);

    /// <summary>The buffer of a batch input, row-major, to be filled in place; it keeps its contents between steps.</summary>
    public Span<T> Input<T>(string name) where T : unmanaged => Find(_inputs, name, "input").Span<T>();

    /// <summary>The dimensions of a batch input.</summary>
    public ReadOnlySpan<long> InputShape(string name) => Find(_inputs, name, "input").Shape;

    /// <summary>What a fetched value or the loss was in the last <see cref="Step"/> or <see cref="Evaluate"/>.</summary>
    public ReadOnlySpan<T> Output<T>(string name) where T : unmanaged => Find(_results, name, "fetched value").Span<T>();

    /// <summary>A fetched value with one element.</summary>
    public float Scalar(string name) => Output<float>(name)[0];

    /// <summary>Updates the parameters by one batch and returns the loss before the update.</summary>
    /// <exception cref="FaceBiasException">The runtime refuses the batch, such as a label out of range.</exception>
    public float Step(double learningRate)
    {
        Span<float> scalars = stackalloc float[_scalars.Length];
        _optimizer.Scalars(StepCount + 1, learningRate, scalars);
        for (var i = 0; i < _scalars.Length; i++)
            _scalars[i].Span<float>()[0] = scalars[i];
        for (var i = 0; i < _masks.Length; i++)
            DropoutMasks.Fill(_masks[i].Span<float>(), _graph.Masks[i].Rate, _options.Seed, i, StepCount);
        Run(_session, _bindings[_current]);
        _current = 1 - _current;
        StepCount++;
        return Scalar(Loss);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        for (var i = _owned.Count - 1; i >= 0; i--)
            _owned[i].Dispose();
        _owned.Clear();
    }

    private T Own<T>(T resource) where T : IDisposable
    {
        _owned.Add(resource);
        return resource;
    }

    private TensorBuffer[] NewVariables() =>
        [.. _graph.Variables.Select(v => Own(new TensorBuffer(v.Input, TensorProto.Types.DataType.Float, v.Shape)))];

    private OrtIoBinding Bind(TensorBuffer[] from, TensorBuffer[] to)
    {
        var binding = Own(_session.CreateIoBinding());
        foreach (var buffer in _inputs.Values.Concat(_masks).Concat(_scalars).Concat(from))
            binding.BindInput(buffer.Name, buffer.Value);
        foreach (var buffer in _results.Values)
            binding.BindOutput(buffer.Name, buffer.Value);
        for (var i = 0; i < to.Length; i++)
            binding.BindOutput(_graph.Variables[i].Output, to[i].Value);
        return binding;
    }

    private void Run(InferenceSession session, OrtIoBinding binding)
    {
        try
        {
            session.RunWithBinding(_run, binding);
        }
        catch (OnnxRuntimeException e)
        {
            throw new FaceBiasException(
                $"ONNX Runtime failed in training step {StepCount} of '{_model.Graph.Name}': {OrtEnvironment.Reason(e)}.", e);
        }
    }

    private static TensorBuffer Find(Dictionary<string, TensorBuffer> buffers, string name, string kind) =>
        buffers.TryGetValue(name, out var buffer)
            ? buffer
            : throw new FaceBiasException($"The training session has no {kind} '{name}'; it has {string.Join(", ", buffers.Keys)}.");
}
