using FaceBias.Primitives.Randomness;
using MathNet.Numerics.Distributions;

namespace FaceBias.Auditing;

/// <summary>Looks for slices in which a target does worse: levels of attributes and of clusters of look-alikes, crossed
/// up to a depth. The rows are halved by their ids (clusters stay whole); one half is searched, the other one tests
/// what the search brought up (the honest approach of Chung et al. 2019, "Slice Finder", with a hold-out in place of
/// alpha investing). All rows are searched too, with a correction for all slices that there are.</summary>
internal sealed class SliceFinder
{
    /// <summary>Slices per target that are tested: the more there are, the less each test can show.</summary>
    private const int MostTested = 10;
    private const int FewestRows = 20;

    /// <summary>Slices of a search that are looked through for different ones; more are variants of these.</summary>
    private const int MostSeen = 200;

    private readonly PredictionTable _data;
    private readonly AuditOptions _options;
    private readonly bool[] _confirming;
    private readonly int[] _order;
    private readonly List<AttributeData> _attributes;
    private readonly FeatureClusters? _clusters;
    private readonly Dictionary<AttributeData, FeatureClusters> _sorted = new(ReferenceEqualityComparer.Instance);

    public SliceFinder(PredictionTable data, AuditFeatures? features, AuditOptions options)
    {
        (_data, _options) = (data, options);
        _confirming = [.. Enumerable.Range(0, data.RowCount).Select(r => Half(
            data.Clusters is { } c && c[r] >= 0 ? $"cluster {data.ClusterNames[c[r]]}" : data.Id(r)))];
        // By id, so that sums do not depend on the order of the table's rows.
        _order = [.. Enumerable.Range(0, data.RowCount)];
        if (data.HasIds)
            Array.Sort(Enumerable.Range(0, data.RowCount).Select(data.Id).ToArray(), _order, StringComparer.Ordinal);
        _attributes = [.. data.Attributes, .. data.FurtherNumbers];
        _clusters = features is null ? null : FeatureClusters.Of(data, features, _confirming, options);
        if (_clusters is not null)
        {
            _attributes.Add(_clusters.Attribute);
            _sorted[_clusters.Attribute] = _clusters;
        }
    }

    /// <summary>The slices of all targets, the confirmed ones first, those of a target in the order in which they were
    /// found.</summary>
    /// <remarks>Two tests share alpha. Half of it goes to the held-out test of what the searched half brought up,
    /// corrected by Holm for as many as it brought up; half to a test over all rows, corrected by Bonferroni for every
    /// slice that there is, which needs no rows to be held out. Few attributes make the second the stronger, many the
    /// first.</remarks>
    public List<Slice> Find(IReadOnlyList<TargetRanks> targets)
    {
        TargetData[] known = [.. targets.Select(t => t.Target).Where(t => !t.NoTruth)];
        var tests = 2 * known.Length * Count();
        var found = known.SelectMany(target =>
        {
            List<SliceCandidate> half = Search(target, r => !_confirming[r], mix: true),
                all = Search(target, _ => true, mix: false);
            return half.Select((c, i) => (
                    Held: Confirm(target, c, half[..i], r => _confirming[r], _options.Confidence),
                    Whole: Whole(target, all, all.FindIndex(c.IsSame), tests)))
                .Concat(all.Index().Where(w => !half.Exists(w.Item.IsSame))
                    .Select(w => (Held: (Slice?)null, Whole: Whole(target, all, w.Index, tests))));
        }).ToList();
        var held = Verdicts.Holm([.. found.Select(f => f.Held).OfType<Slice>().Select(s => s.P)]);
        var at = 0;
        var slices = found.Select(f =>
        {
            var slice = f.Held is { } h ? h with { AdjustedP = Math.Min(1, 2 * held[at++]) } : null;
            return f.Whole is { } w && Shown(w) && !(slice is not null && Shown(slice)) ? w : slice;
        }).OfType<Slice>();
        return [.. slices.Select(s => s with { Confirmed = Shown(s) }).OrderByDescending(s => s.Confirmed)];

        bool Shown(Slice s) => s.AdjustedP <= _options.Alpha;
    }

