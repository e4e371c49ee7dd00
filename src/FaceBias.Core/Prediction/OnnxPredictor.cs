using System.Collections.Concurrent;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Imaging;
using FaceBias.Core.Uncertainty;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Runtime;

namespace FaceBias.Core.Prediction;

/// <summary>An ONNX model as a predictor. Buffers are allocated once per thread and batch size; the model is freed when
/// it was disposed and the last call has ended.</summary>
/// <remarks>The runtime chooses its kernels by the number of rows of a batch, so the last digits of a row's numbers may
/// depend on how many rows are asked at once, and never on the number of threads.</remarks>
public sealed partial class OnnxPredictor : IPredictor
{
    private readonly OnnxSession _session;
    private readonly ModelOutput[] _outputs;
    private readonly string[] _graph;
    private readonly int _maxBatch;
    private readonly bool _fixedBatch;
    private readonly ConcurrentBag<OnnxBatch>[] _idle;
    private readonly Lock _gate = new();
    private int _running;
    private bool _disposed;

    /// <summary>An output, the value of the graph that it is made of, and how: from the rows' numbers, of any
    /// width.</summary>
    private sealed record ModelOutput(PredictorOutput Output, string Value, Func<float[], int, float[]>? Read = null);

    private OnnxPredictor(string name, PredictorKind kind, OnnxSession session, ImageSpec? image,
        IEnumerable<ModelOutput> outputs, int batchSize)
    {
        (Name, Kind, Image, _session, _outputs) = (name, kind, image, session, [.. outputs]);
        _graph = [.. _outputs.Select(o => o.Value).Distinct()];
        if (session.Inputs.Count != 1)
            throw new FaceBiasException($"{name} has {session.Inputs.Count} inputs; a predictor has one.");
        var shape = session.Inputs[0].Shape;
        RowLength = image?.Length ?? checked((int)shape.Skip(1).Aggregate(1L, (product, d) => product * d));
        _fixedBatch = shape[0] > 0;
        _maxBatch = _fixedBatch ? (int)shape[0] : Math.Max(1, batchSize);
        _idle = [.. Enumerable.Range(0, 32).Select(_ => new ConcurrentBag<OnnxBatch>())];
        if (_outputs.Any(o => o.Output.Width == 0))
        {
            // A graph may leave widths open; one row of zeros tells them.
            var values = new float[_graph.Length][];
            Run(new float[RowLength], 0, 1, values);
            _outputs = [.. _outputs.Select(
                o => o.Output.Width > 0 ? o
                    : o with { Output = o.Output with { Width = values[Array.IndexOf(_graph, o.Value)].Length } })];
        }
        Outputs = [.. _outputs.Select(o => o.Output)];
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>Where the model comes from.</summary>
    internal PredictorKind Kind { get; }

    /// <inheritdoc/>
    public ImageSpec? Image { get; }

    /// <inheritdoc/>
    public int RowLength { get; }

    /// <inheritdoc/>
    public IReadOnlyList<PredictorOutput> Outputs { get; }

    /// <summary>What was found in the file and assumed about it.</summary>
    public IReadOnlyList<string> Notes { get; private init; } = [];

    /// <summary>What is known about the model: its name, hash, licences.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Provenance { get; private init; } = [];

    /// <summary>What it says of its own uncertainty, among <see cref="Outputs"/>; of models that FaceBias
    /// trained.</summary>
    public IReadOnlyList<UncertaintyOutput> Uncertainty { get; private init; } = [];

    /// <summary>The backbone of a model that FaceBias trained.</summary>
    public string? Backbone { get; private init; }

    /// <inheritdoc/>
    public IReadOnlyList<float[]> Predict(ReadOnlySpan<float> rows, int count,
        CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (rows.Length != (long)count * RowLength)
            throw new ArgumentException(
                $"{count} rows of '{Name}' are {(long)count * RowLength} numbers, not {rows.Length}.", nameof(rows));
        Enter();
        try
        {
            var values = new float[_graph.Length][];
            for (var start = 0; start < count;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                start += Run(rows[(start * RowLength)..], start, count, values);
            }
            return [.. _outputs.Select(o => Read(o, values[Array.IndexOf(_graph, o.Value)], count))];
        }
        finally
        {
            Exit();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
                return;
            _disposed = true;
            if (_running > 0)
                return;
        }
        Free();
    }

    /// <summary>Runs one batch of what is left.</summary>
    private int Run(ReadOnlySpan<float> left, int start, int count, float[][] values)
    {
        // Powers of two: few sets of buffers, and no row is computed in vain.
        var rows = Math.Min(_maxBatch, count - start);
        var place = _fixedBatch || rows == _maxBatch ? _idle.Length - 1
            : System.Numerics.BitOperations.Log2((uint)rows);
        var size = _fixedBatch ? _maxBatch : rows == _maxBatch ? rows : 1 << place;
        rows = Math.Min(rows, size);
        if (!_idle[place].TryTake(out var batch))
            batch = _session.CreateBatch(size, _graph);
        try
        {
            var input = batch.Input<float>(_session.Inputs[0].Name);
            left[..(rows * RowLength)].CopyTo(input);
            batch.Run();
            for (var o = 0; o < _graph.Length; o++)
            {
                var output = batch.Output<float>(_graph[o]);
                var width = output.Length / size;
                values[o] ??= new float[count * width];
                output[..(rows * width)].CopyTo(values[o].AsSpan(start * width));
            }
        }
        finally
        {
            _idle[place].Add(batch);
        }
        return rows;
    }

    private float[] Read(ModelOutput output, float[]? values, int count)
    {
        if (count == 0)
            return [];
        var read = output.Read is { } convert ? convert(values!, count) : values!;
        return read.Length == count * output.Output.Width ? read : throw new FaceBiasException(
            $"'{Name}' gives {read.Length / count} numbers per row as '{output.Output.Name}' where its metadata say "
                + $"{output.Output.Width}; train or download it again.");
    }

    private void Enter()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _running++;
        }
    }

    private void Exit()
    {
        lock (_gate)
        {
            if (--_running > 0 || !_disposed)
                return;
        }
        Free();
    }

    private void Free()
    {
        foreach (var batch in _idle.SelectMany(b => b))
            batch.Dispose();
        _session.Dispose();
    }
}
