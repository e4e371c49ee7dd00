using FaceBias.Core.Data;
using FaceBias.Core.Heads.Data;
using FaceBias.Primitives.Tables;
using FaceBias.Tests;
using FaceBias.Workflows.Mitigate;
using FaceBias.Workflows.RunFolders;

namespace FaceBias.Core.Tests.Mitigation;

public class RunHeadDataTests
{
    /// <summary>Twelve images in three splits; the features of image i are (i, -i), the last image has none.</summary>
    private static string Run()
    {
        var folder = TestPaths.NewFolder();
        var files = Enumerable.Range(0, 12).Select(i => new ImageFile($"{i:00}.png", $"/images/{i:00}.png")).ToArray();
        var manifest = new Manifest(files, new Table(
        [
            new TextColumn("gender", [.. files.Select((_, i) => i % 2 == 0 ? "male" : "female")]),
            new NumberColumn("age", [.. files.Select((_, i) => i == 3 ? double.NaN : 10.0 * i)]),
        ]));
        for (var i = 0; i < files.Length; i++)
            manifest.Splits[i] = Split.Train + i / 4;
        // The file is called after the name in its metadata, which need not be that of the model's file.
        using var run = RunFolder.Begin(folder, "train",
            new Dictionary<string, object?> { ["backbone"] = "models/tiny.onnx" });
        run.Do("curate", [], ["manifest.parquet"], () => manifest.Write(run["manifest.parquet"]));
        run.Do("features", [], ["features/averages.npy", "features/averages.rows.parquet"], () =>
        {
            Npy.Write(run["features/averages.npy"],
                Enumerable.Range(0, 11).SelectMany(i => new float[] { 10 - i, i - 10 }).ToArray(), 11, 2);
            TableFile.Write(run["features/averages.rows.parquet"],
                new Table([new TextColumn("id", [.. Enumerable.Range(0, 11).Select(i => $"{10 - i:00}.png")])]));
        });
        return folder;
    }

    [Fact]
    public void A_run_gives_its_features_by_id_with_splits_and_labels()
    {
        var data = RunHeadData.Read(Run(), LevelSpec.Parse("gender"), [LevelSpec.Parse("age:young=0-49,old=50-")]);
        Assert.Equal((3, 4, 3), (data.Train.Rows, data.Validation.Rows, data.Test.Rows));
        Assert.Equal([0f, 0f, 1f, -1f, 2f, -2f], data.Train.Features);
        Assert.Equal(["female", "male"], data.Classes);
        Assert.Equal([0, 1, 1, 1], data.Validation.Bias!);
        Assert.Equal("female, old", data.GroupName(1));
        Assert.Equal(["08.png", "09.png", "10.png"], data.TestIds);
        Assert.Equal("models/tiny.onnx", data.Backbone);
        Assert.Equal(1, data.LeftOut);
    }

    [Fact]
    public void What_is_predicted_is_no_bias_of_itself()
    {
        var e = Assert.Throws<FaceBiasException>(
            () => RunHeadData.Read(Run(), LevelSpec.Parse("gender"), [LevelSpec.Parse("gender")]));
        Assert.Contains("'gender' is what is predicted", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_number_is_predicted_as_one_and_attributes_are_crossed()
    {
        var data = RunHeadData.Read(Run(), LevelSpec.Parse("age"),
            [LevelSpec.Parse("gender"), LevelSpec.Parse("age:0-49,50-")]);
        Assert.True(data.IsNumeric);
        Assert.Equal(4, data.GroupCount);
        Assert.Equal([0.0, 10, 20], data.Train.Values);
        Assert.Equal("male, 50-", data.GroupName(data.Groups(data.Test)[0]));
    }

    [Fact]
    public void A_number_comes_in_the_bands_of_the_audit_and_rows_without_it_stay_out()
    {
        var data = RunHeadData.Read(Run(), LevelSpec.Parse("gender"), [LevelSpec.Parse("age_band")]);
        Assert.Equal(["0-9", "10-17", "18-30", "31-45", "46-60", "61+"], data.Levels);
        Assert.Equal(["0-9", "18-30"], new[] { 0, 2 }.Select(i => data.Levels[data.Train.Bias![i]]));
        Assert.Equal((3, 4, 3), (data.Train.Rows, data.Validation.Rows, data.Test.Rows));
    }

    [Fact]
    public void What_is_no_run_is_refused()
    {
        string Refusal(string folder, string target = "gender", string bias = "age:0-49,50-") =>
            Assert.Throws<FaceBiasException>(
                () => RunHeadData.Read(folder, LevelSpec.Parse(target), [LevelSpec.Parse(bias)])).Message;
        var run = Run();
        Assert.Contains("no label 'race'; it has 'gender', 'age'", Refusal(run, "race"), StringComparison.Ordinal);
        Assert.Contains("levels must be ranges", Refusal(run, bias: "age"), StringComparison.Ordinal);
        File.AppendAllText(Path.Combine(run, "features", "averages.npy"), " ");
        Assert.Contains("SHA-256", Refusal(run), StringComparison.Ordinal);
        File.Delete(Path.Combine(run, "features", "averages.npy"));
        Assert.Contains("averages.npy", Refusal(run), StringComparison.Ordinal);
        File.Delete(Path.Combine(run, "run.json"));
        Assert.Contains("run.json", Refusal(run), StringComparison.Ordinal);
        Assert.Contains("no finished run", Refusal(TestPaths.NewFolder()), StringComparison.Ordinal);
    }
}
