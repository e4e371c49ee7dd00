using System.Globalization;
using FaceBias.Auditing;
using FaceBias.Primitives.Tables;

namespace FaceBias.Benchmarks.Auditing;

/// <summary>How often an audit cries wolf where all groups are treated alike, and how often it finds a gap of the size
/// that its sample-size formula promises to find.</summary>
internal static class ErrorRates
{
    public static int Run(int repeats)
    {
        Console.WriteLine(
            FormattableString.Invariant(
                $"{repeats} tables each, no gap in any; findings are of all targets and three attributes"));
        Console.WriteLine(
            "| groups | rows | right | targets | p <= 5% of one gap | any finding 'gap shown' (max-T) | by Holm |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (var (groups, rows, right, numbers) in new[] { (2, 400, 0.9, false), (5, 500, 0.9, false),
            (5, 2000, 0.7, false), (10, 3000, 0.9, false), (5, 500, 0.9, true) })
        {
            var audits = Audits(repeats, i => Table(rows, groups, right, right, 10_000 + i, numbers)).ToArray();
            double Share(Func<Gap[], bool> holds) => 100.0 * audits.Count(holds) / repeats;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {groups} | {rows} | {right} | {(numbers ? "label and number" : "label")} | {Share(g => g[0].P <= 0.05):0.0}% | {Share(g => g.Any(x => x.Verdict == Verdict.GapShown)):0.0}% | {Share(g => g.Any(x => x.HolmP <= 0.05)):0.0}% |"));
        }
        Console.WriteLine();
        Console.WriteLine(
            "two groups of 300, equal or 8 points apart, beside others of 9 rows that are right in half of them; attributes b and c as above");
        Console.WriteLine(
            "| groups of 9 | true gap | p <= 5% of one gap | any finding 'gap shown' (max-T) | this gap shown (max-T) | by Holm |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (var (tiny, gap) in new[] { (0, 0.0), (10, 0.0), (40, 0.0), (0, 0.08), (10, 0.08), (40, 0.08) })
        {
            var audits = Audits(repeats, i => Table(600, 2, 0.9, 0.9 - gap, 40_000 + i, tiny: tiny)).ToArray();
            double Share(Func<Gap[], bool> holds) => 100.0 * audits.Count(holds) / repeats;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {tiny} | {gap} | {Share(g => g[0].P <= 0.05):0.0}% | {Share(g => g.Any(x => x.Verdict == Verdict.GapShown)):0.0}% | {Share(g => g[0].AdjustedP <= 0.05):0.0}% | {Share(g => g[0].HolmP <= 0.05):0.0}% |"));
        }
        Console.WriteLine();
        Console.WriteLine("| planted gap | right | rows in each of two groups, by the formula | found at 5% |");
        Console.WriteLine("|---|---|---|---|");
        foreach (var (gap, right) in new[] { (0.05, 0.9), (0.1, 0.9), (0.1, 0.7), (0.03, 0.95) })
        {
            var middle = right - (gap / 2);
            var n = (int)Math.Ceiling(16 * middle * (1 - middle) / (gap * gap));
            var found = Audits(repeats, i => Table(2 * n, 2, right, right - gap, 20_000 + i))
                .Count(g => g[0].P <= 0.05);
            Console.WriteLine(
                string.Create(CultureInfo.InvariantCulture,
                    $"| {gap} | {right} | {n} | {100.0 * found / repeats:0.0}% |"));
        }
        Console.WriteLine();
        Console.WriteLine("| true gap | margin | rows in each of two groups | 'within the margin shown' |");
        Console.WriteLine("|---|---|---|---|");
        foreach (var (gap, n) in new[] { (0.05, 500), (0.05, 2000), (0, 500), (0, 2000) })
        {
            var within = Audits(repeats, i => Table(2 * n, 2, 0.9, 0.9 - gap, 30_000 + i))
                .Count(g => g[0].Verdict == Verdict.WithinMargin);
            Console.WriteLine(
                string.Create(CultureInfo.InvariantCulture,
                    $"| {gap} | 0.05 | {n} | {100.0 * within / repeats:0.0}% |"));
        }
        return 0;
    }

    /// <summary>The gaps of every finding of many audits; the first is that of attribute a.</summary>
    private static ParallelQuery<Gap[]> Audits(int repeats, Func<int, Table> table) =>
        Enumerable.Range(0, repeats).AsParallel().Select(i => Auditor.Run(table(i), new()
    {
        Seed = i, Groups = ["a", "b", "c"], IntersectionDepth = 1, Permutations = 199, BootstrapReplicates = 100,
        Threads = 1, FindSlices = false,
        Kinds = new() { Numeric = ["z"] }, NumericMargin = 1,
    }).Targets.SelectMany(
        t => t.Groupings.Select(g => g.Gaps.Single(x => x.Metric == Metrics.Primary(t.Kind).Key && x.Class is null)))
        .ToArray());

    /// <summary>Answers of which a share is right, in the last group of a another; attribute b hangs together with a, c
    /// does not. Groups of a are of equal size, but for some tiny ones of 9 rows, right in half of them.</summary>
    private static Table Table(int rows, int groups, double right, double last, int seed, bool numbers = false,
        int tiny = 0)
    {
        var random = new Random(seed);
        var large = rows;
        rows += 9 * tiny;
        int[] answer = new int[rows], a = new int[rows], b = new int[rows], c = new int[rows];
        for (var i = 0; i < rows; i++)
        {
            a[i] = i < large ? i % groups : groups + ((i - large) / 9);
            b[i] = random.NextDouble() < 0.7 ? a[i] % 2 : random.Next(2);
            c[i] = random.Next(3);
            answer[i] = random.NextDouble() < (a[i] >= groups ? 0.5 : a[i] == groups - 1 ? last : right) ? 1 : 0;
        }
        string[] levels(int n) => [.. Enumerable.Range(0, n).Select(i => $"g{i}")];
        List<Column> years =
            numbers ? [new NumberColumn("z",
                [.. answer.Select(
                    x => Math.Round((x == 1 ? 4 : 8) * (random.NextDouble() + random.NextDouble() - 1)))]),
            new NumberColumn("z_true", new double[rows])] : [];
        return new([new TextColumn("y", answer, ["no", "yes"]),
            new TextColumn("y_true", [.. Enumerable.Repeat(1, rows)], ["no", "yes"]),
            new TextColumn("a", a, levels(groups + tiny)), new TextColumn("b", b, levels(2)),
            new TextColumn("c", c, levels(3)), .. years]);
    }
}
