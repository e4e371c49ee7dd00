using FaceBias.MLNet.Training;
using Microsoft.ML;
using Microsoft.ML.AutoML;
using Microsoft.ML.SearchSpace.Option;
using SearchSpace = Microsoft.ML.SearchSpace.SearchSpace;

namespace FaceBias.Public.Tests;

/// <summary>The code of docs/how-to/mlnet.md that needs Microsoft.ML.AutoML; compiled where the feed has it.</summary>
internal static class DocumentedExperiments
{
    public static async Task Run(MLContext context, IDataView train, IDataView validation, IDataView test,
        CancellationToken cancel)
    {
        // <automl>
        var pipeline = context.Transforms.NormalizeMinMax("Features")
            .Append(context.Auto().MultiClassification(labelColumnName: "Label", featureColumnName: "Features"));
        var experiment = context.Auto().CreateExperiment()
            .SetPipeline(pipeline)
            .SetDataset(train, validation)                  // or .SetDataset(data, fold: 5)
            .SetWorstGroupMetric(MulticlassClassificationMetric.MicroAccuracy, ["skin_tone"], labelColumn: "Label")
            .SetTrainingTimeInSeconds(600);
        var best = await experiment.RunAsync(cancel);
        Console.WriteLine($"worst group {best.Metric:P1}");
        context.MulticlassClassification.EvaluateBySubgroup(best.Model.Transform(test), "skin_tone");
        // </automl>
    }

    public static AutoMLExperiment FineTune(MLContext context, IDataView train, IDataView validation)
    {
        // <automlfinetune>
        var space = new SearchSpace
        {
            ["Layers"] = new ChoiceOption("head", "last:2", "last:6"),
            ["LearningRate"] = new UniformDoubleOption(1e-4, 3e-3, logBase: true, defaultValue: 3e-4),
        };
        var pipeline = context.Transforms.Conversion.MapValueToKey("Label", "gender")
            .Append(context.Auto().FineTuneImageClassification(new() { FeatureColumnName = "Path" }, space));
        // </automlfinetune>
        return context.Auto().CreateExperiment().SetPipeline(pipeline).SetDataset(train, validation);
    }
}
