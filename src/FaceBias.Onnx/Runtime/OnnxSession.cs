using Microsoft.ML.OnnxRuntime;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Runtime;

/// <summary>An input or output of a graph.</summary>
/// <param name="Shape">Its dimensions; -1 for one that may vary.</param>
/// <param name="Symbols">The names of dimensions that may vary, empty where fixed or unnamed.</param>
internal sealed record TensorInfo(string Name, DataType Type, long[] Shape, string[] Symbols);

/// <summary>A graph ready to run. <see cref="CreateBatch"/> gives pre-allocated buffers that are filled, run and read
/// in place. A session may be used from several threads; a batch from one at a time.</summary>
internal sealed class OnnxSession : IDisposable
{
    private readonly SessionOptions _options;
    private readonly string _what;

    /// <summary>Loads a model file.</summary>
    /// <exception cref="FaceBiasException">The file is no ONNX model, or the runtime or device cannot run
    /// it.</exception>
    public OnnxSession(string path, OnnxSessionOptions? options = null)
        : this(OnnxFile.ToBytes(OnnxFile.Read(path)), $"'{path}'", options) { }

    /// <summary>Runs a model that was built or read before.</summary>
    /// <exception cref="FaceBiasException">The runtime or device cannot run it.</exception>
    public OnnxSession(ModelProto model, OnnxSessionOptions? options = null)
        : this(OnnxFile.ToBytes(model), $"the graph '{model.Graph.Name}'", options) { }

    /// <summary>Runs a model that is in memory as the bytes of its file.</summary>
    /// <param name="what">Its name in sentences, such as "'model.onnx'".</param>
    /// <exception cref="FaceBiasException">The runtime or device cannot run it.</exception>
    public OnnxSession(byte[] model, string what, OnnxSessionOptions? options)
    {
        var o = options ?? new OnnxSessionOptions();
        _what = what;
        _options = OrtEnvironment.Options(o.Threads);
        try
        {
            if (o.Device == ExecutionDevice.Cuda)
                AppendCuda(_options);
            Session = OrtEnvironment.Create(model, _options, what);
        }
        catch
        {
            _options.Dispose();
            throw;
        }
        Inputs = [.. Session.InputMetadata.Select(Info)];
        Outputs = [.. Session.OutputMetadata.Select(Info)];
    }

    public IReadOnlyList<TensorInfo> Inputs { get; }

    public IReadOnlyList<TensorInfo> Outputs { get; }

    internal InferenceSession Session { get; }

    /// <summary>Allocates buffers for runs with <paramref name="size"/> rows. Every input dimension that may vary
    /// takes this size, so a graph with other varying dimensions needs them fixed first.</summary>
    /// <param name="size">Rows per run, at least 1.</param>
    /// <param name="outputs">The outputs wanted; all if not given.</param>
    public OnnxBatch CreateBatch(int size, IReadOnlyCollection<string>? outputs = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        foreach (var name in outputs ?? [])
            if (!Outputs.Any(o => o.Name == name))
                throw new FaceBiasException(
                    $"{_what} has no output '{name}'; it has {string.Join(", ", Outputs.Select(o => o.Name))}.");
        return OrtEnvironment.Guard(_what, () => new OnnxBatch(
            this, size, [.. Outputs.Where(o => outputs is null || outputs.Contains(o.Name))], _what));
    }

    public void Dispose()
    {
        Session.Dispose();
        _options.Dispose();
    }

    /// <summary>Adds the CUDA provider or says in one sentence why it cannot be used.</summary>
    internal static void AppendCuda(SessionOptions options)
    {
        try
        {
            options.AppendExecutionProvider_CUDA(0);
        }
        catch (Exception e) when (e is OnnxRuntimeException or EntryPointNotFoundException or DllNotFoundException)
        {
            throw new FaceBiasException(
                "CUDA cannot be used: this needs an NVIDIA GPU with its driver, the CUDA 13 and cuDNN 9 libraries on the " +
                "library path, and the GPU build of ONNX Runtime; install them or use ‹Device› cpu.", e,
                ErrorKind.Unsupported);
        }
    }

    private static TensorInfo Info(KeyValuePair<string, NodeMetadata> m) => new(
        m.Key, (DataType)(int)m.Value.ElementDataType, [.. m.Value.Dimensions.Select(d => (long)d)],
        [.. m.Value.SymbolicDimensions]);
}
