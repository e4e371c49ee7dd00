using System.Globalization;
using System.Text;
using FaceBias.Auditing;
using FaceBias.Core.Data.Tables;
using FaceBias.Tests;
using FaceBias.Workflows.Audit;

namespace FaceBias.Core.Tests.Auditing;

/// <summary>Tables as people have them, written by code: 400 rows in which group a is right in 97 of 100 and group b in
/// 70, and an audit of such a file as the command line runs it.</summary>
internal static class PeoplesTables
{
    /// <summary>A row: whether the truth is the first label, whether the prediction is, and the group.</summary>
    internal readonly record struct Row(int I, bool Truth, bool Predicted, string Group, double Score)
    {
        public string Pick(bool first, string a, string b) => first ? a : b;
    }

    public static IEnumerable<Row> Rows(int n = 400, double rightA = 0.97, double rightB = 0.7, int seed = 5)
    {
        var random = new Random(seed);
        for (var i = 0; i < n; i++)
        {
            var group = random.Next(2) == 0 ? "a" : "b";
            var truth = random.Next(2) == 0;
            var right = random.NextDouble() < (group == "a" ? rightA : rightB);
            var predicted = right == truth;
            yield return new(i, truth, predicted, group,
                Math.Round(predicted ? 0.5 + (random.NextDouble() / 2) : random.NextDouble() / 2, 3));
        }
    }

    /// <summary>A header and a line per row; T and P stand for the labels of truth and prediction, G for the group, S
    /// for a score.</summary>
    public static string Csv(string header, string line, string[]? truth = null, string[]? prediction = null,
        string decimals = ".")
    {
        truth ??= ["cat", "dog"];
        prediction ??= truth;
        var text = new StringBuilder(header).Append('\n');
        foreach (var r in Rows())
        {
            text.Append(line.Replace("{T}", r.Truth ? truth[0] : truth[1], StringComparison.Ordinal).Replace("{P}",
                r.Predicted ? prediction[0] : prediction[1], StringComparison.Ordinal)
                .Replace("{G}", r.Group, StringComparison.Ordinal).Replace("{i}",
                    r.I.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
                .Replace("{S}", r.Score.ToString(CultureInfo.InvariantCulture).Replace(".", decimals,
                    StringComparison.Ordinal), StringComparison.Ordinal)
                .Replace("{N}", (1 - r.Score).ToString("0.###", CultureInfo.InvariantCulture).Replace(".", decimals,
                    StringComparison.Ordinal), StringComparison.Ordinal)).Append('\n');
        }
        return text.ToString();
    }

    /// <summary>What an audit of a file says.</summary>
    internal sealed record Outcome(AuditResult? Result, string Text)
    {
        public TargetAudit Target => Result!.Targets.Single();
    }

    public static Outcome Audit(string text, ForeignColumns? columns = null,
        Func<AuditOptions, AuditOptions>? change = null, string name = "table.csv", TableReading? reading = null) =>
        Audit(Encoding.UTF8.GetBytes(text), columns, change, name, reading);

    public static Outcome Audit(byte[] bytes, ForeignColumns? columns = null,
        Func<AuditOptions, AuditOptions>? change = null, string name = "table.csv", TableReading? reading = null)
    {
        var folder = TestPaths.NewFolder();
        var file = Path.Combine(folder, name);
        File.WriteAllBytes(file, bytes);
        var audit = new AuditOptions { BootstrapReplicates = 100, Permutations = 400, FindSlices = false, Threads = 2 };
        try
        {
            var lines = AuditRun.Execute(new()
            {
                Predictions = file, Columns = columns ?? new(), Audit = change is null ? audit : change(audit),
                Reading = reading ?? new(), Out = Path.Combine(folder, "out"),
            }).Summary;
            return new(AuditFile.Read(Path.Combine(folder, "out", "audit.json")), string.Join('\n', lines));
        }
        catch (FaceBiasException e)
        {
            Assert.False(Directory.Exists(Path.Combine(folder, "out")), "a failed audit leaves nothing behind");
            return new(null, e.Typed());
        }
    }

    public static ForeignColumns Columns(string? truth = null, string? prediction = null, string? probabilities = null,
        string? score = null) => new()
    {
        Truth = truth?.Split(',') ?? [], Prediction = prediction?.Split(',') ?? [],
        Probabilities = probabilities?.Split(',') ?? [], Score = score,
    };
}