    /// <summary>A slice that was found among all rows, measured on them, with p and an interval that hold for all
    /// slices at once; null where it was not. Its p is also that without the rows of slices found before it, so that
    /// none is shown for what another has told.</summary>
    private Slice? Whole(TargetData target, List<SliceCandidate> found, int at, double tests)
    {
        var confidence = 1 - ((1 - _options.Confidence) / tests);
        if (at < 0 || Confirm(target, found[at], [], _ => true, confidence) is not { } slice
            || Confirm(target, found[at], found[..at], _ => true, confidence) is not { } apart)
            return null;
        var p = Math.Max(slice.P, apart.P);
        return slice with { P = p, AdjustedP = Math.Min(1, tests * p), AllRows = true };
    }

    /// <summary>No fewer than the slices that a target has: levels of enough rows, crossed up to the depth.</summary>
    private double Count()
    {
        var sums = new double[_options.SliceDepth + 1];
        sums[0] = 1;
        foreach (var attribute in _attributes)
        {
            var n = new int[attribute.Levels.Length];
            foreach (var code in attribute.Codes)
                n[code]++;
            var levels = n.Count(c => c >= FewestRows && c < _data.RowCount);
            for (var k = _options.SliceDepth; k > 0; k--)
                sums[k] += sums[k - 1] * levels;
        }
        return Math.Max(1, sums.Skip(1).Sum());
    }

    /// <summary>The worst slices of some rows, of which each adds to those before it; where these leave nothing to add,
    /// the worst among the rows outside them, and so on.</summary>
    /// <param name="mix">Whether the rows may be sorted by their errors first.</param>
    private List<SliceCandidate> Search(TargetData target, Func<int, bool> searched, bool mix)
    {
        int[] rows = [.. _order.Where(r => searched(r) && target.HasTruth(r) && target.HasPrediction(r))];
        var kept = new List<SliceCandidate>();
        var mixture = !mix ? null : _clusters?.ByErrors(rows, Array.ConvertAll(rows, r => Loss(target, r)), _options);
        if (mixture is not null)
            _sorted[mixture.Attribute] = mixture;
        AttributeData[] attributes = [.. _attributes,
            .. mixture is null ? Array.Empty<AttributeData>() : [mixture.Attribute]];
        while (kept.Count < MostTested)
        {
            var loss = Array.ConvertAll(rows, r => Loss(target, r));
            var before = kept.Count;
            foreach (var slice in SliceSearch.Worst(attributes, rows, loss, _options.SliceDepth, FewestRows, MostSeen,
                _options.Threads))
                if (kept.Count < MostTested && Adds(slice, kept[before..], rows, loss))
                    kept.Add(slice);
            if (kept.Count == before)
                break;
            rows = [.. rows.Where(r => !kept.Skip(before).Any(k => k.Holds(r)))];
        }
        return kept;
    }

    /// <summary>Whether a slice does worse than the other rows even without those of slices that were named before, for
    /// which half of the usual mark is enough, since these have taken rows of it; or, as a part of such a slice, worse
    /// than its other rows.</summary>
    private static bool Adds(SliceCandidate slice, List<SliceCandidate> named, int[] rows, double[] loss)
    {
        SliceCandidate[] wider = [.. named.Where(slice.IsPartOf)], apart = [.. named.Except(wider)];
        var (own, others) = (new LossSums(), new LossSums());
        for (var i = 0; i < rows.Length; i++)
            if (apart.Any(n => n.Holds(rows[i])) || !wider.All(w => w.Holds(rows[i])))
                continue;
            else if (slice.Holds(rows[i]))
                own = own.With(loss[i]);
            else
                others = others.With(loss[i]);
        return own.N >= FewestRows && others.N >= FewestRows
            && SliceSearch.T(own, others, Moments.Of(loss).Variance)
                >= (wider.Length > 0 ? SliceSearch.LeastT : SliceSearch.LeastT / 2);
    }

