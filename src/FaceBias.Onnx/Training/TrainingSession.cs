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
/// threads (see <see cref="DenseThreads"/>), with convolutions the runtime's sums then differ in the last digits. Not
/// for use from several threads at a time.
/// </summary>
internal sealed partial class TrainingSession : IDisposable
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
    private readonly TensorBuffer? _keep;
    private readonly TensorBuffer? _scale;
    private LossScale _lossScale = LossScale.Start;
    private readonly TensorBuffer[] _gradients = [];
    private readonly HostUpdate? _hostUpdate;
    private readonly InferenceSession _session;
    private readonly InferenceSession? _update;
    private readonly DeviceTransfer? _transfer;
    private readonly RunOptions _run;

    // Each variable is read from one buffer and written to the other, and the two change places after every run that
    // replaces it: an output bound onto its own input would be overwritten while it is still read.
    private readonly TensorBuffer[][] _variables;
    private readonly Dictionary<(InferenceSession, int, int), OrtIoBinding> _bindings = [];
    private long _pressure;
    private int _currentInStep;
    private int _currentInUpdate;

    /// <summary>Builds the training graph and its session.</summary>
    /// <param name="model">Forward model with its loss. Inputs are the batch: features, labels, weights.
    /// Unchanged.</param>
    /// <param name="loss">The value with one element to make small.</param>
    /// <param name="trainable">The float initializers to train; all others stay as they are.</param>
    /// <param name="options">Threads, seed, batch size, and what else to read after a step.</param>
    /// <exception cref="FaceBiasException">The model cannot be differentiated or run; the sentence says
    /// why.</exception>
    public TrainingSession(
        ModelProto model, string loss, IReadOnlyCollection<string> trainable, Optimizer optimizer,
        TrainingSessionOptions? options = null)
    {
        if (trainable.Count == 0)
            throw new FaceBiasException("There is no parameter to train; name at least one.");
        _options = options ?? new TrainingSessionOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.AccumulationSteps, 1, nameof(options));
        if (_options is { Precision: TrainingPrecision.Mixed, AccumulationSteps: > 1 })
            throw new FaceBiasException(
                "Mixed precision does not accumulate gradients; give it larger batches, or 32 bits.");
        (_model, _optimizer, Loss) = (model.Clone(), optimizer, loss);
        _graph = TrainingGraph.Build(model, loss, trainable, optimizer, _options);
        // Their values are in the runtime's memory, and the caller need not keep the model.
        _model.Graph.Forget(Parameters);
        try
        {
            if (_options.Device == ExecutionDevice.Cuda)
                _transfer = Own(new DeviceTransfer(SessionOptions(), DeviceTransfer.CudaMemory()));
            var ort = SessionOptions();
            if (_options.Profile is { } profile)
                (ort.ProfileOutputPathPrefix, ort.EnableProfiling) = (profile, true);
            _session = Own(OrtEnvironment.Create(OnnxFile.ToBytes(_graph.Step), ort,
                $"the training graph of '{model.Graph.Name}'"));
            if (_graph.Update is { } update)
                _update = Own(OrtEnvironment.Create(OnnxFile.ToBytes(update), SessionOptions(),
                    $"the update of '{model.Graph.Name}'"));
            if (_options.AccumulationSteps > 1)
                _keep = Own(new TensorBuffer(TrainingGraph.Keep, TensorProto.Types.DataType.Float, []));
            if (_options.Precision == TrainingPrecision.Mixed)
                _scale = Own(new TensorBuffer(MixedPrecision.Scale, TensorProto.Types.DataType.Float, []));
            _run = Own(new RunOptions());
            foreach (var (name, type, shape) in _graph.Batch)
                _inputs.Add(name, Own(new TensorBuffer(name, type, shape)));
            foreach (var (name, type, shape) in _graph.Results)
                _results.Add(name, Own(new TensorBuffer(name, type, shape)));
            var shapes = _graph.Step.Graph.Input.ToDictionary(
                i => i.Name, i => i.Type.TensorType.Shape.Dim.Select(d => d.DimValue).ToArray());
            _masks = [.. _graph.Masks.Select(
                m => Own(new TensorBuffer(m.Input, TensorProto.Types.DataType.Float, shapes[m.Input])))];
            _scalars = [.. _graph.Scalars.Select(s => Own(new TensorBuffer(s, TensorProto.Types.DataType.Float, [])))];
            _variables = NewVariables();
            if (_graph.Gradients.Count > 0)
                (_gradients, _hostUpdate) = NewHostUpdate();
            ReadInitialValues(model);
            // What the collector does not see, so that it frees what building the graph took before steps take as much
            // again.
            GC.AddMemoryPressure(_pressure = Math.Max(1, _graph.Bytes));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Loss { get; }

    /// <summary>At least how many bytes of memory steps take: weights, gradients, the optimizer's state, and what is
    /// kept of the forward pass. The runtime adds what single operators need while they run.</summary>
    public long Bytes => _graph.Bytes;

    /// <summary>Steps taken so far.</summary>
    public long StepCount { get; private set; }

    /// <summary>By what the loss of the next step is multiplied in mixed precision; 1 without it.</summary>
    public float Scale
    {
        get => _scale is null ? 1 : _lossScale.Value;
        internal set => _lossScale = new(value, 0, _lossScale.Skipped);
    }

    /// <summary>How often the parameters have moved: once per step, or with accumulation once per so many;
    /// not in steps of mixed precision whose gradients were not finite.</summary>
    public long UpdateCount => (StepCount / _options.AccumulationSteps) - _lossScale.Skipped;

    /// <summary>The names of the trained parameters and of the running statistics that change with them.</summary>
    public IEnumerable<string> Parameters => _graph.Variables.Take(_graph.ModelVariables).Select(v => v.Input);

    /// <summary>The buffer of a batch input, row-major, to be filled in place; it keeps its contents between
    /// steps.</summary>
    public Span<T> Input<T>(string name) where T : unmanaged => Find(_inputs, name, "input").Span<T>();

    /// <summary>What a fetched value or the loss was in the last <see cref="Step"/> or
    /// <see cref="Evaluate"/>.</summary>
    public ReadOnlySpan<T> Output<T>(string name)
        where T : unmanaged => Find(_results, name, "fetched value").Span<T>();

    /// <summary>A fetched value with one element.</summary>
    public float Scalar(string name) => Output<float>(name)[0];

    /// <summary>Updates the parameters by one batch, or with <see cref="TrainingSessionOptions.AccumulationSteps"/> by
    /// as many as that in the last of them, and returns the loss before the update.</summary>
    /// <exception cref="FaceBiasException">The runtime refuses the batch, such as a label out of range.</exception>
    public float Step(double learningRate)
    {
        for (var i = 0; i < _masks.Length; i++)
            DropoutMasks.Fill(_masks[i].Span<float>(), _graph.Masks[i].Rate, _options.Seed, i, StepCount);
        if (_keep is not null)
            _keep.Span<float>()[0] = StepCount % _options.AccumulationSteps == 0 ? 0 : 1;
        Span<float> scalars = stackalloc float[_optimizer.ScalarNames.Length];
        _optimizer.Scalars(UpdateCount + 1, learningRate, scalars);
        for (var i = 0; i < _scalars.Length; i++)
            _scalars[i].Span<float>()[0] = scalars[i];
        if (_scale is not null)
            _scale.Span<float>()[0] = _lossScale.Value;
        Run(_session, Binding(_session, _graph.Step));
        if (_scale is not null)
            _lossScale = _lossScale.After(Scalar(MixedPrecision.Finite) == 1);
        _currentInStep = 1 - _currentInStep;
        StepCount++;
        if (StepCount % _options.AccumulationSteps != 0)
            return Scalar(Loss);
        _hostUpdate?.Apply(scalars, _currentInStep);
        if (_update is not null)
        {
            Run(_update, Binding(_update, _graph.Update!));
            _currentInUpdate = 1 - _currentInUpdate;
        }
        return Scalar(Loss);
    }

    public void Dispose()
    {
        for (var i = _owned.Count - 1; i >= 0; i--)
            _owned[i].Dispose();
        _owned.Clear();
        if (_pressure > 0)
            GC.RemoveMemoryPressure(_pressure);
        _pressure = 0;
    }

    private T Own<T>(T resource) where T : IDisposable
    {
        _owned.Add(resource);
        return resource;
    }

    private SessionOptions SessionOptions()
    {
        var options = Own(OrtEnvironment.Options(_graph.Threads, spin: _options.Spin));
        // A plan of all buffers comes on top of what the first step took, and is not faster.
        options.EnableMemoryPattern = false;
        if (_options.Device == ExecutionDevice.Cuda)
            OnnxSession.AppendCuda(options);
        return options;
    }

    /// <summary>Whatever a graph of the session takes and gives, at the places where it is now and belongs
    /// next.</summary>
    private OrtIoBinding Binding(InferenceSession session, ModelProto graph)
    {
        var key = (session, _currentInStep, _currentInUpdate);
        if (_bindings.TryGetValue(key, out var known))
            return known;
        var binding = Own(session.CreateIoBinding());
        var buffers = _inputs.Values.Concat(_masks).Concat(_scalars)
            .Concat(_variables[0].Select((_, i) => Variable(i)));
        if (_keep is not null)
            buffers = buffers.Append(_keep);
        if (_scale is not null)
            buffers = buffers.Append(_scale);
        var taken = graph.Graph.Input.Select(i => i.Name).ToHashSet();
        foreach (var buffer in buffers.Where(b => taken.Contains(b.Name)))
            binding.BindInput(buffer.Name, buffer.Value);
        var given = graph.Graph.Output.Select(o => o.Name).ToHashSet();
        foreach (var buffer in _results.Values.Concat(_gradients).Where(b => given.Contains(b.Name)))
            binding.BindOutput(buffer.Name, buffer.Value);
        for (var i = 0; i < _graph.Variables.Count; i++)
            if (_graph.Variables[i] is var v
                && v.Place == (session == _update ? TrainingGraph.Place.Update : TrainingGraph.Place.Step)
                && given.Contains(v.Output))
                binding.BindOutput(v.Output, _variables[1 - Current(v)][i].Value);
        return _bindings[key] = binding;
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
                $"ONNX Runtime failed in training step {StepCount} of '{_model.Graph.Name}': {RuntimeReason.Of(e)}.",
                e);
        }
    }

    private static TensorBuffer Find(Dictionary<string, TensorBuffer> buffers, string name, string kind) =>
        buffers.TryGetValue(name, out var buffer)
            ? buffer
            : throw new FaceBiasException(
                $"The training session has no {kind} '{name}'; it has {string.Join(", ", buffers.Keys)}.");
}
