using System.Diagnostics;
using System.Globalization;
using FaceBias.Auditing;
using FaceBias.Core.Data;
using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Uncertainty;
using FaceBias.Core.Uncertainty.Conformal;
using FaceBias.Primitives.Randomness;
using FaceBias.Primitives.Statistics;
using FaceBias.Primitives.Tables;
using FaceBias.Workflows.RunFolders;

namespace FaceBias.Benchmarks.Uncertainty;

/// <summary>
/// Do sets and intervals hold what they promise, and for whom? Heads are trained once, on half of a run's images; the
/// others are divided into calibration and test rows again and again. Given those rows, the divisions are independent,
/// so that the mean coverage over them has an ordinary t interval.
/// </summary>
internal static class ConformalProof
{
    private static readonly double[] s_levels = [0.8, 0.9, 0.95];

    public static void Run(string run, int splits)
    {
        var world = World.Of(run);
        Console.WriteLine(
            string.Create(CultureInfo.InvariantCulture,
                $"{world.Rows} held-out rows, {splits} divisions into halves for calibration and test; heads trained "
                    + $"on {world.Trained} other rows.\n"));
        var clock = new Stopwatch();
        foreach (var (what, options) in Methods())
        {
            Console.WriteLine($"### {what}\n");
            Console.WriteLine(
                "| target | groups | level | mean coverage, all rows | groups with the level in the interval of their "
                    + "mean | in [level, level + bound] up to the interval | lowest group | mean size |");
            Console.WriteLine("|---|---|---|---|---|---|---|---|");
            foreach (var target in world.Outputs)
            {
                foreach (var level in s_levels)
                    Console.WriteLine(Line(world, target, options with { Level = level }, splits, clock));
            }
            Console.WriteLine();
        }
        Console.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"Calibrations: {clock.Elapsed.TotalSeconds:0.0} s in all."));
    }

    private static IEnumerable<(string, ConformalOptions)> Methods()
    {
        var numbers = new ConformalOptions { Numbers = IntervalScore.Quantile };
        yield return ("Split: one cutoff for all", numbers);
        yield return ("Mondrian: race", numbers with { Method = ConformalMethod.Mondrian, Groups = ["race"] });
        yield return ("Mondrian: gender x age band",
            numbers with { Method = ConformalMethod.Mondrian, Groups = ["gender", "age"] });
        yield return ("Overlapping: race, gender, age band and each pair",
            numbers with { Method = ConformalMethod.Overlapping, Groups = ["race", "gender", "age"] });
    }

    private static string Line(World world, OutputSpec output, ConformalOptions options, int splits, Stopwatch clock)
    {
        var groups = world.Groups(options);
        var (covered, counted, calibrated) =
            (new double[groups.Count][], new double[groups.Count][], new double[groups.Count]);
        for (var g = 0; g < groups.Count; g++)
            (covered[g], counted[g]) = (new double[splits], new double[splits]);
        double size = 0, tests = 0;
        for (var split = 0; split < splits; split++)
        {
            int[] order = [.. Enumerable.Range(0, world.Rows)];
            new RandomSource(1).Stream("division", split).Shuffle(order.AsSpan());
            int[] calibration = order[..(order.Length / 2)], test = order[(order.Length / 2)..];
            clock.Start();
            var (columns, full) = world.Predict(output, options, calibration, test);
            clock.Stop();
            for (var i = 0; i < test.Length; i++)
            {
                var (inside, extent) = world.Covered(output, columns, i, test[i]);
                for (var g = 0; g < groups.Count; g++)
                {
                    if (!groups[g].Has(test[i]))
                        continue;
                    covered[g][split] += inside ? 1 : 0;
                    counted[g][split]++;
                }
                if (double.IsFinite(extent))
                    (size, tests) = (size + extent, tests + 1);
            }
            for (var g = 0; g < groups.Count; g++)
                calibrated[g] += calibration.Count(groups[g].Has) / (double)splits;
        }
        var (nominal, bounded, judged, skipped) = (0, 0, 0, 0);
        (double Mean, string Name) lowest = (2, "");
        var missed = new List<string>();
        for (var g = 1; g < groups.Count; g++)
        {
            double[] rates =
                [.. Enumerable.Range(0, splits).Where(s => counted[g][s] > 0)
                    .Select(s => covered[g][s] / counted[g][s])];
            // Too few calibration rows for the level in some of the divisions: everything is in the set there.
            if (calibrated[g] < 1.5 * ConformalQuantile.FewestRows(options.Level) || rates.Length < splits)
            {
                skipped++;
                continue;
            }
            var test = PairedTest.Of(rates);
            judged++;
            nominal += test.Low <= options.Level && options.Level <= test.High ? 1 : 0;
            var bound = options.Method == ConformalMethod.Overlapping ? (groups.Count - 1) / calibrated[g]
                : 1 / (calibrated[g] + 1);
            var fits = test.High >= options.Level && test.Low <= options.Level + bound;
            bounded += fits ? 1 : 0;
            if (!fits)
                missed.Add(string.Create(CultureInfo.InvariantCulture, $"{groups[g].Name} {test.Mean:0.000}"));
            lowest = test.Mean < lowest.Mean ? (test.Mean, groups[g].Name) : lowest;
        }
        var all = PairedTest.Of([.. covered[0].Zip(counted[0], (c, n) => c / n)]);
        var outside = missed.Count == 0 ? ""
            : $": not {string.Join(", ", missed.Take(4))}{(missed.Count > 4 ? $" and {missed.Count - 4} more" : "")}";
        return string.Create(CultureInfo.InvariantCulture,
            $"| {output.Name} | {judged}{(skipped > 0 ? $" ({skipped} too small)" : "")} | {options.Level} | "
                + $"{all.Mean:0.0000} ({all.Low:0.0000} to {all.High:0.0000}) | {nominal} of {judged} | {bounded} of "
                + $"{judged}{outside} | {lowest.Name} {lowest.Mean:0.000} | {size / tests:0.00} |");
    }
}

