using System.Globalization;
using System.Text.Json.Nodes;
using FaceBias.Core.Data;
using FaceBias.Core.Tests.Reporting;
using FaceBias.Primitives.Tables;
using FaceBias.Tests;
using FaceBias.Workflows.Audit;
using FaceBias.Workflows.Compare;

namespace FaceBias.Core.Tests.Runs;

/// <summary>Runs side by side: the paired tests by hand, and what cannot be paired.</summary>
public class CompareRunTests(Browser browser)
{
    private const int Rows = 200;

    /// <summary>A run whose label is right but for some rows, and whose age is off by some years.</summary>
    private static string Run(Func<int, bool> isWrong, Func<int, double> error, IEnumerable<int>? rows = null,
        string? sha256 = null)
    {
        var folder = TestPaths.NewFolder("compare");
        int[] of = [.. rows ?? Enumerable.Range(0, Rows)];
        string Id(int r) => $"{r:000}.jpg";
        string Label(int r) => r % 2 == 0 ? "yes" : "no";
        double Age(int r) => 20 + (r % 37) + 0.25;
        var predictions = Path.Combine(folder, "predictions.parquet");
        TableFile.Write(predictions, new(
        [
            new TextColumn("id", [.. of.Select(r => (string?)Id(r))]),
            new TextColumn("smile", [.. of.Select(r => (string?)(isWrong(r) ? Label(r + 1) : Label(r)))]),
            new TextColumn("smile_true", [.. of.Select(r => (string?)Label(r))]),
            new NumberColumn("age", [.. of.Select(r => Age(r) + error(r))]),
            new NumberColumn("age_true", [.. of.Select(Age)]),
            new TextColumn("side", [.. of.Select(r => (string?)(r < Rows / 2 ? "left" : "right"))]),
        ]));
        if (sha256 is not null)
            TableFile.Write(Path.Combine(folder, "manifest.parquet"), new(
                [new TextColumn("id", [.. of.Select(r => (string?)Id(r))]), new TextColumn("sha256", [.. of.Select(r => (string?)$"{sha256}{r}")])]));
        AuditRun.Execute(new() { Predictions = predictions, Out = folder, Force = true,
            Audit = new() { Groups = ["side"], BootstrapReplicates = 200, Permutations = 200 } });
        return folder;
    }

    private static JsonNode Compare(out IReadOnlyList<string> lines, params string[] runs)
    {
        var folder = TestPaths.NewFolder("comparison");
        lines = RunComparison.Execute(runs, folder);
        return JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "comparison.json")))!;
    }

    private static JsonNode Result(JsonNode json, string target, string group) => json["against"]![0]!["results"]!
        .AsArray().Single(r => (string?)r!["target"] == target && (string?)r["group"] == group)!;

    [Fact]
    public async Task Labels_are_tested_by_McNemar_and_errors_in_pairs()
    {
        // The second is wrong in row 0 alone where the first was right, and right in rows 100 to 107.
        var first = Run(r => r is >= 100 and < 110, r => 2 + (r % 5));
        var second = Run(r => r is 0 or (>= 108 and < 110), r => 1 + (r % 5));
        var json = Compare(out var lines, first, second);
        var all = Result(json, "smile", "all");
        Assert.Equal(Rows, (int)all["n"]!);
        // 2 (C(9,0) + C(9,1)) / 2^9.
        Assert.Equal(20.0 / 512, (double)all["p"]!, 12);
        Assert.Equal(7.0 / Rows, (double)all["difference"]!, 12);
        Assert.InRange(7.0 / Rows, (double)all["low"]!, (double)all["high"]!);
        // Eight against none; corrected for all comparisons of the table.
        var right = Result(json, "smile", "right");
        Assert.Equal(2.0 / 256, (double)right["p"]!, 12);
        Assert.True((double)right["adjustedP"]! > (double)right["p"]!);
        // Each error is smaller by one year exactly.
        var age = Result(json, "age", "all");
        Assert.Equal(-1, (double)age["difference"]!, 9);
        Assert.Equal(-1, (double)age["low"]!, 9);
        Assert.Equal(-1, (double)age["high"]!, 9);
        Assert.Contains(lines, l => l.Contains("better", StringComparison.Ordinal) && l.Contains("age", StringComparison.Ordinal));
        await browser.Judge(Path.Combine(Path.GetDirectoryName(lines[^2]["Report: ".Length..])!, "comparison.html"));
    }

    [Fact]
    public void Rows_are_matched_by_id_and_other_test_sets_are_said()
    {
        var first = Run(r => r % 9 == 0, r => r % 5);
        var json = Compare(out _, first, Run(r => r % 7 == 0, r => r % 4));
        var turned = Compare(out _, first, Run(r => r % 7 == 0, r => r % 4, Enumerable.Range(0, Rows).Reverse()));
        Assert.Equal(json["against"]![0]!["results"]!.ToJsonString(), turned["against"]![0]!["results"]!.ToJsonString());
        var fewer = Compare(out var lines, first, Run(r => r % 7 == 0, r => r % 4, Enumerable.Range(0, 180)));
        Assert.Equal(180, (int)Result(fewer, "smile", "all")["n"]!);
        Assert.Contains(lines, l => l.Contains("180 of the 200 rows", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Other_pictures_of_the_same_names_are_not_paired()
    {
        string first = Run(r => r % 9 == 0, r => r % 5, sha256: "a"), same = Run(r => r % 7 == 0, r => r % 5, sha256: "a"),
            other = Run(r => r % 7 == 0, r => r % 5, sha256: "b");
        Assert.NotEmpty(Compare(out _, first, same)["against"]![0]!["results"]!.AsArray());
        var json = Compare(out var lines, first, other);
        Assert.Empty(json["against"]![0]!["results"]!.AsArray());
        Assert.Contains(lines, l => l.Contains("different pictures with the same names", StringComparison.Ordinal));
        await browser.Judge(lines[^2]["Report: ".Length..]);
    }
}
