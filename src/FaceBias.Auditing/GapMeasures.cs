using FaceBias.Primitives.Randomness;

namespace FaceBias.Auditing;

/// <summary>The gaps among the groups of one grouping: worst against best, its interval and its null
/// distribution.</summary>
internal static class GapMeasures
{
    /// <summary>Pools of this many rows are not shuffled row by row, nor groups of <see cref="LimitGroup"/>
    /// rows.</summary>
    internal const int LimitFrom = 20_000;
    internal const int LimitGroup = 1000;

    private static readonly Metric[] PerClass = [Metrics.Recall, Metrics.FalsePositiveRate, Metrics.SelectionRate,
        Metrics.Precision];

    public static Gap[] Of(GroupedRows data, GroupAudit[] groups, AuditOptions options)
    {
        var target = data.Target;
        if (data.Grouping.Attributes.Length == 0)
            return [];
        if (target.NoTruth)
        {
            return target.Kind == TargetKind.Numeric
                ? [OfMean(Metrics.MeanPrediction, data.SignedError!, data.Ranks.SignedError!, data, groups, options)]
                : [.. target.Classes.Select(c => OfRate(Metrics.SelectionRate, c, groups, options))];
        }
        if (target.Kind == TargetKind.Categorical)
        {
            var asked = FindingMetric.Of(target, options).Where(f => f.Class is not null)
                .Select(f => Metrics.Find(f.Metric)).Except(PerClass).Distinct();
            return [OfRate(Metrics.Accuracy, null, groups, options),
                .. (target.Detailed ? target.Classes : []).SelectMany(
                    c => PerClass.Concat(asked).Select(m => OfRate(m, c, groups, options)))];
        }
        return
        [
            OfMean(Metrics.MeanAbsoluteError, data.AbsoluteError!, data.Ranks.AbsoluteError!, data, groups, options),
            OfMean(Metrics.SignedError, data.SignedError!, data.Ranks.SignedError!, data, groups, options),
            .. options.Tolerances!.Select(t => OfRate(Metrics.Within(t), null, groups, options)),
        ];
    }

    /// <summary>Shuffling group labels within the rows that the rate averages over keeps every group's denominator: all
    /// rows for accuracy and selection rate, rows of one true label for recall, of one prediction for
    /// precision.</summary>
    private static Gap OfRate(Metric metric, string? @class, GroupAudit[] groups, AuditOptions options)
    {
        // Ordered by their counts, so that neither names nor order of the groups decide which random numbers they get.
        var compared = groups.Select(g => (Name: g.Name(), Rate: g.Find(metric.Key, @class)!))
            .Where(g => g.Rate.Value is not null)
            .OrderBy(g => g.Rate.Denominator).ThenBy(g => g.Rate.Numerator).ToArray();
        if (compared.Length < 2)
            return Incomparable(metric, groups, compared.Length, options.Margin) with { Class = @class };
        // Clustered rows count as so many independent ones. The design effect is that of all groups: a group of few
        // clusters that happen to agree knows too little about its own.
        var effect = compared.Sum(
            c => c.Rate.EffectiveN is { } own ? c.Rate.Denominator * (c.Rate.Denominator / own) : c.Rate.Denominator)
            / compared.Sum(c => (double)c.Rate.Denominator);
        long[] n = [.. compared.Select(c => Math.Max(1, (long)Math.Round(c.Rate.Denominator / effect)))];
        long[] hits = [.. compared.Select((c, i) => (long)Math.Round(n[i] * c.Rate.Value!.Value))];
        var values = compared.Select(c => c.Rate.Value!.Value).ToArray();
        var pooled = (double)hits.Sum() / n.Sum();
        // A rate of exactly 0 or 1 would promise that one row is enough.
        var spread = Math.Max(pooled * (1 - pooled), 0.01);
        return Assemble(metric, [.. compared.Select(c => c.Name)], values, options, options.Margin, spread,
            confidence => (i, j) => Interval.Newcombe(hits[i], n[i], hits[j], n[j], Interval.Z(confidence)),
            (ref SeededRandom random, double[] shuffled) => ShuffleCounts(ref random, hits, n, shuffled)) with
        {
            Class = @class, Homogeneity = Homogeneity.OfRates(hits, n, options),
        };
    }

