namespace FaceBias.Auditing;

/// <summary>The metrics of a label that are composed of several counts: of each group balanced accuracy and F1, and
/// across the groups the fairness metrics. They are computed from the confusion matrices alone, so that the bootstrap
/// can do the same to its replicates.</summary>
internal sealed class LabelStatistics
{
    private const int Overall = -1;
    private readonly int _classes;
    private readonly int _groups;
    private readonly int _reference;
    private readonly bool[] _compared;
    private readonly Dictionary<(RateMetric, int), bool[]> _fit = [];

    /// <param name="groups">The matrices of the data [group][truth][prediction], which decide who is compared.</param>
    public LabelStatistics(long[][][] groups, string[] names, AuditOptions options)
    {
        (_groups, _classes) = (groups.Length, groups[0].Length);
        long[] n = [.. groups.Select(g => g.Sum(row => row.Sum()))];
        _compared = [.. n.Select(c => c >= options.MinimumCount)];
        var largest = Array.IndexOf(n, n.Max());
        var named = Array.IndexOf(names, options.Reference);
        _reference = options.Reference == "overall" ? Overall : named >= 0 && _compared[named] ? named : largest;
        foreach (var metric in RateMetric.All)
        {
            for (var k = 0; k < _classes; k++)
                _fit[(metric, k)] =
                    [.. groups.Select(g => metric.Counts(BinaryCounts.Of(g, k)).Denominator >= options.MinimumCount)];
        }
    }

    /// <summary>The metrics of all classes that each group has; F1 of each class follows them.</summary>
    public static IReadOnlyList<Metric> OfAllClasses
        { get; } = [Metrics.BalancedAccuracy, Metrics.MacroF1, Metrics.ClassRecallDifference];

    /// <summary>Number of values per group, which come first.</summary>
    public int PerGroup => OfAllClasses.Count + _classes;