    /// <summary>A slice set against the other rows that no slice before it holds.</summary>
    private Slice? Confirm(TargetData target, SliceCandidate candidate, List<SliceCandidate> before,
        Func<int, bool> measured, double confidence)
    {
        SliceCandidate[] apart = [.. before.Where(b => !candidate.IsPartOf(b))];
        int[] rows = [.. _order.Where(r => measured(r) && target.HasTruth(r) && target.HasPrediction(r)
            && !apart.Any(b => b.Holds(r)))];
        int[] inside = [.. rows.Where(candidate.Holds)], outside = [.. rows.Where(r => !candidate.Holds(r))];
        if (inside.Length < _options.MinimumCount || outside.Length < _options.MinimumCount)
            return null;
        double[] a = Losses(target, inside), b = Losses(target, outside);
        Moments slice = Moments.Of(a), rest = Moments.Of(b);
        Interval interval;
        double p;
        if (target.Kind == TargetKind.Categorical && _data.Clusters is null)
        {
            interval = Interval.Newcombe(a.Sum(), a.Length, b.Sum(), b.Length, Interval.Z(confidence));
            p = Homogeneity.FisherAbove((long)a.Sum(), a.Length, (long)b.Sum(), b.Length);
        }
        else
        {
            Moments x = Moments.Of(Independent(target, inside, a)), y = Moments.Of(Independent(target, outside, b));
            if (x.Count < 2 || y.Count < 2)
                return null;
            interval = Interval.Welch(x, y, confidence);
            p = Above(x, y);
        }
        var right = target.Kind == TargetKind.Categorical;
        return new(target.Name, Describe(candidate), Metrics.Primary(target.Kind).Key, a.Length,
            right ? 1 - slice.Mean : slice.Mean,
            right ? 1 - rest.Mean : rest.Mean, slice.Mean - rest.Mean, interval.Low, interval.High, candidate.N,
            candidate.Difference, p, 1, false,
            Sorted(candidate).Select(s => s.Clusters.Examples(r => candidate.Holds(r) && !apart.Any(b => b.Holds(r))))
                .FirstOrDefault());
    }

    /// <summary>One-sided p of Welch's test that the first mean is the larger one.</summary>
    private static double Above(in Moments a, in Moments b)
    {
        double va = a.Variance / a.Count, vb = b.Variance / b.Count;
        if (va + vb == 0)
            return a.Mean > b.Mean ? 0 : 1;
        double sa = va / (va + vb), sb = vb / (va + vb),
            degrees = 1 / ((sa * sa / (a.Count - 1)) + (sb * sb / (b.Count - 1)));
        return StudentT.CDF(0, 1, degrees, -(a.Mean - b.Mean) / Math.Sqrt(va + vb));
    }

    private double[] Independent(TargetData target, int[] rows, double[] losses)
    {
        if (_data.Clusters is not { } clusters)
            return losses;
        var whole = Grouping.Everything(_data.RowCount);
        return new ClusteredRows(clusters, rows, whole).PseudoValues(0, rows,
            Array.ConvertAll(rows, r => Loss(target, r)));
    }

    private string Describe(SliceCandidate candidate) => candidate.Name() + string.Concat(Sorted(candidate)
        .Select(s => $" ({s.Clusters.Describe(s.Level, _data.Attributes)})"));

    /// <summary>The clusters that a slice is made of, if it is made of any.</summary>
    private IEnumerable<(FeatureClusters Clusters, int Level)> Sorted(SliceCandidate candidate) => candidate.Terms
        .Where(t => _sorted.ContainsKey(t.Attribute)).Select(t => (_sorted[t.Attribute], t.Level));

    private static double[] Losses(TargetData target, int[] rows)
    {
        var losses = Array.ConvertAll(rows, r => Loss(target, r));
        Array.Sort(losses);
        return losses;
    }

    private static double Loss(TargetData target, int row) => target.Kind == TargetKind.Numeric
        ? Math.Abs(target.PredictedValue[row] - target.TruthValue[row])
        : target.Truth[row] == target.Predicted[row] ? 0 : 1;

    private bool Half(string name) => (new RandomSource(_options.Seed).Stream(name, 2).NextUInt64() & 1) == 1;
}
