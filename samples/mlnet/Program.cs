// From pictures and labels to a service, all of it in ML.NET:
//
//   dotnet run -c Release --project samples/mlnet -- train LABELS.csv IMAGES OUT [BACKBONE]
//   dotnet run -c Release --project samples/mlnet -- serve OUT/model.onnx --urls http://localhost:5000
//
// LABELS.csv has a header and the columns path (below IMAGES), label, group. Labels and groups of people are perceived
// attributes.
using FaceBias.MLNet;
using FaceBias.MLNet.Evaluation;
using FaceBias.MLNet.Sweeping;
using FaceBias.MLNet.Training;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace FaceBias.Samples.MLNet;

/// <summary>The sample.</summary>
public static class Card
{
    private sealed class Row
    {
        [LoadColumn(0)] public string Path { get; set; } = "";
        [LoadColumn(1)] public string Label { get; set; } = "";
        [LoadColumn(2)] public string Group { get; set; } = "";
    }

    /// <summary>What came of it: accuracy over the test rows, and in the worst group.</summary>
    /// <param name="Accuracy">By model.</param>
    public sealed record Result(IReadOnlyDictionary<string, (double All, double WorstGroup)> Accuracy);

    /// <summary>Trains three models and judges them on rows that none of them saw.</summary>
    /// <param name="labels">The table.</param>
    /// <param name="images">The folder of its paths.</param>
    /// <param name="output">Where model.onnx and model.zip go.</param>
    /// <param name="backbone">A backbone of the catalogue, one that was imported, or the file of one.</param>
    /// <param name="home">The folder of downloaded models and caches; null for FaceBias's own.</param>
    /// <param name="layers">What is fine-tuned: last:N, all or head.</param>
    public static Result Train(string labels, string images, string output, string backbone = "faceres",
        string? home = null, string layers = "last:6")
    {
        var context = new MLContext(seed: 7);

        // Images and labels: paths in an IDataView, decoded when they are asked for.
        var rows = context.Data.LoadFromTextFile<Row>(labels, separatorChar: ',', hasHeader: true, allowQuoting: true);
        rows = context.Transforms.Conversion.MapValueToKey("Label",
            keyOrdinality: Microsoft.ML.Transforms.ValueToKeyMappingEstimator.KeyOrdinality.ByValue).Fit(rows)
            .Transform(rows);
        var outer = context.Data.TrainTestSplit(rows, testFraction: 0.3, seed: 7);
        var inner = context.Data.TrainTestSplit(outer.TrainSet, testFraction: 0.3, seed: 7);
        var (train, validation, test) = (inner.TrainSet, inner.TestSet, outer.TestSet);
        var accuracy = new Dictionary<string, (double, double)>();

        // A backbone, fine-tuned: from pictures to Score and PredictedLabel.
        var tuned = context.MulticlassClassification.Trainers.FineTuneImageClassification(new ImageFineTuningOptions
        {
            FeatureColumnName = "Path", ImageFolder = images, Backbone = backbone, Layers = layers, Epoch = 3,
            ValidationSet = validation, Home = home,
            MetricsCallback =
                m => Console.WriteLine($"{m.Stage} epoch {m.Epoch}: loss {m.Loss:0.000}, accuracy {m.Accuracy:P1}"),
        }).Fit(train);
        Judge("fine-tuned", tuned.Transform(test));
        tuned.SaveOnnx(Path.Combine(output, "model.onnx"));

        // Features of the frozen backbone, once, for everything that follows.
        var features = context.Transforms.ApplyBackbone(
            new BackboneOptions { InputColumnName = "Path", ImageFolder = images, Backbone = backbone, Home = home })
            .Fit(train);
        var (seen, chosenBy, unseen) = (Features(train), Features(validation), Features(test));

        // Trainers of ML.NET, chosen by the worst group.
        var sweep = context.FairSweep(seen, chosenBy, ["Features"], new FairSweepOptions
        {
            GroupColumnNames = ["Group"], MaximumTrials = 8, MinimumCount = 10,
            Journal = Path.Combine(output, "sweep.jsonl"),
            TrialCallback = t => Console.WriteLine($"trial {t.Number}: {t.Configuration}: worst group {1 - t.Loss:P1}"),
        }, [FairTrainer.Lbfgs, FairTrainer.LightGbm]);
        Judge("sweep", sweep.Model.Transform(unseen));

        // A mitigation method as a trainer, and a model zip from pictures to labels.
        var robust = context.MulticlassClassification.Trainers.GroupDro(groupColumnName: "Group").Fit(seen);
        Judge("GroupDRO", robust.Transform(unseen));
        context.Model.Save(new TransformerChain<ITransformer>(features, robust), rows.Schema,
            Path.Combine(output, "model.zip"));
        return new(accuracy);

        IDataView Features(IDataView part) => context.Data.Cache(features.Transform(part));

        void Judge(string name, IDataView predictions)
        {
            var evaluation = context.MulticlassClassification.EvaluateBySubgroup(predictions,
                new SubgroupOptions { Audit = new() { MinimumCount = 10 } }, "Group");
            var worst = evaluation.Worst(m => m.MicroAccuracy);
            accuracy[name] = (evaluation.Overall.MicroAccuracy, worst?.Metrics!.MicroAccuracy ?? double.NaN);
            Console.WriteLine(
                $"{name}: {evaluation.Overall.MicroAccuracy:P1} right, {worst?.Levels[0]} "
                    + $"{worst?.Metrics!.MicroAccuracy:P1}");
            foreach (var finding in evaluation.Audit.Findings.Take(3))
                Console.WriteLine($"  {finding.Sentence}");
        }
    }

    /// <summary>The service: POST /predict with a picture as body.</summary>
    /// <param name="model">A model.onnx.</param>
    /// <param name="args">--urls and so on.</param>
    public static WebApplication Serve(string model, params string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.Services.AddFacePredictionEnginePool(model);
        var app = builder.Build();
        app.MapPost("/predict", async (HttpRequest request, FacePredictionEnginePool pool, CancellationToken cancel) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body, cancel);
            try
            {
                return Results.Json(
                    (await pool.PredictAsync(body.ToArray(), cancellationToken: cancel)).Values.Select(
                        p => new { target = p.Target.Name, label = p.Label, value = p.Value }));
            }
            catch (FaceBiasException e)
            {
                return Results.Json(new { error = e.Message }, statusCode: StatusCodes.Status400BadRequest);
            }
        });
        return app;
    }

    /// <summary>The program.</summary>
    public static async Task<int> Main(string[] args)
    {
        try
        {
            switch (args)
            {
                case ["train", var labels, var images, var output, .. var rest] when rest.Length <= 1:
                    Directory.CreateDirectory(output);
                    Train(labels, images, output, rest is [var backbone] ? backbone : "faceres");
                    return 0;
                case ["serve", var model, .. var rest]:
                    await Serve(model, rest).RunAsync();
                    return 0;
                default:
                    Console.Error.WriteLine(
                        "usage: train LABELS.csv IMAGES OUT [BACKBONE] | serve MODEL.onnx [--urls URL]");
                    return 2;
            }
        }
        catch (Exception e) when (e is FaceBiasException or ArgumentException or IOException)
        {
            Console.Error.WriteLine(e.Message);
            return 2;
        }
    }
}
