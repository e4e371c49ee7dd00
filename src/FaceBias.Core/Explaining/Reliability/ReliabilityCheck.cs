using FaceBias.Core.Explaining.Methods;
using FaceBias.Core.Explaining.Scoring;

namespace FaceBias.Core.Explaining.Reliability;

/// <summary>How far an explanation can be relied on.</summary>
/// <param name="Agreement">Mean rank correlation of repeated runs with other seeds; null where nothing is drawn, or it
/// was not asked for.</param>
/// <param name="TopAgreement">Share of the tenth of the pixels that is most relevant in one run which is so in
/// another.</param>
/// <param name="Curves">Deletion and insertion; null if not asked for.</param>
/// <param name="Road">Remove and debias; null if not asked for.</param>
/// <param name="Warnings">What speaks against relying on it.</param>
internal sealed record ExplanationReliability(double? Agreement, double? TopAgreement, int Runs, DeletionCurves? Curves,
    Road? Road, IReadOnlyList<string> Warnings)
{
    /// <summary>Below this rank correlation of two runs, the map is mostly chance.</summary>
    internal const double LeastAgreement = 0.5;

    internal const double LeastR2 = 0.5;

    /// <param name="picture">Planes R, G, B.</param>
    /// <param name="again">Explains once more with another seed; null for a method that draws nothing.</param>
    /// <param name="runs">Runs to compare, the given one among them; below 2 compares none.</param>
    /// <param name="curveSteps">Steps of the deletion curves; 0 for none.</param>
    /// <param name="road">Whether ROAD is measured.</param>
    /// <param name="budget">Memory, threads, progress and cancellation.</param>
    public static ExplanationReliability Of(
        ExplainedScore score, ReadOnlySpan<float> picture, Explanation explanation, Func<int, Explanation>? again,
        int runs, int curveSteps, bool road, int seed, ScoreBudget? budget = null)
    {
        budget ??= new();
        var pixels = picture.ToArray();
        var maps = new List<float[]> { explanation.Map };
        for (var run = 1; run < runs && again is not null; run++)
            maps.Add(again(unchecked(seed + 7919 * run)).Map);
        var pairs = maps.SelectMany((a, i) => maps.Skip(i + 1).Select(b => (a, b))).ToList();
        double? agreement = pairs.Count == 0 ? null
            : Mean(pairs.Select(
                p => Ranks.Correlation(Array.ConvertAll(p.a, v => (double)v), Array.ConvertAll(p.b, v => (double)v))));
        double? top = pairs.Count == 0 ? null : pairs.Average(p => Overlap(p.a, p.b, seed));
        var curves = curveSteps > 0 ? DeletionCurves.Of(score, pixels, explanation.Map, curveSteps, seed, budget)
            : null;
        var removal = road ? Road.Of(score, pixels, explanation.Map, seed, budget) : null;
        return new(agreement, top, maps.Count, curves, removal, [.. Warn(explanation, agreement, curves, removal)]);
    }

    private static IEnumerable<string> Warn(Explanation e, double? agreement, DeletionCurves? curves, Road? road)
    {
        if (agreement < LeastAgreement)
            yield return string.Create(CultureInfo.InvariantCulture,
                $"Runs with other seeds give other maps (rank correlation {agreement:0.00}): take more samples, or "
                    + $"fewer superpixels.");
        if (e.Surrogate is { R2: < LeastR2 } surrogate)
            yield return string.Create(CultureInfo.InvariantCulture,
                $"The linear surrogate explains only {100 * surrogate.R2:0}% of how the score changes, so its weights "
                    + $"are a rough picture at best.");
        if (curves is { } c && c.DeletionArea >= c.RandomDeletionArea && c.InsertionArea <= c.RandomInsertionArea)
            yield return "Hiding what the map calls relevant lowers the score no more than hiding random places, and "
                + "showing it raises it no more: this map does not show what the model relies on.";
        else if (road is { } r && r.Combined <= 0)
            yield return "Taking out the most relevant pixels lowers the score no more than taking out the least "
                + "relevant (ROAD): do not rely on this map.";
    }

    private static double? Mean(IEnumerable<double?> values) =>
        values.Where(v => v is not null).ToList() is { Count: > 0 } known ? known.Average() : null;

    private static double Overlap(float[] a, float[] b, int seed)
    {
        var n = Math.Max(1, a.Length / 10);
        return PixelOrder.Of(a, seed).Take(n).Intersect(PixelOrder.Of(b, seed).Take(n)).Count() / (double)n;
    }
}
