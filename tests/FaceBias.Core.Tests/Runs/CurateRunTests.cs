using System.Text.Json;
using FaceBias.Core.Curation.Review;
using FaceBias.Core.Data;
using FaceBias.Core.Tests.Reporting;
using FaceBias.Primitives.Tables;
using FaceBias.Tests;
using FaceBias.Workflows.Curate;
using FaceBias.Workflows.Train;

namespace FaceBias.Core.Tests.Runs;

public class CurateRunTests(Browser browser)
{
    private static CurateRunOptions Options(TinyWorld world) => new()
    {
        Images = [world.Images],
        Labels = world.Labels,
        Out = Path.Combine(world.Folder, "curated"),
        Home = Path.Combine(world.Folder, "home"),
    };

    [Fact]
    public void Every_file_is_written_and_a_persons_decision_is_followed_by_curate_and_train()
    {
        var world = new TinyWorld();
        var options = Options(world);
        string Out(string name) => Path.Combine(options.Out, name);
        var lines = CurateRun.Execute(options);
        Assert.Contains(lines, l => l.Contains("4 unreadable", StringComparison.Ordinal));
        var manifest = Manifest.Read(Out("manifest.parquet"));
        Assert.Equal(4, manifest.Flags.Count(f => f.HasFlag(ManifestFlags.ExactCopy)));
        Assert.NotNull(manifest.Measure(ManifestMeasures.Blur));
        using (var json = JsonDocument.Parse(File.ReadAllText(Out("curation.json"))))
        {
            foreach (var key in new[] { "files", "unreadable", "unique", "exactGroups", "labelConflicts", "nearPairs",
                "nearFlagged", "kept" })
                Assert.True(json.RootElement.GetProperty(key).TryGetInt32(out _), key);
            Assert.Equal(4, json.RootElement.GetProperty("flags").GetProperty("unreadable").GetInt32());
        }
        var page = File.ReadAllText(Out("curation.html"));
        Assert.True(page.Length < 3_000_000);
        Assert.Contains("data:image/jpeg", page, StringComparison.Ordinal);

        var row = Array.IndexOf(manifest.Kept, true);
        var id = manifest.Files[row].Id;
        ReviewFile.Write(Out("review.csv"), manifest,
            [new(id, "", ReviewAction.Drop, new Dictionary<string, string>())]);
        lines = CurateRun.Execute(options);
        Assert.Contains("decided by a person: drop 1", lines);
        Assert.False(Manifest.Read(Out("manifest.parquet")).Kept[row]);
        Assert.Single(ReviewFile.Read(Out("review.csv")));

        var trained = TrainRun.Execute(world.Options with { Review = Out("review.csv") });
        Assert.Contains(trained.Summary, l => l.Contains("A person decided on 1 images", StringComparison.Ordinal));
        Assert.Equal(Split.None, Manifest.Read(world.Out("manifest.parquet")).Splits[row]);
    }

    [Fact]
    public async Task Decisions_of_the_gallery_are_a_review_that_the_next_run_follows()
    {
        var options = Options(new TinyWorld(count: 40)) with { Drop = ManifestFlags.None };
        CurateRun.Execute(options);
        var page = Path.Combine(options.Out, "curation.html");
        await browser.Judge(page);
        await using var opened = await browser.Open(page, 1300);
        var card = opened.Page.Locator("[data-decide]").First;
        var id = await card.GetAttributeAsync("data-decide");
        var review = Path.Combine(options.Out, "decided.csv");
        async Task<(string, ReviewAction, string)[]> Saved()
        {
            var download = await opened.Page.RunAndWaitForDownloadAsync(
                () => opened.Page.Locator("#review button").ClickAsync());
            await download.SaveAsAsync(review);
            return [.. ReviewFile.Read(review).Select(d => (d.Id, d.Action, d.Relabel))];
        }
        await card.GetByText("relabel", new() { Exact = true }).ClickAsync();
        // Without a label there is nothing to write yet.
        Assert.Empty(await Saved());
        await card.Locator("input").FillAsync("gender=female");
        Assert.Equal([(id!, ReviewAction.Relabel, "gender=female")], await Saved());
        await card.GetByText("drop", new() { Exact = true }).ClickAsync();
        Assert.Equal([(id!, ReviewAction.Drop, "")], await Saved());
        Assert.Contains("decided by a person: drop 1", CurateRun.Execute(options with { Review = review }));
        await using var again = await browser.Open(page, 1300);
        Assert.Equal("drop", await again.Page.Locator("[data-decide]").First.GetAttributeAsync("data-action"));
    }

