using FaceBias.Auditing;
using FaceBias.Primitives.Tables;

namespace FaceBias.Benchmarks.Auditing;

/// <summary>Small intersections: how near raw, beta-binomial and structured estimates come to a truth of 8 x 5 groups
/// of 5 to 50 rows, and how often intervals hold it.</summary>
internal static class Intersections
{
    private const int First = 8, Second = 5;

    public static int Run(int tables)
    {
        Console.WriteLine(
            "| truth | RMSE raw | beta-binomial | structured | Wilson holds it | structured holds it | width Wilson | width structured | not additive at 5% |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
        Row("levels add up, .55 to .93", tables, 0, 0.93, 0.04, 0.03);
        Row("levels add up, .72 to .97", tables, 0, 0.97, 0.02, 0.0275);
        Row("no differences, .85", tables, 0, 0.85, 0, 0);
        Row("levels add up, .60 to .90, and deviations of 5 points", tables, 0.05, 0.90, 0.03, 0.02);
        Row("levels add up, .60 to .90, and deviations of 10 points", tables, 0.10, 0.90, 0.03, 0.02);
        return 0;
    }

    private static void Row(string what, int tables, double deviation, double top, double byFirst, double bySecond)
    {
        var gate = new Lock();
        double cells = 0, raw = 0, shrunken = 0, structured = 0, wilson = 0, held = 0, wide = 0, narrow = 0,
            rejected = 0;
        Parallel.For(0, tables, seed =>
        {
            var random = new Random(seed + 1);
            var truth = new double[First, Second];
            for (var i = 0; i < First; i++)
                for (var j = 0; j < Second; j++)
                    truth[i, j] = Math.Clamp(top - (byFirst * i) - (bySecond * j) + (deviation * Normal(random)), 0.02,
                        0.98);
            var grouping = Auditor.Run(Make(truth, random), new()
            {
                Groups = ["a", "b"], Resample = false, FindSlices = false, MinimumCount = 1, IntersectionDepth = 2,
                Threads = 1, Seed = seed,
            }).Targets[0].Groupings.Single(g => g.Attributes.Count == 2);
            var estimates = grouping.Groups.ToDictionary(g => g.Name(), g => g.Find("accuracy")!);
            lock (gate)
            {
                rejected += grouping.Structured!.Fit.P <= 0.05 ? 1 : 0;
                foreach (var g in grouping.Structured.Groups)
                {
                    var t = truth[g.Levels[0][1] - '0', g.Levels[1][1] - '0'];
                    var e = estimates[string.Join(", ", g.Levels)];
                    cells++;
                    (raw, shrunken, structured) =
                        (raw + Square(g.Raw - t), shrunken + Square((e.Shrunken ?? g.Raw) - t),
                            structured + Square(g.Estimate - t));
                    wilson += e.Low <= t && t <= e.High ? 1 : 0;
                    held += g.Low <= t && t <= g.High ? 1 : 0;
                    (wide, narrow) = (wide + e.High!.Value - e.Low!.Value, narrow + g.High - g.Low);
                }
            }
        });
        Console.WriteLine(FormattableString.Invariant(
            $"| {what} | {Root(raw)} | {Root(shrunken)} | {Root(structured)} | {100 * wilson / cells:0.0}% | {100 * held / cells:0.0}% | {wide / cells:0.000} | {narrow / cells:0.000} | {100 * rejected / tables:0.0}% |"));

        string Root(double sum) => FormattableString.Invariant($"{Math.Sqrt(sum / cells):0.0000}");
    }

    private static double Square(double x) => x * x;

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static Table Make(double[,] truth, Random random)
    {
        var (a, b, given) = (new List<string?>(), new List<string?>(), new List<string?>());
        for (var i = 0; i < First; i++)
            for (var j = 0; j < Second; j++)
                for (var n = random.Next(5, 51); n > 0; n--)
                {
                    a.Add($"a{i}");
                    b.Add($"b{j}");
                    given.Add(random.NextDouble() < truth[i, j] ? "yes" : "no");
                }
        // One row of the other class, so that there are two.
        string?[] right = [.. given.Select(_ => (string?)"yes")];
        return new([new TextColumn("id", [.. given.Select((_, i) => (string?)$"row {i:00000}")]),
            new TextColumn("t_true", right), new TextColumn("t", given),
            new TextColumn("a", a), new TextColumn("b", b)]);
    }
}