/// <summary>The held-out rows of a run, with what heads say about them.</summary>
internal sealed class World
{
    private const double TrainShare = 0.5, ValidationShare = 0.1;

    private readonly Target[] _labels;
    private readonly float[][] _values;

    private World(IReadOnlyList<OutputSpec> outputs, Target[] labels, float[][] values, int trained) =>
        (Outputs, _labels, _values, Trained, Rows) = (outputs, labels, values, trained, Length(labels[0]));

    public IReadOnlyList<OutputSpec> Outputs { get; }

    public int Rows { get; }

    public int Trained { get; }

    /// <summary>Trains heads on half of the run's images, with a tenth to choose the epoch; the others are held
    /// out.</summary>
    public static World Of(string run)
    {
        var folder = RunFolder.Open(run);
        var (matrixFile, rowsFile) = folder.FeatureFiles();
        using var matrix = NpyMatrix.Open(matrixFile);
        var ids = TableFile.Read(rowsFile).Text("id");
        var predictions = TableFile.Read(folder.Checked(RunFolder.PredictionsFile));
        var place = Enumerable.Range(0, predictions.RowCount).ToDictionary(r => predictions.Text("id")[r]!, r => r,
            StringComparer.Ordinal);
        int[] at = [.. Enumerable.Range(0, ids.Count).Select(r => place[ids[r]!])];
        string[] names =
            [.. predictions.Columns.Select(c => c.Name).Where(n => n.EndsWith("_true", StringComparison.Ordinal))
                .Select(n => n[..^5])];
        Target[] labels =
            [.. names.Select(
                n => predictions[$"{n}_true"] is NumberColumn numbers ? Target.Of(n, [.. at.Select(r => numbers[r])])
                    : Named(n, predictions.Text($"{n}_true"), at))];
        var options = new TrainOptions();
        int[] order = [.. Enumerable.Range(0, ids.Count)];
        new RandomSource(7).Stream("held out").Shuffle(order.AsSpan());
        int train = (int)(TrainShare * order.Length), validation = (int)(ValidationShare * order.Length);
        float[] Row(int row) => matrix.Row(row).ToArray();
        float[][] features = [.. Enumerable.Range(0, ids.Count).Select(Row)];
        FeatureRow feature = row => features[row];
        int[] trained = order[..train], held = order[(train + validation)..];
        var heads = HeadTrainer.Train(feature, matrix.Columns, trained, order[train..(train + validation)],
            [.. labels.Select(l => TrainingTarget.Create(l, trained, options))], options);
        var model = new UncertainModel(heads.Graph, heads.Outputs,
            new() { Features = feature, Width = matrix.Columns, Train = trained, Validation = held, Targets = labels })
            .With(Conformal.With(new() { Numbers = IntervalScore.Quantile }));
        Target[] kept = [
            .. labels.Select(l => l.Kind == TargetKind.Numeric ? Target.Of(l.Name, [.. held.Select(r => l.Values[r])])
                : Target.Of(l.Name, l.Classes, [.. held.Select(r => l.Codes[r])]))];
        var values = model.Run(held, [.. heads.Outputs.Select(o => o is NumericOutput ? o.Name + "_basis" : o.Name)]);
        return new(heads.Outputs, kept, [.. values], train);
    }

