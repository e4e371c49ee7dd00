namespace FaceBias.Core.Auditing;

/// <summary>
/// The figures of a label that are composed of several counts: of each group balanced accuracy and F1, and across the
/// groups the fairness metrics. They are computed from the confusion matrices alone, so that the bootstrap can do the
/// same to its replicates.
/// </summary>
internal sealed class LabelStatistics
{
    private readonly int _classes;
    private readonly int _groups;
    private readonly int _reference;
    private readonly bool[] _compared;
    private readonly Dictionary<(RateMetric, int), bool[]> _fit = [];

    /// <param name="groups">The matrices of the data [group][truth][prediction], which decide who is compared.</param>
    /// <param name="names">The groups' names.</param>
    /// <param name="options">Minimum count and reference group.</param>
    public LabelStatistics(long[][][] groups, string[] names, AuditOptions options)
    {
        (_groups, _classes) = (groups.Length, groups[0].Length);
        long[] n = [.. groups.Select(g => g.Sum(row => row.Sum()))];
        _compared = [.. n.Select(c => c >= options.MinimumCount)];
        var largest = Array.IndexOf(n, n.Max());
        var named = Array.IndexOf(names, options.Reference);
        _reference = named >= 0 && _compared[named] ? named : largest;
        foreach (var metric in RateMetric.All)
        {
            for (var k = 0; k < _classes; k++)
                _fit[(metric, k)] = [.. groups.Select(g => metric.Counts(BinaryCounts.Of(g, k)).Denominator >= options.MinimumCount)];
        }
    }

    /// <summary>Number of values per group, which come first: balanced accuracy, macro F1, F1 of each class.</summary>
    public int PerGroup => 2 + _classes;

    /// <summary>The names of the values across groups, which follow those of the groups; the class is an index or -1.</summary>
    public IEnumerable<(string Name, int Class)> AcrossNames()
    {
        foreach (var name in new[] { "accuracy_difference", "accuracy_ratio", "accuracy_difference_to_overall",
            "accuracy_ratio_to_overall", "worst_group_accuracy", "adjusted_accuracy", "worst_group_class_accuracy" })
            yield return (name, -1);
        for (var k = 0; k < _classes; k++)
        {
            foreach (var name in Named.Select(x => x.Name))
            {
                yield return (name + "_difference", k);
                yield return (name + "_ratio", k);
                yield return (name + "_difference_to_overall", k);
                yield return (name + "_ratio_to_overall", k);
            }
            foreach (var name in new[] { "equalized_odds_difference", "equalized_odds_ratio", "average_odds_difference",
                "disparate_impact", "generalized_entropy", "theil_index", "between_group_generalized_entropy" })
                yield return (name, k);
        }
    }

    public double[] Evaluate(long[][][] groups)
    {
        var values = new List<double>((_groups * PerGroup) + 64);
        foreach (var g in groups)
            Composed(g, values);
        var overall = Sum(groups);
        AcrossAccuracy(groups, overall, values);
        for (var k = 0; k < _classes; k++)
            AcrossClass(groups, overall, k, values);
        return [.. values];
    }

    private static readonly (RateMetric Rate, string Name)[] Named =
    [
        (Rate(Metrics.SelectionRate), "demographic_parity"), (Rate(Metrics.Recall), "equal_opportunity"),
        (Rate(Metrics.FalsePositiveRate), "false_positive_rate"), (Rate(Metrics.Precision), "predictive_parity"),
    ];

    private static RateMetric Rate(Metric metric) => RateMetric.All.Single(r => r.Metric == metric);

    private void Composed(long[][] confusion, List<double> values)
    {
        var counts = new BinaryCounts[_classes];
        for (var k = 0; k < _classes; k++)
            counts[k] = BinaryCounts.Of(confusion, k);
        values.Add(Mean(counts.Select(c => (double)c.TruePositive / c.Positive)));
        values.Add(Mean(counts.Select(c => c.F1)));
        values.AddRange(counts.Select(c => c.F1));
    }

    private void AcrossAccuracy(long[][][] groups, long[][] overall, List<double> values)
    {
        double[] accuracies = [.. groups.Where((_, i) => _compared[i]).Select(Accuracy)];
        Add(values, accuracies, Accuracy(overall));
        values.Add(accuracies.Length == 0 ? double.NaN : accuracies.Min());
        values.Add(accuracies.Length == 0 ? double.NaN : accuracies.Average());
        var recall = Rate(Metrics.Recall);
        double[] recalls = [.. Enumerable.Range(0, _classes).SelectMany(k => Rates(groups, recall, k))];
        values.Add(recalls.Length == 0 ? double.NaN : recalls.Min());
    }

