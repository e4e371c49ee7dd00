using FaceBias.Core.Explaining.Scoring;
using FaceBias.Core.Imaging;
using FaceBias.Primitives.Randomness;

namespace FaceBias.Core.Explaining.Reliability;

/// <summary>
/// Remove and debias (Rong et al. 2022): pixels are taken out by noisy linear imputation, so that the shape of the hole
/// tells the model nothing. Each missing pixel is the weighted mean of its neighbours, 1/6 beside it and 1/12 across,
/// plus a little noise.
/// </summary>
/// <param name="Percentiles">Shares of the pixels taken out, in percent.</param>
/// <param name="MostRelevantFirst">The score when the most relevant are taken out.</param>
/// <param name="LeastRelevantFirst">The score when the least relevant are taken out.</param>
/// <param name="Random">The same score for a random map, the most relevant taken out.</param>
internal sealed record Road(int[] Percentiles, double[] MostRelevantFirst, double[] LeastRelevantFirst, double[] Random)
{
    private const double Noise = 0.01;

    /// <summary>Half the mean difference of both orders: above 0 where the map knows what matters.</summary>
    public double Combined => LeastRelevantFirst.Zip(MostRelevantFirst, (l, m) => (l - m) / 2).Average();

    internal static readonly int[] DefaultPercentiles = [20, 40, 60, 80];

    internal static Road Of(ExplainedScore score, float[] picture, ReadOnlySpan<float> map, int seed,
        ScoreBudget budget)
    {
        var spec = score.Spec;
        var order = PixelOrder.Of(map, seed);
        var random = PixelOrder.Of(PixelOrder.Shifted(map, spec, seed, 0), seed);
        var shares = DefaultPercentiles;
        var scores = ScoreBatches.Run(score, 3 * shares.Length, (index, to) =>
        {
            var (kind, removed) =
                (index / shares.Length, (int)((long)order.Length * shares[index % shares.Length] / 100));
            var gone = new bool[order.Length];
            foreach (var pixel in kind switch { 0 => order.AsSpan(0, removed),
                1 => order.AsSpan(order.Length - removed), _ => random.AsSpan(0, removed) })
                gone[pixel] = true;
            Impute(picture, spec, gone, seed, to);
        }, budget, "road");
        double[] Part(int kind) => scores[(kind * shares.Length)..((kind + 1) * shares.Length)];
        return new(shares, Part(0), Part(1), Part(2));
    }

    /// <summary>Fills the pixels that are gone, with a little noise.</summary>
    internal static void Impute(ReadOnlySpan<float> picture, ImageSpec spec, bool[] gone, int seed, Span<float> to)
    {
        var size = spec.Width * spec.Height;
        picture.CopyTo(to);
        var hole = new LinearImputation(spec.Width, spec.Height, gone);
        var noise = new RandomSource(seed).Counter("road");
        for (var c = 0; c < 3; c++)
        {
            var plane = to.Slice(c * size, size);
            hole.Fill(plane);
            for (var i = 0; i < size; i++)
                if (gone[i])
                    plane[i] = (float)Math.Clamp(plane[i] + 255 * Noise * noise.Normal((ulong)(c * size + i)), 0, 255);
        }
    }
}