    private static Gap OfMean(Metric metric, CellValues values, RankedRows all, GroupedRows data, GroupAudit[] groups,
        AuditOptions options)
    {
        // Ordered by size and value, so that neither names nor order of the groups decide which random numbers they
        // get.
        var compared = Enumerable.Range(0, groups.Length).Where(i => groups[i].Find(metric.Key)!.Value is not null)
            .OrderBy(i => groups[i].N).ThenBy(i => groups[i].Find(metric.Key)!.Value).ToArray();
        if (compared.Length < 2)
            return Incomparable(metric, groups, compared.Length, options.NumericMargin);
        string[] names = [.. compared.Select(i => groups[i].Name())];
        Moments[] moments = [.. compared.Select(i => Moments.Of(data.Independent(values, i)))];
        var takesPart = new bool[groups.Length];
        foreach (var i in compared)
            takesPart[i] = true;
        double[] pool = !data.IsPlain
            ? [.. compared.SelectMany(i => data.Independent(values, i).ToArray()).Order()]
            : [.. all.Rows.Where(r => takesPart[data.Grouping.Cells[r]]).Select(all.Value)];
        var pooled = Moments.Of(pool);
        var (dealt, total) = (new double[pool.Length], pool.Sum());
        return Assemble(metric, names, [.. moments.Select(m => m.Mean)], options, options.NumericMargin,
            pooled.Variance,
            confidence => (i, j) => Interval.Welch(moments[i], moments[j], confidence),
            pool.Length < LimitFrom
                ? (ref SeededRandom random, double[] shuffled) =>
                {
                    pool.CopyTo(dealt, 0);
                    ShuffleMeans(ref random, dealt, total, moments, shuffled);
                }
                : (ref SeededRandom random, double[] shuffled) =>
                    LimitMeans(ref random, pool, pooled, moments, shuffled)) with
        {
            Homogeneity = Homogeneity.OfMeans(moments),
        };
    }

    private delegate void Shuffle(ref SeededRandom random, double[] shuffled);

    private static Gap Assemble(Metric metric, string[] names, double[] values, AuditOptions options, double? margin,
        double variance, Func<double, Func<int, int, Interval>> difference, Shuffle shuffle)
    {
        int low = 0, high = 0;
        for (var i = 1; i < values.Length; i++)
        {
            low = values[i] < values[low] ? i : low;
            high = values[i] > values[high] ? i : high;
        }
        var gap = values[high] - values[low];
        Interval Bounds(double confidence) => Simultaneous(values, difference(confidence)) is var b
            ? new(Math.Min(b.Low, gap), Math.Max(b.High, gap)) : default;
        var interval = Bounds(1 - ((1 - options.Confidence) / Pairs(values.Length)));
        // Two one-sided tests at alpha are an interval of confidence 1 - 2 alpha; all pairs must pass, so no
        // correction for their number is due (an intersection-union test, Berger 1982).
        var equivalent = Bounds(1 - (2 * options.Alpha)).High < margin;

        double? expected = null, p = null;
        if (options.Resample)
        {
            var streams = new RandomSource(options.Seed).Counter("gap " + metric.Key, values.Length);
            var shuffled = new double[values.Length];
            var gaps = DrawLog.Of(options.Draws, options.Permutations, (r, gaps) =>
            {
                var random = streams.Stream(r);
                shuffle(ref random, shuffled);
                gaps[0] = shuffled.Max() - shuffled.Min();
            });
            int above = 0, tied = 1; // the order that was observed is one of the draws
            foreach (var g in gaps)
            {
                above += g > gap + 1e-12 ? 1 : 0;
                tied += Math.Abs(g - gap) <= 1e-12 ? 1 : 0;
            }
            (expected, p) = (gaps.Sum() / options.Permutations, (above + (tied / 2.0)) / (1 + options.Permutations));
        }
        var lowIsWorst = metric.HigherIsBetter ?? Math.Abs(values[low]) > Math.Abs(values[high]);
        return new()
        {
            Metric = metric.Key,
            Value = gap,
            Low = interval.Low,
            High = interval.High,
            Bounds = Bounds,
            Worst = names[lowIsWorst ? low : high],
            Best = names[lowIsWorst ? high : low],
            Compared = values.Length,
            ExpectedUnderEquality = expected,
            P = p,
            Margin = margin,
            Verdict = equivalent ? Verdict.WithinMargin : null,
            // n per group for 80% power at 5% two-sided: 2 (1.96 + 0.84)^2 = 15.7 times the variance over margin^2.
            NeededPerGroup = margin is { } m ? (long)Math.Min(1e15, Math.Ceiling(16 * variance / (m * m))) : null,
        };
    }

