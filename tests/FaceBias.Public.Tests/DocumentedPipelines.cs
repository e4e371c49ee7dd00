using FaceBias.Core.Search.Spaces;
using FaceBias.Core.Uncertainty.Conformal;
using FaceBias.MLNet;
using FaceBias.MLNet.Sweeping;
using FaceBias.MLNet.Training;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.ML;

namespace FaceBias.Public.Tests;

/// <summary>The code of docs/how-to/mlnet.md: it compiles, and the page shows these regions. What it does is tested
/// beside it.</summary>
internal static class DocumentedPipelines
{
    public static void Predict(IServiceCollection services, IDataView data)
    {
        // <predict>
        var context = new MLContext();
        using var engine = context.Model.CreateFacePredictionEngine("runs/first/model.onnx");
        Console.WriteLine(engine.Predict("face.jpg")["gender"].Label);

        // ASP.NET: one session, at most one prediction per core at a time
        services.AddFacePredictionEnginePool("runs/first/model.onnx");

        var view = context.Transforms.ApplyFaceBiasModel("runs/first/model.onnx", "Path").Fit(data).Transform(data);
        context.MulticlassClassification.Evaluate(view, "Label", "gender.Score", "gender.PredictedLabel");
        context.Regression.Evaluate(view, "Years", "age.Score");
        // </predict>
    }

    public static void Calibrate(MLContext context, ITransformer model, IDataView validation, IDataView test)
    {
        // <calibrate>
        var scored = model.Transform(validation);         // rows that the model was not trained on
        var classes = context.MulticlassClassification.Calibrators;
        var temperature = classes.Temperature("gender", "gender.Score", outputColumnName: "gender.Probability")
            .Fit(scored);
        var sets = classes.Conformal("gender", "gender.Score",
            new() { Level = 0.9, Method = ConformalMethod.Mondrian, Groups = ["race"] }).Fit(scored);
        var intervals = context.Regression.Calibrators.Conformal("age", "age.Score").Fit(scored);
        // wider where the model is less sure, by a column of how unsure it is (by quantiles: ConformalQuantile)
        var normalized = context.Regression.Calibrators.ConformalNormalized("age_uncertainty_mve", "age", "age.Score",
            lowColumnName: "age.Low", highColumnName: "age.High").Fit(scored);
        // a yes or no, by the log odds or margin of any binary trainer; one temperature per group
        var smiles = context.BinaryClassification.Calibrators.Temperature(groupColumnName: "race").Fit(scored);
        var view = intervals.Transform(sets.Transform(temperature.Transform(model.Transform(test))));
        // gender.Probability; Set: 1 for each class in it; Low, High
        // </calibrate>
        Console.WriteLine((view.Schema, normalized, smiles));
    }

    public static void Evaluate(MLContext context, ITransformer model, IDataView test)
    {
        // <evaluate>
        var evaluation = context.MulticlassClassification.EvaluateBySubgroup(model.Transform(test), "gender",
            "skin_tone");
        // metrics objects per group and intersection
        Console.WriteLine(evaluation.Worst(m => m.MicroAccuracy)!.Levels[0]);
        // intervals, tests, verdicts of docs/explanation/statistics.md
        foreach (var finding in evaluation.Audit.Findings)
            Console.WriteLine(finding.Sentence);
        // </evaluate>
    }

    public static void FineTune(MLContext context, IDataView train, IDataView validation)
    {
        // <finetune>
        var trainer = context.MulticlassClassification.Trainers.FineTuneImageClassification(new()
        {
            FeatureColumnName = "Path", LabelColumnName = "gender", Backbone = "faceres", Layers = "last:6", Epoch = 6,
            ValidationSet = validation, MetricsCallback = e => Console.WriteLine(e), WorkspacePath = "checkpoints",
        });
        var model = trainer.Fit(train);            // Score, PredictedLabel
        context.Model.Save(model, train.Schema, "model.zip");
        model.SaveOnnx("model.onnx");              // pixels to probabilities, for any program that runs ONNX
        // </finetune>
    }

    public static ITransformer Mitigate(MLContext context, IDataView features)
    {
        // <mitigate>
        var model = context.BinaryClassification.Trainers.GroupDro(groupColumnName: "background",
            labelColumnName: "water").Fit(features);
        // </mitigate>
        return model;
    }

    public static void Sweep(MLContext context, IDataView train, IDataView validation, IDataView test)
    {
        // <sweep>
        var result = context.FairSweep(train, validation, ["faceres"],
            new() { GroupColumnNames = ["gender"], MaximumTrials = 30, Journal = "sweep.jsonl" });
        Console.WriteLine($"{result.Parameters}: worst group {result.WorstGroup:P1}, all {result.Average:P1}");
        result.Model.Transform(test);
        // </sweep>
        // <space>
        var space = new SearchSpace([new NumberParameter("l2", 1e-6, 1, Log: true) { Default = 1e-3 }]);
        var own = context.FairSweep(train, validation, space,
            (c, p) => c.MulticlassClassification.Trainers.LbfgsMaximumEntropy(l2Regularization: (float)p.Number("l2")),
            new() { GroupColumnNames = ["gender"] });
        // </space>
        Console.WriteLine(own.Best.Configuration);
    }
}