    private static Target Named(string name, TextColumn column, int[] at) =>
        Target.Of(name, column.Levels, [.. at.Select(r => column.Codes[r])]);

    private static int Length(Target target) =>
        target.Kind == TargetKind.Numeric ? target.Values.Length : target.Codes.Length;

    /// <summary>All rows, then the groups that a method speaks for; of split calibration those that it does
    /// not.</summary>
    public IReadOnlyList<(string Name, Func<int, bool> Has)> Groups(ConformalOptions options)
    {
        (string Name, Func<int, bool> Has)[] Levels(string name)
        {
            var label = _labels.Single(l => l.Name == name);
            if (label.Kind == TargetKind.Categorical)
                return [.. label.Classes.Select((c, i) => (c, (Func<int, bool>)(r => label.Codes[r] == i)))];
            var edges = new AuditOptions().Bands[name];
            return [.. edges.Select(
                (e, i) => (Name: i + 1 < edges.Count ? $"{e}-{edges[i + 1] - 1}" : $"{e}+",
                    (Func<int, bool>)(r => label.Values[r] >= e
                        && (i + 1 == edges.Count || label.Values[r] < edges[i + 1]))))];
        }
        IEnumerable<(string, Func<int, bool>)> Crossed(string a, string b) =>
            from x in Levels(a) from y in Levels(b) select ($"{x.Name} {y.Name}",
                (Func<int, bool>)(r => x.Has(r) && y.Has(r)));
        List<(string, Func<int, bool>)> groups = [("all", _ => true)];
        switch (options)
        {
            case { Method: ConformalMethod.Mondrian, Groups: ["race"] }:
                groups.AddRange(Levels("race"));
                break;
            case { Method: ConformalMethod.Mondrian }:
                groups.AddRange(Crossed("gender", "age"));
                break;
            default:
                string[] names = ["race", "gender", "age"];
                groups.AddRange(names.SelectMany(Levels));
                groups.AddRange(
                    Crossed("race", "gender").Concat(Crossed("race", "age")).Concat(Crossed("gender", "age")));
                break;
        }
        return groups;
    }

    /// <summary>Calibrates on some rows and predicts the sets of others, as the library does.</summary>
    public (IReadOnlyList<Column> Columns, IReadOnlyList<string> Notices) Predict(OutputSpec output,
        ConformalOptions options, int[] calibration, int[] test)
    {
        var notices = new List<string>();
        var at = Outputs.ToList().FindIndex(o => o.Name == output.Name);
        var rows = new CalibrationRows(Take(_labels[at], calibration), [.. _labels.Select(l => Take(l, calibration))]);
        Column[] groups = [.. _labels.Select(l => Column(l, test))];
        if (output is CategoricalOutput c)
        {
            var k = c.Classes.Count;
            float[] P(int[] of) => [.. of.SelectMany(r => _values[at][(r * k)..((r + 1) * k)])];
            return (PredictionSets.Classes(ConformalCalibration.Classes(c, P(calibration), rows, options), c, P(test),
                groups, notices), notices);
        }
        IntervalBasis[] Basis(int[] of) =>
            [.. of.Select(r => new IntervalBasis(_values[at][3 * r], _values[at][(3 * r) + 1], 1))];
        return (PredictionSets.Numbers(
            ConformalCalibration.Numbers((NumericOutput)output, Basis(calibration), rows, options),
            (NumericOutput)output, Basis(test), groups, notices), notices);
    }