    [Fact]
    public void A_bad_review_stops_the_run_before_anything_is_overwritten()
    {
        var options = Options(new TinyWorld(count: 20));
        Directory.CreateDirectory(options.Out);
        var review = Path.Combine(options.Out, "review.csv");
        File.WriteAllText(review, "id,action\na.png,perhaps\n");
        Assert.Contains("'perhaps'", Assert.Throws<FaceBiasException>(() => CurateRun.Execute(options)).Message,
            StringComparison.Ordinal);
        Assert.Equal([review], Directory.GetFiles(options.Out));
        Assert.Equal("id,action\na.png,perhaps\n", File.ReadAllText(review));
    }

    [Fact]
    public void Features_check_labels_and_look_for_other_pictures_the_same_way_twice()
    {
        var world = new TinyWorld("""{"size": 48, "planted": {"wrong_labels": 0.05}}""", count: 260);
        var options = Options(world) with { Backbone = world.Backbone };
        // Columns that no picture shows, one of classes and one of numbers, and one that few images have.
        var table = options.Labels!.Sources[0];
        var random = new Random(1);
        File.WriteAllLines(table, File.ReadAllLines(table).Select((line, i) => i == 0 ? line + ",coin,income,rare"
            : FormattableString.Invariant($"{line},{(random.Next(2) == 0 ? "heads" : "tails")},{Math.Exp(2 * random.NextDouble()):0.000},{(i < 50 ? i % 2 == 0 ? "a" : "b" : "")}")));
        var lines = CurateRun.Execute(options);
        var notice = Assert.Single(lines, l => l.StartsWith("The features tell too little about", StringComparison.Ordinal));
        Assert.Contains("'coin' (balanced accuracy 0.", notice, StringComparison.Ordinal);
        Assert.Contains("'income' (R² ", notice, StringComparison.Ordinal);
        Assert.Contains(lines, l => l.StartsWith("Labels of 'rare' were not checked: fewer than 200 different", StringComparison.Ordinal));
        var first = Manifest.Read(Path.Combine(options.Out, "manifest.parquet"));
        var suspicion = first.Measure(ManifestMeasures.Suspicion)!;
        Assert.All(suspicion, s => Assert.InRange(s, 0, 1));
        Assert.Equal(first.Suspects.Select(s => s is not null),
            first.Flags.Select(f => f.HasFlag(ManifestFlags.SuspiciousLabel)));
        Assert.Contains(first.Suspects, s => s is not null && s.Contains("expected", StringComparison.Ordinal));
        Assert.DoesNotContain(first.Suspects, s => s is not null && (s.Contains("coin", StringComparison.Ordinal)
            || s.Contains("income", StringComparison.Ordinal)));
        Assert.NotNull(first.Measure(ManifestMeasures.FeatureDistance));
        CurateRun.Execute(options with { Out = Path.Combine(world.Folder, "again"), Threads = 1 });
        var second = Manifest.Read(Path.Combine(world.Folder, "again", "manifest.parquet"));
        Assert.Equal(suspicion, second.Measure(ManifestMeasures.Suspicion)!);
        Assert.Equal(first.Measure(ManifestMeasures.FeatureDistance), second.Measure(ManifestMeasures.FeatureDistance));
        Assert.Equal(first.Flags, second.Flags);
    }

    [Fact]
    public void Without_labels_nothing_is_said_about_them()
    {
        var options = Options(new TinyWorld(count: 20)) with { Labels = null };
        CurateRun.Execute(options);
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(options.Out, "curation.json")));
        Assert.False(json.RootElement.GetProperty("flags").TryGetProperty("label_conflict", out _));
        Assert.Contains("No labels were given", File.ReadAllText(Path.Combine(options.Out, "curation.html")),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Places_that_cannot_be_written_are_named()
    {
        var options = Options(new TinyWorld(count: 20));
        var file = TestPaths.NewFolder() + "/file";
        File.WriteAllText(file, "");
        Assert.Contains("is a file",
            Assert.Throws<FaceBiasException>(() => CurateRun.Execute(options with { Out = file })).Message,
            StringComparison.Ordinal);
        Assert.Contains("Cannot write",
            Assert.Throws<FaceBiasException>(() => CurateRun.Execute(options with { Out = file + "/below" })).Message,
            StringComparison.Ordinal);
        Assert.Contains("Review",
            Assert.Throws<FaceBiasException>(() => CurateRun.Execute(options with { Review = file + "2" })).Message,
            StringComparison.Ordinal);
    }
}
