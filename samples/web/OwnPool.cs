using System.Collections.Concurrent;
using FaceBias.MLNet;
using Microsoft.ML;

namespace FaceBias.Samples.Web;

/// <summary>A pool of engines, for feeds without Microsoft.Extensions.ML: an engine is rented for one prediction, and made
/// where all are in use.</summary>
internal sealed class OwnPool(string modelFile) : IFacePredictor, IDisposable
{
    private readonly ConcurrentBag<FacePredictionEngine> _idle = [new MLContext().CreateFacePredictionEngine(modelFile)];

    public FaceBiasModelInfo Model { get; } = FaceBiasModelInfo.Read(modelFile);

    public static void Add(IServiceCollection services, string modelFile) => services.AddSingleton<IFacePredictor>(new OwnPool(modelFile));

    public IReadOnlyDictionary<string, TargetPrediction> Predict(byte[] picture, long maxPixels)
    {
        if (!_idle.TryTake(out var engine))
            engine = new MLContext().CreateFacePredictionEngine(modelFile);
        try
        {
            return engine.Predict(picture, maxPixels);
        }
        finally
        {
            _idle.Add(engine);
        }
    }

    public void Dispose()
    {
        while (_idle.TryTake(out var engine))
            engine.Dispose();
    }
}