    /// <summary>The names of the values across groups, which follow those of the groups; the class is an index or
    /// -1.</summary>
    public IEnumerable<(string Name, int Class)> AcrossNames()
    {
        foreach (var name in new[] { "accuracy_difference", "accuracy_ratio", "accuracy_difference_to_overall",
            "accuracy_ratio_to_overall", "worst_group_accuracy", "adjusted_accuracy", "worst_group_class_accuracy",
            "differential_fairness" })
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
            foreach (var name in new[] { "equalized_odds_difference", "equalized_odds_ratio",
                "equalized_odds_mean_difference",
                "equalized_odds_mean_ratio", "average_odds_difference", "disparate_impact", "generalized_entropy",
                "theil_index",
                "coefficient_of_variation", "between_group_generalized_entropy", "between_group_theil_index" })
                yield return (name, k);
        }
    }

    public double[] Evaluate(long[][][] groups)
    {
        var values = new List<double>((_groups * PerGroup) + 16 + (_classes * 27));
        var counts = new BinaryCounts[_classes][];
        for (var k = 0; k < _classes; k++)
        {
            counts[k] = new BinaryCounts[_groups];
            for (var g = 0; g < _groups; g++)
                counts[k][g] = BinaryCounts.Of(groups[g], k);
        }
        for (var g = 0; g < _groups; g++)
            Composed(counts, g, values);
        AcrossAccuracy(counts, values);
        for (var k = 0; k < _classes; k++)
            AcrossClass(counts[k], k, values);
        return [.. values];
    }

    private static readonly (RateMetric Rate, string Name)[] Named =
    [
        (Rate(Metrics.SelectionRate), "demographic_parity"), (Rate(Metrics.Recall), "equal_opportunity"),
        (Rate(Metrics.FalsePositiveRate), "false_positive_rate"), (Rate(Metrics.Precision), "predictive_parity"),
    ];

    private static RateMetric Rate(Metric metric) => RateMetric.All.Single(r => r.Metric == metric);

    private void Composed(BinaryCounts[][] counts, int g, List<double> values)
    {
        Extremes recall = default, f1 = default;
        for (var k = 0; k < _classes; k++)
        {
            recall.Add((double)counts[k][g].TruePositive / counts[k][g].Positive);
            f1.Add(counts[k][g].F1);
        }
        values.Add(recall.Mean);
        values.Add(f1.Mean);
        values.Add(recall.Difference);
        for (var k = 0; k < _classes; k++)
            values.Add(counts[k][g].F1);
    }

    private void AcrossAccuracy(BinaryCounts[][] counts, List<double> values)
    {
        var accuracy = new Extremes();
        long right = 0, total = 0;
        for (var g = 0; g < _groups; g++)
        {
            long own = 0;
            for (var k = 0; k < _classes; k++)
                own += counts[k][g].TruePositive;
            right += own;
            total += counts[0][g].Total;
            if (_compared[g])
                accuracy.Add((double)own / counts[0][g].Total);
        }
        accuracy.AddTo(values, (double)right / total);
        values.Add(accuracy.Least);
        values.Add(accuracy.Mean);
        var least = double.NaN;
        for (var k = 0; k < _classes; k++)
        {
            var recall = Across(counts[k], Rate(Metrics.Recall), k).Least;
            least = recall >= least ? least : double.IsNaN(recall) ? least : recall;
        }
        values.Add(least);
        values.Add(DifferentialFairness(counts));
    }

    /// <summary>The largest |ln(P(label | group) / P(label | other group))| over labels and pairs of groups (Foulds et
    /// al. 2020); NaN where one group is never given a label that another is, for it is infinite then.</summary>
    private double DifferentialFairness(BinaryCounts[][] counts)
    {
        var epsilon = double.NaN;
        for (var k = 0; k < _classes; k++)
        {
            var ratio = -Math.Log(Across(counts[k], Rate(Metrics.SelectionRate), k).Ratio);
            if (double.IsPositiveInfinity(ratio))
                return double.NaN;
            epsilon = epsilon >= ratio || double.IsNaN(ratio) ? epsilon : ratio;
        }
        return epsilon;
    }

    private void AcrossClass(BinaryCounts[] counts, int k, List<double> values)
    {
        var whole = default(BinaryCounts);
        foreach (var c in counts)
            whole = new(whole.TruePositive + c.TruePositive, whole.FalsePositive + c.FalsePositive,
                whole.FalseNegative + c.FalseNegative, whole.TrueNegative + c.TrueNegative);
        Extremes tpr = default, fpr = default;
        foreach (var (rate, _) in Named)
        {
            var across = Across(counts, rate, k);
            across.AddTo(values, rate.Value(whole));
            if (rate.Metric == Metrics.Recall)
                tpr = across;
            else if (rate.Metric == Metrics.FalsePositiveRate)
                fpr = across;
        }
        values.Add(Math.Max(tpr.Difference, fpr.Difference));
        values.Add(Math.Min(tpr.Ratio, fpr.Ratio));
        values.Add((tpr.Difference + fpr.Difference) / 2);
        values.Add((tpr.Ratio + fpr.Ratio) / 2);
        AgainstReference(counts, whole, values);
        values.Add(whole.GeneralizedEntropy(2));
        values.Add(whole.GeneralizedEntropy(1));
        values.Add(Math.Sqrt(2 * whole.GeneralizedEntropy(2)));
        values.Add(BetweenGroups(counts, whole, r => ((r * r) - 1) / 2));
        values.Add(BetweenGroups(counts, whole, r => r == 0 ? 0 : r * Math.Log(r)));
    }

    private void AgainstReference(BinaryCounts[] counts, BinaryCounts whole, List<double> values)
    {
        var reference = _reference == Overall ? whole : counts[_reference];
        double odds = double.NaN, impact = double.NaN;
        for (var g = 0; g < _groups; g++)
        {
            if (!_compared[g] || g == _reference)
                continue;
            var d = 0.5 * (((double)counts[g].FalsePositive / counts[g].Negative)
                - ((double)reference.FalsePositive / reference.Negative)
                + ((double)counts[g].TruePositive / counts[g].Positive)
                - ((double)reference.TruePositive / reference.Positive));
            if (!double.IsNaN(d) && !(Math.Abs(d) <= Math.Abs(odds)))
                odds = d;
            var i = (double)counts[g].Selected / counts[g].Total / ((double)reference.Selected / reference.Total);
            if (double.IsFinite(i) && !(i >= impact))
                impact = i;
        }
        values.Add(odds);
        values.Add(impact);
    }

    /// <summary>An entropy after every row's benefit is replaced by its group's mean: what is left is between the
    /// groups.</summary>
    /// <param name="part">What a row adds, of its benefit over the mean benefit.</param>
    private static double BetweenGroups(BinaryCounts[] groups, BinaryCounts whole, Func<double, double> part)
    {
        static double Benefit(BinaryCounts c) => (double)(c.Total + c.FalsePositive - c.FalseNegative) / c.Total;
        var mean = Benefit(whole);
        return mean == 0 ? double.NaN : groups.Where(g => g.Total > 0).Sum(g => g.Total * part(Benefit(g) / mean))
            / whole.Total;
    }

    private Extremes Across(BinaryCounts[] counts, RateMetric rate, int k)
    {
        var across = new Extremes();
        var fit = _fit[(rate, k)];
        for (var g = 0; g < _groups; g++)
        {
            if (fit[g])
                across.Add(rate.Value(counts[g]));
        }
        return across;
    }

    /// <summary>Largest, smallest and mean of the values that are numbers; each NaN where there are too few.</summary>
    private struct Extremes
    {
        private double _low, _high, _sum;
        private int _count;

        public readonly double Least => _count == 0 ? double.NaN : _low;

        public readonly double Mean => _sum / _count;

        public readonly double Difference => _count < 2 ? double.NaN : _high - _low;

        public readonly double Ratio => _count < 2 ? double.NaN : _low / _high;

        public void Add(double value)
        {
            if (double.IsNaN(value))
                return;
            _low = _count == 0 ? value : Math.Min(_low, value);
            _high = _count == 0 ? value : Math.Max(_high, value);
            _sum += value;
            _count++;
        }

        /// <summary>Adds difference and ratio, between the groups and to a metric of all rows. Of the smallest and the
        /// largest value one is the furthest from it.</summary>
        public readonly void AddTo(List<double> values, double overall)
        {
            values.Add(Difference);
            values.Add(Ratio);
            values.Add(_count == 0 ? double.NaN : Math.Max(overall - _low, _high - overall));
            values.Add(_count == 0 || overall == 0 ? double.NaN : Math.Min(_low / overall, overall / _high));
        }
    }
}
