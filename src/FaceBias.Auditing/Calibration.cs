using FaceBias.Primitives.Randomness;

namespace FaceBias.Auditing;

/// <summary>Whether the probabilities of the predicted labels of some rows say how often these are right.</summary>
internal sealed class Calibration
{
    private const int Bins = 10;

    /// <summary>A line through fewer rows than this says nothing.</summary>
    internal const int FewestForSlope = 20;

    private readonly ReadOnlyMemory<double> _p;
    private readonly bool[] _right;

    /// <param name="rows">Rows by the probability of their predicted label, ascending, wrong answers before right
    /// ones.</param>
    public Calibration(TargetData target, ReadOnlySpan<int> rows, ReadOnlyMemory<double> probabilities)
    {
        _p = probabilities;
        _right = new bool[_p.Length];
        for (var i = 0; i < _p.Length; i++)
            _right[i] = target.Predicted[rows[i]] == target.Truth[rows[i]];
    }

    /// <summary>Sum over bins of equal mass of (n of bin / n) |mean probability - share right|; its interval comes from
    /// drawing each bin's difference from its own normal distribution.</summary>
    public Estimate Error(AuditOptions options)
    {
        var key = Metrics.CalibrationError.Key;
        if (GroupMeasures.Refuse(key, _p.Length, options, Math.Max(options.MinimumCount, 5 * Bins)) is { } refusal)
            return refusal;
        Moments[] bins = [.. Enumerable.Range(0, Bins).Select(Bin)];
        var value = bins.Sum(b => b.Count * Math.Abs(b.Mean)) / _p.Length;
        if (!options.Resample)
            return new(key, value, null, null, _p.Length, Reason: "no interval: not resampled");
        var errors = Array.ConvertAll(bins, b => Math.Sqrt(b.Variance / b.Count));
        var random = new RandomSource(options.Seed).Stream(key, _p.Length);
        var draws = new double[options.BootstrapReplicates];
        for (var i = 0; i < draws.Length; i++)
        {
            for (var b = 0; b < Bins; b++)
                draws[i] += bins[b].Count * Math.Abs(bins[b].Mean + (errors[b] * random.NextNormal())) / _p.Length;
        }
        var interval = Bootstrap.Percentile(draws, value, options.Confidence);
        return new(key, value, interval.Low, interval.High, _p.Length, null, "parametric bootstrap");
    }

    /// <summary>The curves of a grouping's cells that have enough rows.</summary>
    public static List<CalibrationCurve> Curves(GroupedRows data, AuditOptions options)
    {
        var curves = new List<CalibrationCurve>();
        if (data.Ranks.Confidence is not { } confidence)
            return curves;
        var dealt = confidence.Deal(data.Grouping);
        for (var cell = 0; cell < data.Grouping.CellCount; cell++)
        {
            if (dealt[cell].Length >= Math.Max(options.MinimumCount, 5 * Bins))
                curves.Add(new(string.Join(" x ", data.Grouping.Attributes),
                    data.Grouping.CellCount == 1 ? "all" : string.Join(", ", data.Grouping.Levels(cell)),
                    new Calibration(data.Target, dealt.Rows(cell), dealt.Memory(cell)).Curve(options)));
        }
        return curves;
    }

    private List<CalibrationBin> Curve(AuditOptions options)
    {
        var bins = new List<CalibrationBin>();
        for (var bin = 0; bin < Bins; bin++)
        {
            var (from, to) = Range(bin);
            double sum = 0;
            var right = 0;
            for (var i = from; i < to; i++)
                (sum, right) = (sum + _p.Span[i], right + (_right[i] ? 1 : 0));
            var n = to - from;
            var interval = Interval.Wilson(right, n, Interval.Z(options.Confidence));
            bins.Add(new(sum / n, (double)right / n, interval.Low, interval.High, n));
        }
        return bins;
    }

    private (int From, int To) Range(int bin) =>
        ((int)((long)bin * _p.Length / Bins), (int)((bin + 1L) * _p.Length / Bins));

    /// <summary>Slope of the calibration line; the interval is Wald's.</summary>
    public Estimate Slope(AuditOptions options)
    {
        var key = Metrics.CalibrationSlope.Key;
        if (GroupMeasures.Refuse(key, _p.Length, options, Math.Max(options.MinimumCount, FewestForSlope)) is
            { } refusal)
            return refusal;
        if (Fit() is not { } line)
            return new(key, null, null, null, _p.Length,
                Reason: "not estimable: answers or probabilities do not vary enough for a line to be fitted");
        var half = Interval.Z(options.Confidence) * line.SlopeError;
        return new(key, line.Slope, line.Slope - half, line.Slope + half, _p.Length, null, "wald");
    }

    /// <summary>The logistic regression of being right on the logit of the probability, by Newton's method with halved
    /// steps where a whole one goes too far; null where it has no finite maximum.</summary>
    public Line? Fit()
    {
        var logits = _p.ToArray();
        foreach (ref var x in logits.AsSpan())
            x = Math.Log(Math.Clamp(x, 1e-9, 1 - 1e-9) / (1 - Math.Clamp(x, 1e-9, 1 - 1e-9)));
        double a = 0, b = 0, lastA = 0, lastB = 0, best = double.NegativeInfinity;
        for (var step = 0; step < 50; step++)
        {
            double ga = 0, gb = 0, waa = 0, wab = 0, wbb = 0, likelihood = 0;
            for (var i = 0; i < logits.Length; i++)
            {
                var x = logits[i];
                var q = 1 / (1 + Math.Exp(-(a + (b * x))));
                likelihood += Math.Log(Math.Max(_right[i] ? q : 1 - q, 1e-300));
                var rest = (_right[i] ? 1 : 0) - q;
                var w = q * (1 - q);
                ga += rest;
                gb += rest * x;
                waa += w;
                wab += w * x;
                wbb += w * x * x;
            }
            if (likelihood < best - (1e-12 * Math.Abs(best)))
            {
                (a, b) = ((a + lastA) / 2, (b + lastB) / 2);
                continue;
            }
            (lastA, lastB, best) = (a, b, likelihood);
            var determinant = (waa * wbb) - (wab * wab);
            if (determinant < 1e-9 * waa * wbb || double.IsNaN(determinant))
                return null;
            double da = ((wbb * ga) - (wab * gb)) / determinant, db = ((waa * gb) - (wab * ga)) / determinant;
            if (Math.Abs(da) + Math.Abs(db) < 1e-8)
                return new(a + da, b + db, Math.Sqrt(waa / determinant), likelihood);
            (a, b) = (a + da, b + db);
        }
        return null;
    }

    /// <summary>A calibration line: offset and slope on the logit scale, the slope's standard error, the
    /// log-likelihood.</summary>
    internal sealed record Line(double Offset, double Slope, double SlopeError, double LogLikelihood);

    /// <summary>Mean probability minus share right in one of ten bins of equal mass.</summary>
    private Moments Bin(int bin)
    {
        var (from, to) = Range(bin);
        var differences = new double[to - from];
        for (var i = from; i < to; i++)
            differences[i - from] = _p.Span[i] - (_right[i] ? 1 : 0);
        return Moments.Of(differences);
    }
}
