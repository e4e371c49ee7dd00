using Microsoft.ML.OnnxRuntime;

namespace FaceBias.Onnx.Runtime;

/// <summary>Pre-allocated buffers of one session and batch size. Fill <see cref="Input{T}"/>, call <see cref="Run"/>,
/// read <see cref="Output{T}"/>; nothing is allocated or copied in between on the CPU.</summary>
internal sealed class OnnxBatch : IDisposable
{
    private readonly InferenceSession _session;
    private readonly OrtIoBinding _binding;
    private readonly RunOptions _run = new();
    private readonly Dictionary<string, TensorBuffer> _inputs = [];
    private readonly Dictionary<string, TensorBuffer> _outputs = [];
    private readonly string _what;

    internal OnnxBatch(OnnxSession session, int size, IReadOnlyList<TensorInfo> outputs, string what)
    {
        (_session, _what, Size) = (session.Session, what, size);
        _binding = _session.CreateIoBinding();
        try
        {
            var symbols = new HashSet<string>();
            foreach (var info in session.Inputs)
            {
                var buffer = new TensorBuffer(info.Name, info.Type, [.. info.Shape.Select(d => d < 0 ? size : d)]);
                _inputs.Add(info.Name, buffer);
                _binding.BindInput(info.Name, buffer.Value);
                symbols.UnionWith(info.Symbols.Where(s => s.Length > 0));
            }
            foreach (var (info, shape) in OutputShapes(outputs, symbols))
            {
                var buffer = new TensorBuffer(info.Name, info.Type, shape);
                _outputs.Add(info.Name, buffer);
                _binding.BindOutput(info.Name, buffer.Value);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Rows per run.</summary>
    public int Size { get; }

    /// <summary>The buffer of an input, row-major, zero until written.</summary>
    public Span<T> Input<T>(string name) where T : unmanaged => Find(_inputs, name, "input").Span<T>();

    /// <summary>Runs the graph on what the input buffers hold.</summary>
    /// <exception cref="FaceBiasException">The runtime refuses the values, such as an index out of range.</exception>
    public void Run()
    {
        try
        {
            _session.RunWithBinding(_run, _binding);
        }
        catch (OnnxRuntimeException e)
        {
            throw new FaceBiasException($"ONNX Runtime failed to run {_what}: {RuntimeReason.Of(e)}.", e);
        }
    }

    /// <summary>The buffer of an output, row-major; valid after <see cref="Run"/> and until the next one.</summary>
    public ReadOnlySpan<T> Output<T>(string name) where T : unmanaged => Find(_outputs, name, "output").Span<T>();

    /// <summary>The dimensions of an output.</summary>
    public ReadOnlySpan<long> OutputShape(string name) => Find(_outputs, name, "output").Shape;

    public void Dispose()
    {
        _binding.Dispose();
        _run.Dispose();
        foreach (var buffer in _inputs.Values.Concat(_outputs.Values))
            buffer.Dispose();
    }

    private IEnumerable<(TensorInfo Info, long[] Shape)> OutputShapes(
        IReadOnlyList<TensorInfo> outputs, HashSet<string> symbols)
    {
        if (outputs.All(
            o => Enumerable.Range(0, o.Shape.Length).All(i => o.Shape[i] >= 0 || symbols.Contains(o.Symbols[i]))))
            return [.. outputs.Select(o => (o, o.Shape.Select(d => d < 0 ? Size : d).ToArray()))];
        // A dimension that no input names is found by running the graph once.
        using var values = _session.Run(
            _run, [.. _inputs.Keys], [.. _inputs.Values.Select(b => b.Value)], [.. outputs.Select(o => o.Name)]);
        return [.. outputs.Select((o, i) => (o, values[i].GetTensorTypeAndShape().Shape))];
    }

    private TensorBuffer Find(Dictionary<string, TensorBuffer> buffers, string name, string kind) =>
        buffers.TryGetValue(name, out var buffer)
            ? buffer
            : throw new FaceBiasException($"{_what} has no {kind} '{name}'; it has {string.Join(", ", buffers.Keys)}.");
}
