using System.Diagnostics;
using FaceBias.Core.Imaging;

namespace FaceBias.MLNet;

/// <summary>Predictions of one model for many requests at once. All share one session; as many run at a time as there
/// are cores, each on one, and the others wait, so that memory does not grow with the number of requests.</summary>
[DebuggerDisplay("at most {Concurrency} at once")]
public sealed class FacePredictionEnginePool : IDisposable
{
    private readonly FacePredictionEngine _engine;
    private readonly SemaphoreSlim _gate;

    /// <summary>Loads a model.</summary>
    /// <param name="modelFile">The <c>model.onnx</c> of a run.</param>
    /// <param name="concurrency">Predictions at a time; 0 for one per core.</param>
    /// <exception cref="FaceBiasException">The file is missing or no FaceBias model.</exception>
    public FacePredictionEnginePool(string modelFile, int concurrency = 0)
    {
        ArgumentNullException.ThrowIfNull(modelFile);
        ArgumentOutOfRangeException.ThrowIfNegative(concurrency);
        Concurrency = concurrency > 0 ? concurrency : Environment.ProcessorCount;
        _engine = new(modelFile, oneThreadPerRow: true);
        _gate = new(Concurrency);
    }

    /// <summary>What the model predicts.</summary>
    public FaceBiasModelInfo Model => _engine.Model;

    /// <summary>Maximum number of predictions at a time.</summary>
    public int Concurrency { get; }

    /// <summary>Predicts for the bytes of a picture file, once it is this request's turn.</summary>
    /// <param name="imageBytes">The whole file.</param>
    /// <param name="maxPixels">Pictures with more pixels are refused before anything is allocated for them.</param>
    /// <param name="cancellationToken">Gives the wait up.</param>
    /// <exception cref="FaceBiasException">It is no picture, or too large.</exception>
    /// <exception cref="OperationCanceledException">Cancelled while waiting.</exception>
    /// <exception cref="ObjectDisposedException">The pool was disposed.</exception>
    public async Task<IReadOnlyDictionary<string, TargetPrediction>> PredictAsync(
        byte[] imageBytes, long maxPixels = ImageDecoder.DefaultMaxPixels,
            CancellationToken cancellationToken = default)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await Task.Run(() => _engine.Predict(imageBytes, maxPixels), CancellationToken.None)
                .ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Predicts for the bytes of a picture file, once it is this request's turn.</summary>
    /// <inheritdoc cref="PredictAsync"/>
    public IReadOnlyDictionary<string, TargetPrediction> Predict(byte[] imageBytes,
        long maxPixels = ImageDecoder.DefaultMaxPixels)
    {
        _gate.Wait();
        try
        {
            return _engine.Predict(imageBytes, maxPixels);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Frees the session.</summary>
    public void Dispose() => _engine.Dispose();
}
