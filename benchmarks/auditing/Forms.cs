using System.Globalization;
using FaceBias.Auditing;
using FaceBias.Primitives.Randomness;
using FaceBias.Primitives.Tables;

namespace FaceBias.Benchmarks.Auditing;

/// <summary>Error rates and coverage for tables that are not rows of one label: clusters of unequal size, weights,
/// heavy tails, many groups of very different sizes, calibration, abstention, three crossed attributes. No table holds
/// a gap.</summary>
internal static class Forms
{
    /// <summary>A kind of table.</summary>
    /// <param name="Table">Makes one.</param>
    /// <param name="Options">How it is audited.</param>
    /// <param name="Truth">The true value of a metric of every group; null where it is not known.</param>
    private sealed record Form(string Name, Func<SeededRandom, Table> Table, Func<AuditOptions, AuditOptions> Options,
        Func<Estimate, double?>? Truth = null);

    public static int Run(int repeats, string? only)
    {
        Console.WriteLine(FormattableString.Invariant(
            $"{repeats} tables each, no gap in any. Coverage: of all groups with an estimate, how often its 95% interval holds the truth"));
        Console.WriteLine("| tables | p <= 5% of one gap | any finding 'gap shown' | any crossed gap shown | calibration "
            + "p <= 5% | abstaining 'widens' | coverage |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var form in All().Where(f => only is null || f.Name.Contains(only, StringComparison.Ordinal)))
        {
            var seeds = new RandomSource(7).Counter(form.Name, repeats);
            var audits = Enumerable.Range(0, repeats).AsParallel().Select(i =>
            {
                var random = seeds.Stream(i);
                return Outcome.Of(Auditor.Run(form.Table(random), form.Options(new()
                {
                    Seed = i, IntersectionDepth = 1, Permutations = 199, BootstrapReplicates = 200, Threads = 1,
                    FindSlices = false, Split = null,
                })), form.Truth);
            }).ToArray();
            var covered = audits.SelectMany(a => a.Covered).GroupBy(c => c.Metric).Select(g =>
                string.Create(CultureInfo.InvariantCulture, $"{g.Key} {100.0 * g.Count(c => c.Holds) / g.Count():0.0}%"));
            Console.WriteLine($"| {form.Name} | {Share(audits, a => a.Single)} | {Share(audits, a => a.Any)} | "
                + $"{Share(audits, a => a.Crossed)} | {Share(audits, a => a.Calibration)} | "
                + $"{Share(audits, a => a.Widens)} | {string.Join(", ", covered)} |");
        }
        return 0;
    }

    private static string Share(Outcome[] audits, Func<Outcome, bool?> holds) =>
        audits.Select(holds).OfType<bool>().ToArray() is { Length: > 0 } known
            ? string.Create(CultureInfo.InvariantCulture, $"{100.0 * known.Count(k => k) / known.Length:0.0}%") : "";

    /// <summary>What one audit says.</summary>
    private sealed record Outcome(bool? Single, bool? Any, bool? Crossed, bool? Calibration, bool? Widens,
        (string Metric, bool Holds)[] Covered)
    {
        public static Outcome Of(AuditResult audit, Func<Estimate, double?>? truth)
        {
            var target = audit.Targets[0];
            var single = target.Groupings.Where(g => g.Attributes is [var only] && only != target.Name).ToArray();
            var crossed = target.Groupings.Where(g => g.Attributes.Count > 1).SelectMany(g => g.Gaps).ToArray();
            var tests = target.Groupings.SelectMany(g => g.Tests).Where(t => t.Name == "calibration").ToArray();
            var widens = target.Selective.SelectMany(s => s.Verdicts).ToArray();
            return new(single[0].Gaps.FirstOrDefault(
                g => g.Metric == target.Main.Metric && g.Class == target.Main.Class) is { P: { } p } ? p <= 0.05 : null,
                audit.Findings.Any(f => f.Verdict == Verdict.GapShown),
                crossed.Length == 0 ? null : crossed.Any(g => g.Verdict == Verdict.GapShown),
                tests.Length == 0 ? null : tests[0].P <= 0.05,
                widens.Length == 0 ? null : widens.Any(v => v.Effect == AbstentionEffect.Widens),
                truth is null ? [] : [.. from g in single[0].Groups
                                         from e in g.Estimates
                                         let value = truth(e)
                                         where value is not null && e.Value is not null && e.Low is not null
                                         select (e.Metric, e.Low <= value && value <= e.High)]);
        }
    }

    private const double Right = 0.85;

    private static double? Accuracy(Estimate e) => e.Metric == "accuracy" ? Right : null;

    private static IEnumerable<Form> All()
    {
        foreach (var groups in new[] { 2, 10, 40 })
            yield return new($"labels, {groups} groups of 5 to 5,000", r => Labels(ref r, Sizes(groups), 1, Right), o => o,
                Accuracy);
        yield return new("five classes, findings of recall", r => Labels(ref r, [200, 300, 500], 1, Right, classes: 5),
            o => o with { Metric = "recall" });
        yield return new("three attributes crossed", r => Labels(ref r, [400, 300, 300], 1, Right, attributes: 3),
            o => o with { IntersectionDepth = 3 }, Accuracy);
        foreach (var (persons, mean) in new[] { (20, 8), (60, 8), (200, 4) })
        {
            yield return new($"{persons} persons a group, {mean} rows each on average, a person in one group",
                r => Labels(ref r, [persons, persons, persons], mean, Right), o => o with { Cluster = "person" },
                Accuracy);
            yield return new($"{persons} persons a group, {mean} rows each on average, as if independent",
                r => Labels(ref r, [persons, persons, persons], mean, Right), o => o, Accuracy);
        }
        yield return new("weights, exponential", r => Labels(ref r, [100, 200, 400], 1, Right, weight: x => x),
            o => o with { Weights = "w" }, Accuracy);
        yield return new("weights, heavy tails", r => Labels(ref r, [100, 200, 400], 1, Right,
            weight: x => x * x), o => o with { Weights = "w" }, Accuracy);
        foreach (var (name, draw, truth) in Tails())
            foreach (var sizes in new[] { new[] { 15, 60, 200 }, [300, 1000] })
            {
                double? Truth(Estimate e) => e.Metric == "mae" ? truth : null;
                yield return new($"errors {name}, groups of {string.Join(", ", sizes)}",
                    r => Numbers(ref r, sizes, 1, draw), o => o with { NumericMargin = 1 }, Truth);
            }
        yield return new("errors lognormal, 40 persons a group, 6 rows each on average",
            r => Numbers(ref r, [40, 40], 6, LogNormal), o => o with { NumericMargin = 1, Cluster = "person" },
            e => e.Metric == "mae" ? null : null);
        yield return new("errors lognormal, weights", r => Numbers(ref r, [100, 200], 1, LogNormal),
            o => o with { NumericMargin = 1, Weights = "w" }, e => e.Metric == "mae" ? Math.Exp(0.5) : null);
        foreach (var sizes in new[] { new[] { 60, 200 }, [500, 1500] })
            yield return new($"probabilities, groups of {string.Join(", ", sizes)}", r => Probabilities(ref r, sizes),
                o => o, e => e.Metric switch { "calibration_offset" => 0, "calibration_slope" => 1,
                    "brier" => 2 * MeanVariance, _ => null });
    }

    private static int[] Sizes(int groups) =>
        [.. Enumerable.Range(0, groups).Select(g => (int)Math.Round(5 * Math.Pow(1000, g / (groups - 1.0))))];

    private delegate double Draw(ref SeededRandom random);

    private static double LogNormal(ref SeededRandom random) => Math.Exp(random.NextNormal());

    /// <summary>Absolute errors of several tails with their means.</summary>
    private static IEnumerable<(string Name, Draw Draw, double Mean)> Tails() =>
    [
        ("lognormal", LogNormal, Math.Exp(0.5)),
        ("of Student's t with 3 degrees", (ref SeededRandom r) =>
        {
            double a = r.NextNormal(), b = r.NextNormal(), c = r.NextNormal();
            return Math.Abs(r.NextNormal()) / Math.Sqrt(((a * a) + (b * b) + (c * c)) / 3);
        }, 2 * Math.Sqrt(3) / Math.PI),
        ("mostly zero", (ref SeededRandom r) => r.NextDouble() < 0.8 ? 0 : 10, 2),
    ];

    /// <summary>Labels of which a share is right; rows of one person are right together more often.</summary>
    private static Table Labels(ref SeededRandom random, int[] sizes, int mean, double right, int classes = 2,
        int attributes = 1, Func<double, double>? weight = null)
    {
        List<string?> truth = [], said = [], person = [];
        List<string?>[] groups = [.. Enumerable.Range(0, attributes).Select(_ => new List<string?>())];
        List<double> w = [];
        for (var g = 0; g < sizes.Length; g++)
        {
            for (var unit = 0; unit < sizes[g]; unit++)
            {
                // Rows of a person: geometric, so that a few have many. A person's own share of right ones varies.
                var rows = mean == 1 ? 1 : 1 + (int)(Math.Log(1 - random.NextDouble()) / Math.Log(1 - (1.0 / mean)));
                var own = mean == 1 ? right : random.NextDouble() < 0.7 ? 1 : (right - 0.7) / 0.3;
                for (var row = 0; row < rows; row++)
                {
                    var t = random.NextInt(classes);
                    truth.Add($"c{t}");
                    said.Add($"c{(random.NextDouble() < own ? t : (t + 1 + random.NextInt(classes - 1)) % classes)}");
                    person.Add($"p{g}.{unit}");
                    groups[0].Add($"g{g}");
                    for (var a = 1; a < attributes; a++)
                        groups[a].Add($"h{random.NextInt(a + 1 == attributes ? 5 : 3)}");
                    w.Add((weight ?? (x => x))(-Math.Log(1 - random.NextDouble())));
                }
            }
        }
        return new([new TextColumn("y", said), new TextColumn("y_true", truth),
            .. groups.Select((g, a) => new TextColumn($"g{a}", g)),
            .. mean == 1 ? Array.Empty<Column>() : [new TextColumn("person", person)],
            .. weight is null ? Array.Empty<Column>() : [new NumberColumn("w", [.. w])]]);
    }

    /// <summary>Numbers whose errors have a tail; a person's errors share a factor.</summary>
    private static Table Numbers(ref SeededRandom random, int[] sizes, int mean, Draw draw)
    {
        List<double> error = [], w = [];
        List<string?> person = [], group = [];
        for (var g = 0; g < sizes.Length; g++)
        {
            for (var unit = 0; unit < sizes[g]; unit++)
            {
                var rows = mean == 1 ? 1 : 1 + (int)(Math.Log(1 - random.NextDouble()) / Math.Log(1 - (1.0 / mean)));
                var own = mean == 1 ? 1 : Math.Exp(0.7 * random.NextNormal());
                for (var row = 0; row < rows; row++)
                {
                    error.Add(own * draw(ref random));
                    person.Add($"p{g}.{unit}");
                    group.Add($"g{g}");
                    w.Add(-Math.Log(1 - random.NextDouble()));
                }
            }
        }
        return new([new NumberColumn("z", [.. error]), new NumberColumn("z_true", new double[error.Count]),
            new TextColumn("g", group), new NumberColumn("w", [.. w]),
            .. mean == 1 ? Array.Empty<Column>() : [new TextColumn("person", person)]]);
    }

    /// <summary>Of p (1 - p) where p is uniform.</summary>
    private const double MeanVariance = 1.0 / 6;

    /// <summary>Calibrated probabilities, uniform.</summary>
    private static Table Probabilities(ref SeededRandom random, int[] sizes)
    {
        List<double> p = [];
        List<string?> truth = [], group = [];
        for (var g = 0; g < sizes.Length; g++)
        {
            for (var row = 0; row < sizes[g]; row++)
            {
                p.Add(random.NextDouble());
                truth.Add(random.NextDouble() < p[^1] ? "yes" : "no");
                group.Add($"g{g}");
            }
        }
        return new([new NumberColumn("y_p_no", [.. p.Select(x => 1 - x)]), new NumberColumn("y_p_yes", [.. p]),
            new TextColumn("y_true", truth), new TextColumn("g", group)]);
    }
}
