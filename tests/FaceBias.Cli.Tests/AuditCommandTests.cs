using System.CommandLine;
using System.Globalization;
using FaceBias.Auditing;
using FaceBias.Cli.Commands;
using FaceBias.Core.Data;
using FaceBias.Primitives.Tables;
using FaceBias.Tests;

namespace FaceBias.Cli.Tests;

/// <summary>The commands audit and score as a user types them, on files on disk.</summary>
public class AuditCommandTests
{
    private static InvocationConfiguration Throwing => new() { EnableDefaultExceptionHandler = false };

    /// <summary>A table of 120 rows: label, answer, score, site, age, person; every row may be changed.</summary>
    private static string Csv(Func<int, string[], string[]>? change = null, int rows = 120,
        string header = "id,label,answer,score,site,age,person")
    {
        var path = Path.Combine(TestPaths.NewFolder(), "table.csv");
        File.WriteAllLines(path, [header, .. Enumerable.Range(0, rows).Select(i =>
        {
            string label = i % 2 == 0 ? "cat" : "dog", answer = i % 9 == 0 ? (i % 2 == 0 ? "dog" : "cat") : label;
            string[] row = [$"r{i}", label, answer,
                (answer == "cat" ? 0.8 : 0.3).ToString(CultureInfo.InvariantCulture), i % 3 == 0 ? "north" : "south",
                $"{i % 80}", $"p{i / 4}"];
            return string.Join(',', change is null ? row : change(i, row));
        })]);
        return path;
    }

    private static async Task<string> Audit(string table, params string[] more)
    {
        var folder = Path.Combine(TestPaths.NewFolder(), "out");
        var parsed = AuditCommand.Create().Parse(["--predictions", table, "--out", folder, .. more]);
        if (parsed.Errors.Count > 0)
            throw new FaceBiasException(parsed.Errors[0].Message);
        try
        {
            Assert.Equal(0, await parsed.InvokeAsync(Throwing));
            return folder;
        }
        catch (FaceBiasException)
        {
            Assert.False(Directory.Exists(folder), "a failed audit leaves nothing behind");
            throw;
        }
    }

    [Fact]
    public async Task A_foreign_table_becomes_three_files_that_agree()
    {
        var folder = await Audit(Csv(), "--truth", "label", "--prediction", "answer", "--probabilities", "cat=score",
            "--groups", "site,age",
            "--bands", "age=0,18,31,61", "--intersections", "2", "--reference", "overall", "--cluster", "person",
            "--screening", "by");
        Assert.Equal(["audit.html", "audit.json", "audit.parquet"],
            Directory.GetFiles(folder).Select(Path.GetFileName).Order());
        var result = AuditFile.Read(Path.Combine(folder, "audit.json"));
        Assert.Equal(("person", "overall", FalseDiscovery.BenjaminiYekutieli),
            (result.Options.Cluster, result.Options.Reference, result.Options.Screening));
        Assert.Equal(["0-17", "18-30", "31-60", "61+"],
            result.Attributes.Single(a => a.Name == "age").Levels.Select(l => l.Name));
        var target = Assert.Single(result.Targets);
        Assert.Equal(106 / 120.0, target.Overall.Find("accuracy")!.Value!.Value, 12);
        var table = TableFile.Read(Path.Combine(folder, "audit.parquet"));
        var row = Enumerable.Range(0, table.RowCount).Single(
            r => table.Text("metric")[r] == "accuracy" && table.Text("kind")[r] == "estimate"
                && table.Text("group")[r] == "all");
        Assert.Equal(106 / 120.0, table.Number("value")[row], 12);
        var page = await File.ReadAllTextAsync(Path.Combine(folder, "audit.html"));
        Assert.Contains(result.Findings[0].Sentence[5..40], page, StringComparison.Ordinal);
        Assert.True(page.Length < 2_000_000);
    }