    private void AcrossClass(long[][][] groups, long[][] overall, int k, List<double> values)
    {
        var whole = BinaryCounts.Of(overall, k);
        foreach (var (rate, _) in Named)
            Add(values, [.. Rates(groups, rate, k)], rate.Value(whole));
        double[] tpr = [.. Rates(groups, Rate(Metrics.Recall), k)], fpr = [.. Rates(groups, Rate(Metrics.FalsePositiveRate), k)];
        values.Add(Math.Max(Difference(tpr), Difference(fpr)));
        values.Add(Math.Min(Ratio(tpr), Ratio(fpr)));

        var reference = BinaryCounts.Of(groups[_reference], k);
        double odds = double.NaN, impact = double.NaN;
        var all = new BinaryCounts[_groups];
        for (var g = 0; g < _groups; g++)
        {
            all[g] = BinaryCounts.Of(groups[g], k);
            if (!_compared[g] || g == _reference)
                continue;
            var d = 0.5 * (Rate(Metrics.FalsePositiveRate).Value(all[g]) - Rate(Metrics.FalsePositiveRate).Value(reference)
                + Rate(Metrics.Recall).Value(all[g]) - Rate(Metrics.Recall).Value(reference));
            if (!double.IsNaN(d) && !(Math.Abs(d) <= Math.Abs(odds)))
                odds = d;
            var i = Rate(Metrics.SelectionRate).Value(all[g]) / Rate(Metrics.SelectionRate).Value(reference);
            if (!double.IsNaN(i) && !double.IsInfinity(i) && !(i >= impact))
                impact = i;
        }
        values.Add(odds);
        values.Add(impact);
        values.Add(whole.GeneralizedEntropy(2));
        values.Add(whole.GeneralizedEntropy(1));
        values.Add(BetweenGroups(all, whole));
    }

    /// <summary>Generalized entropy of alpha 2 after every row's benefit is replaced by its group's mean.</summary>
    private static double BetweenGroups(BinaryCounts[] groups, BinaryCounts whole)
    {
        static double Benefit(BinaryCounts c) => (double)(c.Total + c.FalsePositive - c.FalseNegative) / c.Total;
        var mean = Benefit(whole);
        return mean == 0 ? double.NaN : groups.Where(g => g.Total > 0)
            .Sum(g => g.Total * ((Benefit(g) / mean * (Benefit(g) / mean)) - 1)) / (2.0 * whole.Total);
    }

    private IEnumerable<double> Rates(long[][][] groups, RateMetric rate, int k)
    {
        var fit = _fit[(rate, k)];
        for (var g = 0; g < _groups; g++)
        {
            if (fit[g] && rate.Value(BinaryCounts.Of(groups[g], k)) is var value && !double.IsNaN(value))
                yield return value;
        }
    }

    private static void Add(List<double> values, double[] m, double overall)
    {
        values.Add(Difference(m));
        values.Add(Ratio(m));
        values.Add(m.Length == 0 ? double.NaN : m.Max(v => Math.Abs(v - overall)));
        values.Add(m.Length == 0 || overall == 0 ? double.NaN : m.Min(v => v == 0 ? 0 : Math.Min(v / overall, overall / v)));
    }

    private static double Difference(double[] m) => m.Length < 2 ? double.NaN : m.Max() - m.Min();

    private static double Ratio(double[] m) => m.Length < 2 || m.Max() == 0 ? double.NaN : m.Min() / m.Max();

    private static double Accuracy(long[][] confusion) =>
        (double)confusion.Select((row, i) => row[i]).Sum() / confusion.Sum(row => row.Sum());

    private static double Mean(IEnumerable<double> values)
    {
        double[] defined = [.. values.Where(v => !double.IsNaN(v))];
        return defined.Length == 0 ? double.NaN : defined.Average();
    }

    private static long[][] Sum(long[][][] groups)
    {
        long[][] sum = [.. groups[0].Select(row => new long[row.Length])];
        foreach (var g in groups)
        {
            for (var i = 0; i < sum.Length; i++)
            {
                for (var j = 0; j < sum.Length; j++)
                    sum[i][j] += g[i][j];
            }
        }
        return sum;
    }
}
