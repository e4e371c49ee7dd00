using System.Buffers;
using FaceBias.Core.Imaging;
using FaceBias.Core.Prediction;
using FaceBias.Onnx.Runtime;

namespace FaceBias.MLNet.Scoring;

/// <summary>Runs the graph of a transformer: over many rows with a batch on every core, or for one row at a time with
/// all cores on it. Safe for several threads. A session is made when it is first needed.</summary>
internal sealed class ModelScorer : IDisposable
{
    private readonly ScoringSpec _spec;
    private readonly byte[] _model;
    private readonly Lazy<OnnxPredictor> _many;
    private readonly Lazy<OnnxPredictor> _one;
    private readonly Type _owner;
    private int _disposed;

    /// <param name="spec">What goes in and comes out.</param>
    /// <param name="model">The graph.</param>
    /// <param name="owner">Who is named once it was disposed.</param>
    /// <param name="oneThreadPerRow">Whether a row is scored by one core.</param>
    public ModelScorer(ScoringSpec spec, byte[] model, Type owner, bool oneThreadPerRow = false)
    {
        (_spec, _model, _owner) = (spec, model, owner);
        _many = new(() => Open(threads: 1));
        _one = oneThreadPerRow ? _many : new(() => Open(_spec.Threads));
    }

    /// <exception cref="FaceBiasException">The runtime failed.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    public RowScores Score(in RowInput input, ImageDecoder? decoder = null)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, _owner);
        var rented = ArrayPool<float>.Shared.Rent(_spec.InputLength);
        try
        {
            var row = rented.AsSpan(0, _spec.InputLength);
            return input.Prepare(_spec, row, decoder) is { } problem ? Unreadable(input, problem)
                : new(_one.Value.Predict(row, 1), null);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(rented);
        }
    }

    /// <summary>Scores rows, all cores side by side.</summary>
    /// <exception cref="FaceBiasException">The runtime failed, or a picture cannot be used and shall not be passed
    /// over.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    public RowScores[] Score(IReadOnlyList<RowInput> inputs)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, _owner);
        var scores = new RowScores[inputs.Count];
        ImagePredictions.Run(
            _many.Value, [.. Enumerable.Range(0, inputs.Count)],
            (row, destination) => inputs[row].Prepare(_spec, destination),
            (rows, outputs) =>
            {
                for (var i = 0; i < rows.Length; i++)
                {
                    var at = i;
                    scores[rows[i]] =
                        new([.. _spec.Outputs.Select((o, k) => outputs[k].AsSpan(at * o.Length, o.Length).ToArray())],
                            null);
                }
            },
            (row, problem) => scores[row] = Unreadable(inputs[row], problem), _spec.Threads, CancellationToken.None);
        return scores;
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        if (_many.IsValueCreated)
            _many.Value.Dispose();
        if (_one != _many && _one.IsValueCreated)
            _one.Value.Dispose();
    }

    private RowScores Unreadable(in RowInput input, string problem) => _spec.Unreadable == UnreadableImages.KeepRow
        ? RowScores.Missing(_spec, problem)
        : throw new FaceBiasException(
            $"{input.Name} cannot be used: {problem}; take the row out, or let unreadable pictures keep their rows.");

    private OnnxPredictor Open(int threads) => OnnxPredictor.OfSession(
        Session(threads), "the model", _spec.Outputs.Select(o => new PredictorOutput(o.Name, o.Length)),
        _spec.Image);

    private OnnxSession Session(int threads)
    {
        if (_spec.GpuDeviceId is null)
            return new(_model, "the model", new OnnxSessionOptions { Threads = threads });
        try
        {
            return new(_model, "the model",
                new OnnxSessionOptions { Threads = threads, Device = ExecutionDevice.Cuda });
        }
        catch (FaceBiasException) when (_spec.FallbackToCpu)
        {
            return new(_model, "the model", new OnnxSessionOptions { Threads = threads });
        }
    }
}