    /// <summary>Whether a row's truth is inside, and how much else.</summary>
    public (bool Inside, double Size) Covered(OutputSpec output, IReadOnlyList<Column> columns, int i, int row)
    {
        var label = _labels.Single(l => l.Name == output.Name);
        if (columns[0] is not TextColumn sets)
            return (((NumberColumn)columns[0])[i] <= label.Values[row]
                && label.Values[row] <= ((NumberColumn)columns[1])[i],
                ((NumberColumn)columns[1])[i] - ((NumberColumn)columns[0])[i]);
        string[] classes = sets[i] == PredictionSets.Empty ? [] : sets[i]!.Split('|');
        return (classes.Contains(label.Classes[label.Codes[row]]), classes.Length);
    }

    private static Target Take(Target l, int[] rows) =>
        l.Kind == TargetKind.Numeric ? Target.Of(l.Name, [.. rows.Select(r => l.Values[r])])
            : Target.Of(l.Name, l.Classes, [.. rows.Select(r => l.Codes[r])]);

    private static Column Column(Target l, int[] rows) =>
        l.Kind == TargetKind.Numeric ? new NumberColumn(l.Name, [.. rows.Select(r => l.Values[r])])
        : new TextColumn(l.Name, [.. rows.Select(r => l.Codes[r])], [.. l.Classes]);

    /// <summary>How long sets of many rows with overlapping groups take, rows repeated as often as it takes.</summary>
    public void Time(int rows, int repeats)
    {
        int[] calibration = [.. Enumerable.Range(0, Rows / 2)],
            test = [.. Enumerable.Range(0, rows).Select(i => i % Rows)];
        var options = new ConformalOptions { Method = ConformalMethod.Overlapping, Groups = ["race", "gender", "age"] };
        var c = (CategoricalOutput)Outputs.First(o => o.Name == "race");
        var at = Outputs.ToList().IndexOf(c);
        var k = c.Classes.Count;
        float[] P(int[] of) => [.. of.SelectMany(r => _values[at][(r * k)..((r + 1) * k)])];
        var p = P(test);
        Column[] groups = [.. _labels.Select(l => Column(l, test))];
        var calibrationRows = new CalibrationRows(Take(_labels[at], calibration),
            [.. _labels.Select(l => Take(l, calibration))]);
        var pc = P(calibration);
        var (fit, predict) = (new double[repeats], new double[repeats]);
        for (var i = 0; i < repeats; i++)
        {
            var clock = Stopwatch.StartNew();
            var target = ConformalCalibration.Classes(c, pc, calibrationRows, options);
            fit[i] = clock.Elapsed.TotalSeconds;
            clock.Restart();
            PredictionSets.Classes(target, c, p, groups, []);
            predict[i] = clock.Elapsed.TotalSeconds;
            if (i == 0)
                Console.WriteLine(
                    string.Create(CultureInfo.InvariantCulture,
                        $"{target.Table.Rows.Where((_, at) => target.Table.Cutoffs[at] is not null).Count()} cutoffs "
                            + $"from {calibration.Length} calibration rows."));
        }
        Array.Sort(fit);
        Array.Sort(predict);
        Console.WriteLine(
            string.Create(CultureInfo.InvariantCulture,
                $"| calibration, s | sets of {rows:N0} rows, s |\n|---|---|\n| {fit[repeats / 2]:0.000} "
                    + $"({fit[0]:0.000} to {fit[^1]:0.000}) | {predict[repeats / 2]:0.000} ({predict[0]:0.000} to "
                    + $"{predict[^1]:0.000}) |"));
    }
}
