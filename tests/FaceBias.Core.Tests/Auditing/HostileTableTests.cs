using System.Globalization;
using System.Text;
using FaceBias.Auditing;
using FaceBias.Tests;
using FaceBias.Workflows.Audit;

namespace FaceBias.Core.Tests.Auditing;

/// <summary>Random tables of odd columns with random options: each gives an audit whose files hold numbers, or one
/// sentence.</summary>
public class HostileTableTests
{
    private static readonly Func<Random, int, string>[] s_cells =
    [
        (r, i) => (i % 2).ToString(CultureInfo.InvariantCulture),
        (r, _) => r.Next(2) == 0 ? "yes" : "no",
        (_, _) => "1",
        (_, _) => "",
        (r, _) => r.Next(3) == 0 ? "" : r.NextDouble().ToString("0.##", CultureInfo.InvariantCulture),
        (r, _) => r.NextDouble().ToString("0.####", CultureInfo.InvariantCulture),
        (r, _) => r.Next(4) == 0 ? "0" : "1",
        (r, _) => ((r.NextDouble() - 0.5) * Math.Pow(10, r.Next(-80, 80))).ToString("R", CultureInfo.InvariantCulture),
        (r, _) => r.Next(9) == 0 ? "inf" : r.Next(90).ToString(CultureInfo.InvariantCulture),
        (r, _) => $"p{r.Next(5)}",
        (r, _) => new[] { "A", "b", "é|ü", "[1, 2]", "\"x,\"\"y\"\"\"", "-", "=1+1", "unknown", "0.5", "NaN" }[r.Next(10)],
        (r, _) => r.Next(2) == 0 ? "train" : "test",
        (_, i) => $"{i}.jpg",
        (r, _) => r.Next(5) == 0 ? "-3.5" : r.Next(50).ToString(CultureInfo.InvariantCulture),
        (r, _) => r.Next(2) == 0 ? "True" : "False",
        (r, _) => $"[{r.NextDouble():0.00}, 0.5]".Replace(',', ';'),
    ];

    private static readonly string[] s_names = ["y", "y_true", "y_score", "y_p_1", "y_p_0", "id", "split", "group", "model",
        "person", "w", "fold", "image", "y_low", "y_high", "y_set", "age", "age_true"];

    [Fact]
    public void Every_table_gives_an_audit_without_NaN_or_a_sentence()
    {
        var (audits, sentences) = (0, new HashSet<string>());
        for (var seed = 0; seed < 150; seed++)
        {
            var random = new Random(seed);
            string[] names = [.. s_names.OrderBy(n => n is "y" or "y_true" ? -1 : random.Next(100)).Take(random.Next(3, 8))];
            var kinds = names.Select(_ => s_cells[random.Next(s_cells.Length)]).ToArray();
            var rows = new[] { 1, 2, 3, 12, 40, 90 }[random.Next(6)];
            var text = string.Join(',', names) + "\n" + string.Concat(Enumerable.Range(0, rows).Select(
                i => string.Join(',', kinds.Select(k => k(random, i))) + "\n"));
            var folder = TestPaths.NewFolder();
            var file = Path.Combine(folder, "t.csv");
            File.WriteAllText(file, text, new UTF8Encoding(false));
            string? Some(string? name) => name is not null && random.Next(3) == 0 ? name : null;
            var options = new AuditOptions
            {
                BootstrapReplicates = 100, Permutations = 100, Threads = 1, FindSlices = random.Next(2) == 0,
                IntersectionDepth = random.Next(1, 4), MinimumCount = random.Next(3) == 0 ? 1 : 10,
                Cluster = Some(names.FirstOrDefault(n => n is "person" or "image")),
                Weights = Some(names.FirstOrDefault(n => n == "w")), Logits = random.Next(8) == 0,
                Threshold = random.Next(6) == 0 ? 0.3 : null, Positive = random.Next(6) == 0 ? "1" : null,
                Split = random.Next(3) == 0 ? null : "test", Metric = random.Next(4) == 0 ? "equalized_odds" : null,
                Control = random.Next(4) == 0 && names.Contains("group") ? ["group"] : [],
                NumericMargin = random.Next(2) == 0 ? 1 : null, Coverage = random.Next(3) == 0 ? 0.9 : null,
                Reference = random.Next(8) == 0 ? "overall" : null, Resample = random.Next(8) > 0,
                Kinds = random.Next(4) == 0 ? new() { Categorical = ["y"] } : random.Next(4) == 0
                    ? new() { Numeric = ["y"] } : new(),
            };
            try
            {
                AuditRun.Execute(new() { Predictions = file, Audit = options, Out = Path.Combine(folder, "out"),
                    Pages = new() { Pictures = false } });
                var json = File.ReadAllText(Path.Combine(folder, "out", "audit.json"));
                // Where a cell is inf or NaN, a class may be called so.
                if (!text.Contains("NaN", StringComparison.Ordinal) && !text.Contains("inf", StringComparison.Ordinal))
                    Assert.False(json.Contains("NaN", StringComparison.Ordinal)
                        || json.Contains("Infinity", StringComparison.Ordinal), $"seed {seed}: {text}");
                Assert.NotNull(AuditFile.Read(Path.Combine(folder, "out", "audit.json")));
                audits++;
            }
            catch (FaceBiasException e)
            {
                Assert.False(e.Message.Length > 2000 || e.Message.Contains("Exception", StringComparison.Ordinal), e.Message);
                sentences.Add(e.Message[..Math.Min(12, e.Message.Length)]);
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"seed {seed}: {e}\n{text}");
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        Assert.True(audits > 5 && sentences.Count > 8, $"{audits} audits, {sentences.Count} kinds of sentences");
    }
}