    /// <summary>Bounds of the true largest difference from bounds of every difference: it is at least the largest lower
    /// and at most the largest upper one.</summary>
    private static Interval Simultaneous(double[] values, Func<int, int, Interval> difference)
    {
        double low = 0, high = 0;
        for (var i = 0; i < values.Length; i++)
        {
            for (var j = 0; j < i; j++)
            {
                var d = values[i] >= values[j] ? difference(i, j) : difference(j, i);
                low = Math.Max(low, d.Low);
                high = Math.Max(high, Math.Max(d.High, -d.Low));
            }
        }
        return new(low, high);
    }

    internal static double Pairs(int groups) => groups * (groups - 1) / 2.0;

    /// <summary>Deals the hits out to groups of the same sizes: the multivariate hypergeometric distribution.</summary>
    private static void ShuffleCounts(ref SeededRandom random, long[] hits, long[] n, double[] rates)
    {
        long rows = n.Sum(), left = hits.Sum();
        for (var i = 0; i < n.Length; i++)
        {
            var dealt = CountSampling.Hypergeometric(ref random, rows, left, n[i]);
            rates[i] = (double)dealt / n[i];
            rows -= n[i];
            left -= dealt;
        }
    }

    /// <summary>Deals the values out to groups of the same sizes; the largest group gets what is left.</summary>
    private static void ShuffleMeans(ref SeededRandom random, double[] pool, double total, Moments[] groups,
        double[] means)
    {
        var largest = 0;
        for (var i = 1; i < groups.Length; i++)
            largest = groups[i].Count > groups[largest].Count ? i : largest;
        double dealt = 0;
        var next = 0;
        for (var i = 0; i < groups.Length; i++)
        {
            if (i == largest)
                continue;
            double sum = 0;
            for (var k = 0; k < groups[i].Count; k++, next++)
            {
                var pick = next + random.NextInt(pool.Length - next);
                (pool[next], pool[pick]) = (pool[pick], pool[next]);
                sum += pool[next];
            }
            means[i] = sum / groups[i].Count;
            dealt += sum;
        }
        means[largest] = (total - dealt) / groups[largest].Count;
    }

    /// <summary>The same for many rows. Means of shuffled groups have the covariances s²/n of each group minus s²/N for
    /// every pair, which are those of independent means less a common shift, and a gap does not see a shift. So every
    /// group is drawn on its own: small ones row by row, large ones from the normal limit.</summary>
    private static void LimitMeans(ref SeededRandom random, double[] pool, in Moments all, Moments[] groups,
        double[] means)
    {
        for (var i = 0; i < groups.Length; i++)
        {
            if (groups[i].Count >= LimitGroup)
            {
                means[i] = all.Mean + (random.NextNormal() * Math.Sqrt(all.Variance / groups[i].Count));
                continue;
            }
            double sum = 0;
            for (var k = 0; k < groups[i].Count; k++)
                sum += pool[random.NextInt(pool.Length)];
            means[i] = sum / groups[i].Count;
        }
    }

    private static Gap Incomparable(Metric metric, GroupAudit[] groups, int compared, double? margin) => new()
    {
        Metric = metric.Key,
        Compared = compared,
        Margin = margin,
        Reason = groups is [var only]
            ? $"not estimable: there is one group only, {only.Name()}, and nothing to compare it with"
            : $"not estimable: {compared} group{(compared == 1 ? " is" : "s are")} large enough to compare, and it takes two",
    };
}
