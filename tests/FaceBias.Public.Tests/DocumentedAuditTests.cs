using FaceBias.Auditing;
using FaceBias.Primitives.Tables;
using FaceBias.Tests;

namespace FaceBias.Public.Tests;

/// <summary>The code of README.md and of the tutorials; regions between markers are compared with the pages.</summary>
public class DocumentedAuditTests
{
    private static string[][] Rows() =>
        [.. File.ReadLines(Path.Combine(TestPaths.Repository, "samples", "tables", "smiles.csv")).Skip(1)
            .Select(line => line.Split(',')).Select(c => new[] { c[1], c[2], c[4] })];

    [Fact]
    public void The_audit_of_the_read_me_finds_the_gap()
    {
        var rows = Rows();
        // <audit>
        // rows: a string[] per image: what is true, what was predicted, the skin tone
        var table = new Table(
        [
            new TextColumn("smile_true", [.. rows.Select(r => r[0])]),
            new TextColumn("smile", [.. rows.Select(r => r[1])]),
            new TextColumn("skin", [.. rows.Select(r => r[2])]),
        ]);
        var audit = Auditor.Run(table, new() { Groups = ["skin"], Margin = 0.05 });
        foreach (var finding in audit.Findings)
            Console.WriteLine(finding.Sentence);
        // </audit>
        Assert.Equal(Verdict.GapShown, Assert.Single(audit.Findings).Verdict);
    }

    [Fact]
    public void The_audit_of_the_tutorial_reads_its_metrics()
    {
        var rows = Rows();
        var table = new Table(
        [
            new TextColumn("smile_true", [.. rows.Select(r => r[0])]),
            new TextColumn("smile", [.. rows.Select(r => r[1])]),
            new TextColumn("skin", [.. rows.Select(r => r[2])]),
        ]);
        var lines = new List<string>();
        // <groups>
        var audit = Auditor.Run(table, new() { Groups = ["skin"] });
        var skin = audit.Targets[0].Groupings.Single(g => g.Attributes.SequenceEqual(["skin"]));
        foreach (var group in skin.Groups)
        {
            var accuracy = group.Estimates.Single(e => e.Metric == "accuracy");
            lines.Add($"{group.Name()}: {accuracy.Value:P1} ({accuracy.Low:P1} to {accuracy.High:P1}), n = {group.N}");
        }
        // </groups>
        Assert.Contains(lines, l => l.StartsWith("dark: 78") && l.EndsWith("n = 80"));
    }
}
