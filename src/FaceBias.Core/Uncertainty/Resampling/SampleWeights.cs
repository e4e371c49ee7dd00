using System.Numerics.Tensors;

namespace FaceBias.Core.Uncertainty.Resampling;

/// <summary>From densities of latents to probabilities of being drawn, each summing to 1.</summary>
internal static class SampleWeights
{
    /// <summary>w = exp(-t ρ), ρ = Σ ln(Q_i + α), with the largest t up to 1 at which the effective sample size is at
    /// least a share of the rows, found by bisection: with t = 1 and many latents a handful of rows would make up an
    /// epoch.</summary>
    public static (double[] Weights, double Exponent) Adaptive(ReadOnlySpan<double> logDensity, double share)
    {
        var rarity = logDensity.ToArray();
        var (low, high) = (0.0, 1.0);
        if (EffectiveShare(Power(rarity, high)) < share)
        {
            for (var round = 0; round < 50; round++)
            {
                var middle = (low + high) / 2;
                if (EffectiveShare(Power(rarity, middle)) >= share)
                    low = middle;
                else
                    high = middle;
            }
        }
        else
        {
            low = high;
        }
        return (Power(rarity, low), low);
    }

    /// <summary>exp(-t ρ), normalised; the smallest ρ is taken out first, so that nothing overflows.</summary>
    public static double[] Power(ReadOnlySpan<double> logDensity, double exponent)
    {
        var weights = logDensity.ToArray();
        var least = TensorPrimitives.Min<double>(weights);
        for (var i = 0; i < weights.Length; i++)
            weights[i] = Math.Exp(-exponent * (weights[i] - least));
        return Normalised(weights);
    }

    /// <summary>The MIT lab of 2023 with CAPSA's densities: bins of equal width between least and largest, p_i = share
    /// + 1e-8, weight 1 / (exp(Σ ln p_i) + 1e-7), in single precision as there. With 32 latents or more the product is
    /// below every single-precision neighbour of 1e-7 and all weights are the same.</summary>
    public static double[] LabProduct(ReadOnlySpan<float> latents, int count, int bins)
    {
        var logs = EqualWidth(latents, count, bins, (share, _) => Math.Log(share + 1e-8));
        return Normalised([.. logs.Select(row =>
        {
            var sum = 0f;
            foreach (var log in row)
                sum += (float)log;
            return (double)(1 / (MathF.Exp(sum) + 1e-7f));
        })]);
    }

    /// <summary>The MIT lab's DB-VAE: densities over bins of equal width, smoothed by 0.001 and normalised, p = 1 /
    /// density, normalised over the rows, and of each row the largest over latents.</summary>
    public static double[] LabMax(ReadOnlySpan<float> latents, int count, int bins)
    {
        var densities = EqualWidth(latents, count, bins, (share, width) => share / width + 0.001);
        var largest = new double[densities.Length];
        for (var l = 0; l < count; l++)
        {
            var sum = densities.Sum(row => 1 / row[l]);
            for (var r = 0; r < largest.Length; r++)
                largest[r] = Math.Max(largest[r], 1 / densities[r][l] / sum);
        }
        return Normalised(largest);
    }

    /// <summary>Amini et al. 2019: Π 1 / (Q_i + α), Q_i the density of the row's bin of equal width.</summary>
    public static double[] PaperProduct(ReadOnlySpan<float> latents, int count, int bins, double alpha) =>
        Power([.. EqualWidth(latents, count, bins, (share, width) => Math.Log(share / width + alpha))
            .Select(row => row.Sum())], 1);

    /// <summary>(Σw)² / Σw² over the number of rows: 1 for equal weights, 1/n where one row has all.</summary>
    public static double EffectiveShare(ReadOnlySpan<double> weights)
    {
        var sum = TensorPrimitives.Sum(weights);
        return sum * sum / TensorPrimitives.SumOfSquares(weights) / weights.Length;
    }

    /// <summary>Weights that sum to 1.</summary>
    public static double[] Normalised(double[] weights)
    {
        TensorPrimitives.Divide(weights, TensorPrimitives.Sum<double>(weights), weights);
        return weights;
    }

    /// <summary>For every row and latent what <paramref name="value"/> makes of the share of rows in its bin and the
    /// bin's width.</summary>
    private static double[][] EqualWidth(ReadOnlySpan<float> latents, int count, int bins,
        Func<double, double, double> value)
    {
        var rows = latents.Length / count;
        var result = new double[rows][];
        for (var r = 0; r < rows; r++)
            result[r] = new double[count];
        var counts = new int[bins];
        var binOf = new int[rows];
        for (var l = 0; l < count; l++)
        {
            var (least, largest) = (float.PositiveInfinity, float.NegativeInfinity);
            for (var r = 0; r < rows; r++)
                (least, largest) = (Math.Min(least, latents[r * count + l]), Math.Max(largest, latents[r * count + l]));
            // numpy widens the range of a constant to 1.
            if (!(largest > least))
                (least, largest) = (least - 0.5f, least + 0.5f);
            var width = ((double)largest - least) / bins;
            Array.Clear(counts);
            for (var r = 0; r < rows; r++)
                counts[binOf[r] = (int)Math.Clamp((latents[r * count + l] - least) / width, 0, bins - 1)]++;
            for (var r = 0; r < rows; r++)
                result[r][l] = value((double)counts[binOf[r]] / rows, width);
        }
        return result;
    }
}
