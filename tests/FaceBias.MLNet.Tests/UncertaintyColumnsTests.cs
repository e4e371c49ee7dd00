using FaceBias.Core.Uncertainty;
using FaceBias.Onnx.Graphs;
using FaceBias.Tests;
using Microsoft.ML;
using Microsoft.ML.Data;
using static FaceBias.MLNet.Tests.TestPictures;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.MLNet.Tests;

/// <summary>What a model says beside its predictions becomes columns: sets, intervals, uncertainties.</summary>
public class UncertaintyColumnsTests
{
    private sealed class Outputs
    {
        [ColumnName("gender.Score")] public float[] Gender { get; set; } = [];
        [ColumnName("gender_set")] public float[] Set { get; set; } = [];
        [ColumnName("age.Score")] public float Age { get; set; }
        [ColumnName("age_low")] public float Low { get; set; }
        [ColumnName("age_high")] public float High { get; set; }
    }

    [Fact]
    public void Sets_and_intervals_are_columns_and_no_scores()
    {
        var folder = TestPaths.NewFolder();
        var model = TinyModel.Write(folder, change: Calibrate);
        var bytes = TestPictures.Make(TestPictures.Kinds.First());
        var context = new MLContext(seed: 1);
        var files = context.Data.LoadFromEnumerable([new FileRow { File = bytes }]);
        var view = context.Transforms.ApplyFaceBiasModel(model, "File").Fit(files).Transform(files);
        var row = Assert.Single(context.Data.CreateEnumerable<Outputs>(view, reuseRowObject: false));
        Assert.Equal(row.Gender.Select(p => p >= 0.25f ? 1f : 0f), row.Set);
        Assert.Equal((row.Age - 7, row.Age + 7), (row.Low, row.High));
        VBuffer<ReadOnlyMemory<char>> slots = default;
        view.Schema["gender_set"].GetSlotNames(ref slots);
        Assert.Equal(["female", "male"], slots.DenseValues().Select(s => s.ToString()));
        Assert.DoesNotContain(view.Schema["age_low"].Annotations.Schema, a => a.Name == "ScoreColumnKind");
        // Of one target only what is about it.
        var age = context.Transforms.ApplyFaceBiasModel(model,
            new FaceModelOptions { InputColumnName = "File", Target = "age" }).Fit(files).Transform(files);
        Assert.Null(age.Schema.GetColumnOrNull("gender_set"));
        Assert.NotNull(age.Schema.GetColumnOrNull("age_high"));
        using var engine = context.Model.CreateFacePredictionEngine(model);
        Assert.Equal(row.Gender, engine.Predict(bytes)["gender"].Values);
    }

    private static void Calibrate(ModelProto m)
    {
        var g = new GraphBuilder(m);
        g.Add("Cast", [g.Add("Not", g.Add("Less", "gender", g.Constant([0.25f], 1, 1)))],
            [("to", (long)DataType.Float)], "gender_set");
        g.Add("Sub", ["age", g.Constant([7f], 1, 1)], [], "age_low");
        g.Add("Add", ["age", g.Constant([7f], 1, 1)], [], "age_high");
        g.Output("gender_set", DataType.Float, "N", 2);
        g.Output("age_low", DataType.Float, "N", 1);
        g.Output("age_high", DataType.Float, "N", 1);
        UncertaintyOutput.Write(m,
        [
            new("gender_set", "gender", 2, "conformal", UncertaintyKind.Coverage, "classes in the set"),
            new("age_low", "age", 1, "conformal", UncertaintyKind.Coverage, "lower end"),
            new("age_high", "age", 1, "conformal", UncertaintyKind.Coverage, "upper end"),
        ]);
    }
}
