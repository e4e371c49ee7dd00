using System.Text.Json.Nodes;
using FaceBias.Core.Curation.Review;
using FaceBias.Core.Data;
using FaceBias.Core.Tests.Reporting;
using FaceBias.Workflows.Errors;
using FaceBias.Workflows.Train;

namespace FaceBias.Core.Tests.Runs;

/// <summary>Errors of a small run, from files to files.</summary>
public class ErrorRunTests(Browser browser)
{
    [Fact]
    public async Task Errors_are_shown_and_labels_in_doubt_are_never_of_the_test()
    {
        var world = new TinyWorld("""{"size": 48, "planted": {"wrong_labels": 0.1}}""", 330);
        TrainRun.Execute(world.Options);
        var options = new ErrorRunOptions { Run = world.Options.Out, Out = Path.Combine(world.Folder, "errors"),
            Home = world.Options.Home, Pictures = 3, Retrain = true };
        var lines = ErrorRun.Execute(options);
        var record = JsonNode.Parse(File.ReadAllText(Path.Combine(options.Out, "errors.json")))!;
        var targets = record["targets"]!.AsArray();
        Assert.Equal(["gender", "age"], targets.Select(t => (string?)t!["target"]).Order().Reverse());
        var age = targets.Single(t => (string?)t!["target"] == "age")!;
        Assert.All(age["worst"]!.AsArray(), p => Assert.True((double)p!["error"]! > 0));
        Assert.All(age["under"]!.AsArray(), p => Assert.True((double)p!["error"]! < 0));
        Assert.Equal((int)age["rows"]!, age["decades"]!.AsArray().Sum(d => (int)d!["count"]!));
        Assert.Contains("data:image/jpeg", File.ReadAllText(Path.Combine(options.Out, "errors.html")));
        await browser.Judge(Path.Combine(options.Out, "errors.html"));

        var manifest = Manifest.Read(world.Out("manifest.parquet"));
        var split = Enumerable.Range(0, manifest.Count).ToDictionary(i => manifest.Files[i].Id,
            i => manifest.Splits[i]);
        var doubted = record["labelsInDoubt"]!.AsArray().Select(l => ((string)l!).Split(": ")[0]).ToList();
        Assert.All(doubted, id => Assert.NotEqual(Primitives.Tables.Split.Test, split[id]));
        Assert.Empty(ReviewFile.Read(Path.Combine(options.Out, "review.csv")));
        if (doubted.Count == 0)
            return;
        // The test set of the second model is the first one's, image by image.
        var (before, after) = (TableFile.Read(world.Out("predictions.parquet")),
            TableFile.Read(Path.Combine(options.Out, "retrained", "predictions.parquet")));
        static string[] Test(Primitives.Tables.Table t) =>
            [.. Enumerable.Range(0, t.RowCount).Where(r => t.Text("split")[r] == "test").Select(r => t.Text("id")[r]!)
                .Order()];
        Assert.Equal(Test(before), Test(after));
        Assert.Equal(before.RowCount - doubted.Count, after.RowCount);
        Assert.Contains(lines, l => l.StartsWith("without labels in doubt, gender"));
    }
}