    [Fact]
    public async Task Numbers_make_a_regression_audit_and_two_models_are_compared()
    {
        string Years(int off) =>
            Csv((i, row) => [.. row[..1], $"{i % 80}", $"{(i % 80) + (i % 3) - 1 + off}", .. row[3..]]);
        var folder = await Audit(Years(0), "--truth", "label", "--prediction", "answer", "--groups", "site",
            "--compare", Years(5));
        Assert.Equal(TargetKind.Numeric, AuditFile.Read(Path.Combine(folder, "audit.json")).Targets[0].Kind);
        Assert.Contains("\"difference\"", await File.ReadAllTextAsync(Path.Combine(folder, "compare.json")),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_check_says_how_the_table_is_read_and_writes_nothing()
    {
        var table = Csv();
        var parsed = CommandLine.Create().Parse(
            ["audit", "--predictions", table, "--truth", "label", "--prediction", "answer", "--out",
                Path.Combine(Path.GetDirectoryName(table)!, "out"), "--check"]);
        Assert.Empty(parsed.Errors);
        var (console, text) = (Console.Out, new StringWriter());
        try
        {
            Console.SetOut(text);
            Assert.Equal(0, await parsed.InvokeAsync(Throwing));
        }
        finally
        {
            Console.SetOut(console);
        }
        Assert.Contains("120 rows", text.ToString(), StringComparison.Ordinal);
        Assert.Contains("target answer: 2 classes (cat, dog)", text.ToString(), StringComparison.Ordinal);
        Assert.Contains("group site: north, south", text.ToString(), StringComparison.Ordinal);
        Assert.Equal([table], Directory.GetFileSystemEntries(Path.GetDirectoryName(table)!));
    }

    [Theory]
    [InlineData("audit", "--numeric-margin", "0,5")]
    [InlineData("audit", "--margin", "0,05")]
    [InlineData("audit", "--threshold", "1,000")]
    [InlineData("audit", "--seed", "1,000")]
    [InlineData("train", "--learning-rate", "0,001")]
    [InlineData("train", "--epochs", "1,5")]
    [InlineData("sweep", "--minutes", "0,5")]
    [InlineData("mitigate", "--trials", "1.5")]
    [InlineData("synth", "--count", "1e3")]
    public void Numbers_of_options_have_a_decimal_point_and_nothing_between_thousands(string command, string option,
        string value)
    {
        var error = Assert.Single(CommandLine.Create().Parse([command, option, value]).Errors,
            e => e.Message.Contains(option, StringComparison.Ordinal)
                && e.Message.Contains(value, StringComparison.Ordinal));
        Assert.Contains("is no", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(CommandLine.Create().Parse(["audit", "--numeric-margin", "0.5", "--seed", "-3"]).Errors,
            e => e.Message.Contains("is no", StringComparison.Ordinal));
    }

    public static TheoryData<string, string, string[]> Faults() => new()
    {
        { "no such column", "no column 'place'", ["--truth", "label", "--prediction", "answer", "--groups", "place"] },
        { "no such truth", "no column 'species'", ["--truth", "species", "--prediction", "answer"] },
        { "a truth alone", "A truth alone cannot be audited", ["--truth", "label"] },
        { "no such cluster", "no column 'family'",
            ["--truth", "label", "--prediction", "answer", "--cluster", "family"] },
        { "no such feature file", "nowhere.npy", ["--truth", "label", "--prediction", "answer", "--features",
            "/nowhere.npy"] },
        { "bands that are none", "no list of lower edges",
            ["--truth", "label", "--prediction", "answer", "--bands", "age=young"] },
        { "bands that descend", "ascending lower edges",
            ["--truth", "label", "--prediction", "answer", "--bands", "age=30,10"] },
        { "bands of no column", "For 'weight' bands were given",
            ["--truth", "label", "--prediction", "answer", "--bands", "weight=0,50"] },
        { "an order of no group", "For 'age' an order was given",
            ["--truth", "label", "--prediction", "answer", "--groups", "site", "--ordinal", "age"] },
        { "a reference that is no group", "no group 'west' to be the reference",
            ["--truth", "label", "--prediction", "answer", "--groups", "site", "--reference", "west"] },
        { "a split of a table without splits", "Split 'validation' was asked for",
            ["--truth", "label", "--prediction", "answer", "--split", "validation"] },
        { "a margin of 2", "Margin must be above 0 and below 1",
            ["--truth", "label", "--prediction", "answer", "--margin", "2"] },
        { "5,000 groups", "120 different values", ["--truth", "label", "--prediction", "answer", "--groups", "id"] },
        { "text as probabilities", "must hold numbers",
            ["--truth", "label", "--prediction", "answer", "--probabilities", "cat=site"] },
        { "a model beside a table", "either Predictions", ["--model", "gear"] },
        { "no truth at all", "no target with both", [] },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Each_fault_of_the_command_is_one_sentence(string fault, string expected, string[] arguments)
    {
        var message = (await Assert.ThrowsAsync<FaceBiasException>(() => Audit(Csv(), arguments))).Message;
        Assert.True(message.Contains(expected, StringComparison.Ordinal), $"{fault}: {message}");
        Assert.DoesNotContain('\n', message);
    }

    public static TheoryData<string, int, string, string> BadCells() => new()
    {
        { "labels that differ in case", 1, "Cat", "differ only in case" },
        { "probabilities above 1", 3, "1.7", "between 0 and 1" },
        { "duplicate ids", 0, "r1", "have the id 'r1'" },
        { "groups that differ in case", 4, "North", "differ only in case" },
    };

    [Theory]
    [MemberData(nameof(BadCells))]
    public async Task Each_fault_of_the_table_is_one_sentence(string fault, int column, string value, string expected)
    {
        var path = Csv((i, row) => i == 60 ? [.. row[..column], value, .. row[(column + 1)..]] : row);
        var message = (await Assert.ThrowsAsync<FaceBiasException>(
            () => Audit(path, "--truth", "label", "--prediction", "answer", "--probabilities", "cat=score"))).Message;
        Assert.True(message.Contains(expected, StringComparison.Ordinal), $"{fault}: {message}");
    }

    [Fact]
    public async Task Five_thousand_group_values_are_refused_when_asked_for_and_left_out_otherwise()
    {
        var path = Csv((i, row) => [.. row[..4], $"site {i}", .. row[5..]], rows: 5000);
        Assert.Contains("5,000 different values", (await Assert.ThrowsAsync<FaceBiasException>(
            () => Audit(path, "--truth", "label", "--prediction", "answer", "--groups", "site"))).Message,
            StringComparison.Ordinal);
        var folder = await Audit(path, "--truth", "label", "--prediction", "answer", "--bands", "age=0,40",
            "--no-slices");
        Assert.Contains(AuditFile.Read(Path.Combine(folder, "audit.json")).Ignored, i => i.Column == "site");
    }

    [Fact]
    public async Task Missing_groups_are_a_group_and_one_class_alone_is_audited()
    {
        var path = Csv((i, row) => [row[0], "cat", "cat", "0.9", i < 30 ? "" : row[4], .. row[5..]]);
        var result = AuditFile.Read(
            Path.Combine(await Audit(path, "--truth", "label", "--prediction", "answer", "--groups", "site"),
                "audit.json"));
        Assert.Contains(result.Attributes[0].Levels, l => l is { Name: "(missing)", Rows: 30 });
        Assert.Equal(1, result.Targets[0].Overall.Find("accuracy")!.Value);
    }

    [Fact]
    public async Task The_bounty_is_scored_and_tables_that_do_not_match_are_named()
    {
        var folder = TestPaths.NewFolder();
        string labels = Path.Combine(folder, "labels.csv"), good = Path.Combine(folder, "good.csv"),
            bad = Path.Combine(folder, "bad.csv"), score = Path.Combine(folder, "score.json");
        string[] rows = [
            .. Enumerable.Range(0, 40).Select(
                i => $"f{i}.png,monk_{1 + (i % 10)},{(i % 2 == 0 ? "male" : "female")},{(i % 3 == 0 ? "0_17" : "18_30")}")];
        File.WriteAllLines(labels, ["name,skin_tone,gender,age", .. rows]);
        File.WriteAllLines(good, ["name,skin_tone,gender,age", .. rows.Reverse()]);
        File.WriteAllLines(bad, ["name,skin_tone,gender,age", .. rows.Skip(1)]);
        Assert.Equal(0, await ScoreCommand.Create().Parse(
            ["bounty8bit", "--labels", labels, "--predictions", good, "--out", score]).InvokeAsync(Throwing));
        Assert.Contains("\"score\": 16", await File.ReadAllTextAsync(score), StringComparison.Ordinal);
        var e = await Assert.ThrowsAsync<FaceBiasException>(
            () => ScoreCommand.Create().Parse(["bounty8bit", "--labels", labels, "--predictions", bad])
                .InvokeAsync(Throwing));
        Assert.Contains("1 labelled images have no prediction, 'f0.png'", e.Message, StringComparison.Ordinal);
    }
}
