using FaceBias.MLNet;
using Microsoft.Extensions.ML;
using Microsoft.ML;

namespace FaceBias.Samples.Web;

/// <summary>ML.NET's own pool. It loads a model zip, which is written beside the temporary files when the service starts.</summary>
internal sealed class EnginePool(PredictionEnginePool<FaceImage, FacePrediction> pool, FaceBiasModelInfo model) : IFacePredictor
{
    public FaceBiasModelInfo Model => model;

    public static void Add(IServiceCollection services, string modelFile)
    {
        var info = FaceBiasModelInfo.Read(modelFile);
        var context = new MLContext();
        var none = context.Data.LoadFromEnumerable(Array.Empty<FaceImage>());
        var zip = Path.Combine(Directory.CreateTempSubdirectory("facebias-web-").FullName, "model.zip");
        // Without the schema of the input: ML.NET cannot write one that has nothing but a picture.
        context.Model.Save(context.Transforms.ApplyFaceBiasModel(modelFile).Fit(none), null, zip);
        services.AddPredictionEnginePool<FaceImage, FacePrediction>().FromFile(zip);
        services.AddSingleton<IFacePredictor>(s => new EnginePool(s.GetRequiredService<PredictionEnginePool<FaceImage, FacePrediction>>(), info));
    }

    public IReadOnlyDictionary<string, TargetPrediction> Predict(byte[] picture, long maxPixels)
    {
        using var image = FaceImageFile.Read(picture, model.Input, maxPixels);
        return pool.Predict(new FaceImage { Image = image }).Read(model);
    }
}
