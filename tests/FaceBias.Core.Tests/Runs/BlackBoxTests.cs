using FaceBias.Core.Backbones;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Prediction;
using FaceBias.Primitives.Tables;
using FaceBias.Tests;
using FaceBias.Workflows.Audit;

namespace FaceBias.Core.Tests.Runs;

/// <summary>Somebody else's model, held against labels.</summary>
public class BlackBoxTests
{
    private static BlackBoxOutput Of(string name, Column label, params string[] classes) =>
        BlackBoxOutput.Of("box", PredictorKind.Catalogue, 0, PredictorOutput.Of(new CategoricalOutput(name, classes)),
            label);

    [Fact]
    public void Ranges_of_age_meet_ages_in_years()
    {
        var output = Of("age", new NumberColumn("age", [0, 20, 21, 60, 61, 90, double.NaN, -1]), "0-20", "21-25",
            "61+");
        var truth = Assert.IsType<TextColumn>(output.Truth);
        Assert.Equal(["0-20", "0-20", "21-25", "21-25", "61+", "61+", null, null],
            Enumerable.Range(0, 8).Select(i => truth[i]));
        Assert.IsType<CategoricalOutput>(output.Spec);
    }

    [Fact]
    public void A_distribution_over_years_is_read_as_its_expectation()
    {
        var output = Of("age", new NumberColumn("age", [5, 15]), "0", "10", "20");
        Assert.Equal([5f, 20f], output.Read([0.5f, 0.5f, 0, 0, 0, 0.9f]));
        Assert.IsType<NumericOutput>(output.Spec);
    }

    [Fact]
    public void A_single_probability_gets_the_labels_other_class()
    {
        var output = Of("gender", new TextColumn("gender", ["Female", "Male", null]), "male", "not male");
        Assert.Equal([0.25f, 0.75f], output.Read([0.25f, 0.75f]));
        Assert.Equal(["male", "Female"], ((CategoricalOutput)output.Spec).Classes);
        Assert.Equal([1, 0, -1], ((TextColumn)output.Truth).Codes);
    }

    [Theory]
    [InlineData("m,f", "two classes")]
    [InlineData("male,female,unsure", "two classes")]
    public void Labels_that_do_not_fit_are_named(string labels, string expected)
    {
        string?[] values = labels.Split(',');
        Assert.Contains(expected,
            Assert.Throws<FaceBiasException>(
                () => Of("gender", new TextColumn("gender", values), "male", "not male")).Message,
                StringComparison.Ordinal);
        Assert.Contains("write the labels with these words", Assert.Throws<FaceBiasException>(
            () => Of("gender", new TextColumn("gender", values), "he", "she")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_missing_gets_one_sentence()
    {
        string Message(AuditRunOptions options) =>
            Assert.Throws<FaceBiasException>(() => AuditRun.Execute(options)).Message;
        var folder = TestPaths.NewFolder();
        Assert.Contains("either Predictions", Message(new() { Out = folder }), StringComparison.Ordinal);
        Assert.Contains("either Predictions", Message(new() { Out = folder, Model = "gear", Predictions = "x.csv" }),
            StringComparison.Ordinal);
        Assert.Contains("Model needs Images", Message(new() { Out = folder, Model = "gear" }),
            StringComparison.Ordinal);
        Assert.Contains("Model needs Labels", Message(new() { Out = folder, Model = "gear", Images = [folder] }),
            StringComparison.Ordinal);
        Assert.Contains("There is no file 'x.csv'",
            Message(new() { Out = folder, Predictions = "x.csv", Columns = new() { Truth = ["y"] } }),
            StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder));
    }

    [Fact]
    public void A_model_of_the_catalogue_is_audited_on_faces()
    {
        var data = Environment.GetEnvironmentVariable("FACEBIAS_DATA");
        Assert.SkipWhen(data is null || !Directory.Exists(Path.Combine(data, "utkface")),
            "needs FACEBIAS_DATA with utkface/images");
        var store = new ModelStore();
        Assert.SkipUnless(store.IsReady(Catalogue.BuiltIn.Find("gear")!),
            "needs the model gear (facebias models pull gear)");
        var (images, folder) = (TestPaths.NewFolder(), TestPaths.NewFolder());
        foreach (var file in Directory.EnumerateFiles(Path.Combine(data!, "utkface", "images"))
            .Order(StringComparer.Ordinal).Where((_, i) => i % 340 == 0))
            File.Copy(file, Path.Combine(images, Path.GetFileName(file)));
        var lines = AuditRun.Execute(new()
        {
            Model = "gear", Images = [images], Labels = "utkface", Out = folder,
            Audit = new() { BootstrapReplicates = 100, Permutations = 100 },
        }).Summary;
        var result = FaceBias.Auditing.AuditFile.Read(Path.Combine(folder, "audit.json"));
        Assert.Equal(["age", "gender", "race"], result.Targets.Select(t => t.Name));
        // It was trained on these faces: far better than one in two, one in five, one in seven.
        Assert.True(result.Targets.Single(t => t.Name == "gender").Overall.Find("accuracy")!.Value > 0.8);
        Assert.True(result.Targets.Single(t => t.Name == "race").Overall.Find("accuracy")!.Value > 0.6);
        Assert.Contains("0-20", result.Targets.Single(t => t.Name == "age").Classes);
        Assert.True(File.Exists(Path.Combine(folder, "predictions.parquet")));
        Assert.Contains("data:image/jpeg", File.ReadAllText(Path.Combine(folder, "audit.html")),
            StringComparison.Ordinal);
        Assert.Contains(lines, l => l.StartsWith("Report: ", StringComparison.Ordinal));
    }
}
