using System.Text.Json.Nodes;
using FaceBias.Tests;

namespace FaceBias.Cli.Tests;

/// <summary><c>facebias init</c> and <c>--config</c>: what is seen, what is assumed and what is asked.</summary>
public class InitCommandTests
{
    [Fact]
    public async Task A_table_of_others_leaves_its_roles_open()
    {
        var (code, text) = await Run("init", Write("t.csv", "photo,judged,answer,sex\na,smile,smile,f\nb,neutral,smile,m\nc,neutral,neutral,f\n"));
        Assert.Equal(0, code);
        Assert.Contains("--truth TRUTH --prediction PREDICTION", text, StringComparison.Ordinal);
        Assert.Contains("'judged' and 'answer' hold the same values", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Assumed", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_that_say_it_are_taken_and_said()
    {
        var (_, text) = await Run("init", Write("t.csv", "id,y_true,y_pred,sex\n1,a,a,f\n2,b,a,m\n3,b,b,f\n"));
        Assert.Contains("--truth y_true --prediction y_pred", text, StringComparison.Ordinal);
        Assert.Contains("Assumed: 'y_true' holds the truth, by its name", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Not known", text, StringComparison.Ordinal);
        (_, text) = await Run("init", Write("t.csv", "id,age,age_true,sex\n1,3.5,3,f\n2,4.5,4,m\n"));
        Assert.Contains("'age_true' the truth, by their names", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_to_predict_is_asked_and_a_single_label_is_not()
    {
        var images = Pictures("a.png", "b.png", "c.png");
        var (_, text) = await Run("init", images, Write("l.csv", "image,smile,age\na.png,yes,30\nb.png,no,31\nc.png,no,40\n"));
        Assert.Contains("--targets TARGETS", text, StringComparison.Ordinal);
        Assert.Contains("facebias curate", text, StringComparison.Ordinal);
        (_, text) = await Run("init", images, Write("l.csv", "image,smile\na.png,yes\nb.png,no\nc.png,no\n"));
        Assert.Contains("--targets smile", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tables_that_train_reads_are_taken_as_they_are()
    {
        var images = Pictures("a.png", "b.png", "c.png");
        string labels = Write("l.csv", "image,smile\na.png,yes\nb.png,no\n"),
            more = Write("m.csv", "image,smile\nc.png,yes\n");
        var (_, text) = await Run("init", images, labels, more);
        Assert.Contains($"--labels {labels} {more} --targets smile", text, StringComparison.Ordinal);
        (_, text) = await Run("init", images, Write("coco.json", """
            {"images": [{"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": "b.png"}],
             "annotations": [{"image_id": 1, "category_id": 1}, {"image_id": 2, "category_id": 2}],
             "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}]}
            """));
        Assert.Contains("--targets category", text, StringComparison.Ordinal);
        Assert.Contains("two tables", (await Run("init", labels, more)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Folders_are_not_taken_for_classes()
    {
        var (_, text) = await Run("init", Pictures("batch1/a.png", "batch1/b.png", "batch2/c.png"));
        Assert.Contains("If a folder is a class", text, StringComparison.Ordinal);
        Assert.Contains("  facebias curate --images", text, StringComparison.Ordinal);
        (_, text) = await Run("init", Pictures("1_0_2_20170109.png", "30_1_0_20170109.png", "61_1_3_20170109.png"));
        Assert.Contains("--labels utkface", text, StringComparison.Ordinal);
        Assert.Contains("--targets TARGETS", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_proposal_is_a_file_for_config()
    {
        var folder = TestPaths.NewFolder();
        var file = Path.Combine(folder, "facebias.json");
        string[] what = ["init", Write("t.csv", "id,y_true,y_pred,sex\n"
            + string.Concat(Enumerable.Range(0, 60).Select(i => $"{i},{(i % 2 == 0 ? "a" : "b")},{(i % 3 == 0 ? "a" : "b")},{(i % 5 < 2 ? "f" : "m")}\n"))),
            "--groups", "sex", "--out", file];
        Assert.Equal(0, (await Run(what)).Code);
        Assert.Equal("audit", (string?)JsonNode.Parse(await File.ReadAllTextAsync(file))!["command"]);
        Assert.Equal(CommandLine.InputError, (await Run(what)).Code);
        var (code, text) = await Run("--config", file, "--out", Path.Combine(folder, "audit"));
        Assert.True(code == 0, text);
        Assert.True(File.Exists(Path.Combine(folder, "audit", "audit.html")));
        Assert.Contains("of 'facebias audit', not of 'facebias train'", (await Run("train", "--config", file)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_of_typed_options_runs_again_from_its_record()
    {
        var folder = TestPaths.NewFolder();
        string images = Pictures("a.png", "b.png", "c.png"), first = Path.Combine(folder, "first"), second = Path.Combine(folder, "second");
        Assert.Equal(0, (await Run("curate", "--images", images, "--near-distance", "3", "--no-pictures", "--out", first)).Code);
        Assert.Equal(0, (await Run("--config", first, "--out", second)).Code);
        static JsonNode Arguments(string run) => JsonNode.Parse(File.ReadAllText(Path.Combine(run, "run.json")))!["arguments"]!;
        Assert.Equal("3", (string?)Arguments(second)["near-distance"]);
        Assert.True((bool)Arguments(second)["no-pictures"]!);
        Assert.Equal(second, (string?)Arguments(second)["out"]);
        Assert.DoesNotContain("data:image/jpeg", await File.ReadAllTextAsync(Path.Combine(second, "curation.html")), StringComparison.Ordinal);
        // What a program wrote does not say what was typed.
        var record = Path.Combine(first, "run.json");
        var json = JsonNode.Parse(await File.ReadAllTextAsync(record))!.AsObject();
        json.Remove("arguments");
        await File.WriteAllTextAsync(record, json.ToJsonString());
        Assert.Contains("does not say what was typed", (await Run("--config", first)).Text, StringComparison.Ordinal);
    }

    private static string Write(string name, string text)
    {
        var path = Path.Combine(TestPaths.NewFolder(), name);
        File.WriteAllText(path, text);
        return path;
    }

    private static string Pictures(params string[] names)
    {
        var folder = TestPaths.NewFolder();
        for (var i = 0; i < names.Length; i++)
        {
            var path = Path.Combine(folder, names[i]);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var pixels = new byte[64 * 64 * 3];
            new Random(i).NextBytes(pixels);
            File.WriteAllBytes(path, Core.Imaging.PictureCodecs.Default.Png(pixels, 64, 64));
        }
        return folder;
    }

    private static async Task<(int Code, string Text)> Run(params string[] arguments)
    {
        var (output, error) = (Console.Out, Console.Error);
        await using var writer = new StringWriter();
        Console.SetOut(writer);
        Console.SetError(writer);
        try
        {
            return (await CommandLine.RunAsync(arguments), writer.ToString());
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(error);
        }
    }
}
