using FaceBias.Primitives.Randomness;
using FaceBias.Primitives.Statistics;
using FaceBias.Primitives.Tables;
using MathNet.Numerics.Distributions;

namespace FaceBias.Auditing;

/// <summary>
/// Looks for slices in which a target does worse: every level of every attribute, every pair of levels, and clusters of
/// look-alikes. The rows are halved by their ids (clusters stay whole); one half is searched, the other one tests what the
/// search brought up (the honest approach of Chung et al. 2019, "Slice Finder", with a hold-out in place of alpha investing).
/// </summary>
internal sealed class SliceFinder
{
    /// <summary>Slices per target that are tested: the more there are, the less each test can show.</summary>
    private const int MostTested = 10;
    private const int FewestRows = 20;
    private const double LeastT = 2;

    private readonly PredictionTable _data;
    private readonly AuditOptions _options;
    private readonly bool[] _confirming;
    private readonly int[] _order;
    private readonly List<AttributeData> _attributes;
    private readonly FeatureClusters? _clusters;

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
            _attributes.Add(_clusters.Attribute);
    }

    /// <summary>The slices of all targets, the confirmed ones first, those of a target in the order in which they were found.</summary>
    public List<Slice> Find(IReadOnlyList<TargetRanks> targets)
    {
        Slice[] tested = [.. targets.Where(t => !t.Target.NoTruth).SelectMany(t => Search(t) is var found ? found.Select((s, i) => Confirm(t.Target, s, found[..i])).OfType<Slice>() : [])];
        var adjusted = Verdicts.Holm([.. tested.Select(t => t.P)]);
        return [.. tested.Select((t, i) => t with { AdjustedP = adjusted[i], Confirmed = adjusted[i] <= _options.Alpha }).OrderByDescending(s => s.Confirmed)];
    }

    /// <summary>The worst slice of the half that is searched, then the worst among the rows outside it, and so on: what is
    /// only worse because it overlaps with a slice named before is not named again.</summary>
    private List<Candidate> Search(TargetRanks ranks)
    {
        int[] rows = [.. _order.Where(r => !_confirming[r] && ranks.Target.HasTruth(r) && ranks.Target.HasPrediction(r))];
        var kept = new List<Candidate>();
        while (kept.Count < MostTested)
        {
            var loss = Array.ConvertAll(rows, r => Loss(ranks.Target, r));
            var all = Moments.Of(loss);
            var found = new List<Candidate>();
            for (var a = 0; a < _attributes.Count; a++)
            {
                for (var b = a; b < _attributes.Count; b++)
                    found.AddRange(Cells(_attributes[a], _attributes[b], rows, loss, all));
            }
            if (found.OrderByDescending(c => c.T).ThenBy(c => c.Name(), StringComparer.Ordinal).FirstOrDefault() is not { } worst)
                break;
            kept.Add(worst);
            rows = [.. rows.Where(r => !worst.Holds(r))];
        }
        return kept;
    }

    private static IEnumerable<Candidate> Cells(AttributeData a, AttributeData b, int[] rows, double[] loss, Moments all)
    {
        var (width, single) = (b.Levels.Length, ReferenceEquals(a, b));
        double[] sum = new double[a.Levels.Length * width], squares = new double[sum.Length];
        var n = new int[sum.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            var cell = (a.Codes[rows[i]] * width) + b.Codes[rows[i]];
            n[cell]++;
            sum[cell] += loss[i];
            squares[cell] += loss[i] * loss[i];
        }
        for (var cell = 0; cell < n.Length; cell++)
        {
            double own = n[cell], rest = all.Count - own;
            if (own < FewestRows || rest < FewestRows)
                continue;
            double mean = sum[cell] / own, others = ((all.Mean * all.Count) - sum[cell]) / rest;
            var total = (all.Variance * (all.Count - 1)) + (all.Count * all.Mean * all.Mean);
            var variance = Math.Max(0, (squares[cell] / own) - (mean * mean)) + Math.Max(0, ((total - squares[cell]) / rest) - (others * others));
            // The slice's own spread may be zero where all answers are wrong; the spread of all rows stands in.
            var t = (mean - others) / Math.Sqrt((Math.Max(variance, 1e-12) + all.Variance) / 2 * ((1 / own) + (1 / rest)));
            if (t >= LeastT)
                yield return new(a, cell / width, single ? null : b, single ? -1 : cell % width, t, mean - others, n[cell]);
        }
    }

    private Slice? Confirm(TargetData target, Candidate candidate, List<Candidate> before)
    {
        int[] rows = [.. _order.Where(r => _confirming[r] && target.HasTruth(r) && target.HasPrediction(r)
            && !before.Any(b => b.Holds(r)))];
        int[] inside = [.. rows.Where(candidate.Holds)], outside = [.. rows.Where(r => !candidate.Holds(r))];
        if (inside.Length < _options.MinimumCount || outside.Length < _options.MinimumCount)
            return null;
        double[] a = Losses(target, inside), b = Losses(target, outside);
        Moments slice = Moments.Of(a), rest = Moments.Of(b);
        Interval interval;
        double p;
        if (target.Kind == TargetKind.Categorical && _data.Clusters is null)
        {
            interval = Interval.Newcombe(a.Sum(), a.Length, b.Sum(), b.Length, Interval.Z(_options.Confidence));
            p = Homogeneity.FisherAbove((long)a.Sum(), a.Length, (long)b.Sum(), b.Length);
        }
        else
        {
            Moments x = Moments.Of(Independent(target, inside, a)), y = Moments.Of(Independent(target, outside, b));
            if (x.Count < 2 || y.Count < 2)
                return null;
            interval = Interval.Welch(x, y, _options.Confidence);
            p = Above(x, y);
        }
        var right = target.Kind == TargetKind.Categorical;
        return new(target.Name, Describe(candidate), Metrics.Primary(target.Kind).Key, a.Length, right ? 1 - slice.Mean : slice.Mean,
            right ? 1 - rest.Mean : rest.Mean, slice.Mean - rest.Mean, interval.Low, interval.High, candidate.N, candidate.Difference, p, 1, false,
            _clusters is not null && candidate.Uses(_clusters.Attribute) ? _clusters.Examples(r => candidate.Holds(r) && !before.Any(b => b.Holds(r))) : null);
    }

    /// <summary>One-sided p of Welch's test that the first mean is the larger one.</summary>
    private static double Above(in Moments a, in Moments b)
    {
        double va = a.Variance / a.Count, vb = b.Variance / b.Count;
        if (va + vb == 0)
            return a.Mean > b.Mean ? 0 : 1;
        double sa = va / (va + vb), sb = vb / (va + vb), degrees = 1 / ((sa * sa / (a.Count - 1)) + (sb * sb / (b.Count - 1)));
        return StudentT.CDF(0, 1, degrees, -(a.Mean - b.Mean) / Math.Sqrt(va + vb));
    }

    private double[] Independent(TargetData target, int[] rows, double[] losses)
    {
        if (_data.Clusters is not { } clusters)
            return losses;
        var whole = Grouping.Everything(_data.RowCount);
        return new ClusteredRows(clusters, rows, whole).PseudoValues(0, rows, Array.ConvertAll(rows, r => Loss(target, r)));
    }

    private string Describe(Candidate candidate) => candidate.Name() + (_clusters is not null && candidate.Uses(_clusters.Attribute)
        ? $" ({_clusters.Describe(candidate.LevelOf(_clusters.Attribute), _data.Attributes)})" : "");

    private static double[] Losses(TargetData target, int[] rows)
    {
        var losses = Array.ConvertAll(rows, r => Loss(target, r));
        Array.Sort(losses);
        return losses;
    }

    private static double Loss(TargetData target, int row) => target.Kind == TargetKind.Numeric
        ? Math.Abs(target.PredictedValue[row] - target.TruthValue[row]) : target.Truth[row] == target.Predicted[row] ? 0 : 1;

    private bool Half(string name) => (new RandomSource(_options.Seed).Stream(name, 2).NextUInt64() & 1) == 1;

    /// <summary>A level of an attribute, or one of each of two, with what the search saw.</summary>
    private sealed record Candidate(AttributeData A, int LevelA, AttributeData? B, int LevelB, double T, double Difference, int N)
    {
        public bool Holds(int row) => A.Codes[row] == LevelA && (B is null || B.Codes[row] == LevelB);

        public bool Uses(AttributeData attribute) => ReferenceEquals(A, attribute) || ReferenceEquals(B, attribute);

        public int LevelOf(AttributeData attribute) => ReferenceEquals(A, attribute) ? LevelA : LevelB;

        public string Name() => B is null ? Name(A, LevelA) : $"{Name(A, LevelA)}, {Name(B, LevelB)}";

        private static string Name(AttributeData attribute, int level) => $"{attribute.Name} {attribute.Levels[level]}";
    }
}
