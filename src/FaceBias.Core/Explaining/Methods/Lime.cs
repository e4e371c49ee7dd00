using FaceBias.Core.Explaining.Superpixels;
using FaceBias.Primitives.Randomness;

namespace FaceBias.Core.Explaining.Methods;

/// <summary>
/// LIME for pictures (Ribeiro et al. 2016) as the Python package lime defines it: superpixels switched off at random by
/// half, weights sqrt(exp(-d²/.25²)) of the cosine distance to the whole picture, Ridge(1) with an intercept on all
/// superpixels, weighted R².
/// </summary>
/// <remarks>With half of the superpixels off every sample is about equally far away and the kernel is nearly flat: the
/// surrogate is a global one. <paramref name="offShare"/> below one half draws fewer superpixels off, at several
/// levels, which stays near.</remarks>
/// <param name="samples">Changed pictures, the whole one among them.</param>
/// <param name="kernelWidth">Width of the kernel on the cosine distance.</param>
/// <param name="offShare">Largest share of the superpixels that is switched off: 0.5 as published.</param>
internal sealed class Lime(int samples = 1000, double kernelWidth = 0.25, double offShare = Lime.PublishedOffShare)
{
    public const double PublishedOffShare = 0.5;

    private const double Alpha = 1;
    private const int Levels = 5;

    /// <summary>Draws the samples: the first row shows everything.</summary>
    public double[][] Draw(int segments, int seed)
    {
        var random = new RandomSource(seed).Stream("lime");
        var rows = new double[samples][];
        for (var i = 0; i < samples; i++)
        {
            var off = i == 0 ? 0 : offShare == PublishedOffShare ? offShare
                : offShare * (1 + random.NextInt(Levels)) / Levels;
            rows[i] = new double[segments];
            for (var j = 0; j < segments; j++)
                rows[i][j] = random.NextDouble() < off ? 0 : 1;
        }
        return rows;
    }

    /// <summary>The weight of each sample by its cosine distance to the whole picture.</summary>
    public double[] Weights(double[][] rows) => [.. rows.Select(r =>
    {
        var distance = 1 - Math.Sqrt(r.Sum() / r.Length);
        return Math.Sqrt(Math.Exp(-distance * distance / (kernelWidth * kernelWidth)));
    })];

    public static Surrogate Fit(double[][] rows, double[] scores, double[] weights)
    {
        var (coefficients, intercept, r2) = WeightedRidge.Fit(rows, scores, weights, Alpha);
        return new(coefficients, intercept, r2, rows.Length);
    }

    public (Surrogate Surrogate, IReadOnlyList<string> Notes) Explain(SuperpixelScores model, Segmentation segments,
        int seed)
    {
        var rows = Draw(segments.Count, seed);
        var weights = Weights(rows);
        var notes = new List<string>();
        double lowest = weights.Skip(1).DefaultIfEmpty(1).Min(), highest = weights.Skip(1).DefaultIfEmpty(1).Max();
        if (offShare == PublishedOffShare)
        {
            notes.Add(string.Create(CultureInfo.InvariantCulture,
                $"LIME's published kernel weighs the samples from {lowest:0.00} to {highest:0.00}: about half of the "
                    + $"picture is hidden in each, so this explains the model on half-hidden pictures more than "
                    + $"around this one; a smaller share of hidden superpixels stays nearer."));
        }
        return (Fit(rows, model.Of(rows, "lime"), weights), notes);
    }
}
