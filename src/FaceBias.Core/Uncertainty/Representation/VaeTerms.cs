using FaceBias.Core.Heads.Fit;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Training;
using FaceBias.Primitives.Randomness;

namespace FaceBias.Core.Uncertainty.Representation;

/// <summary>The terms of a variational autoencoder (Kingma and Welling 2014) as nodes of a graph. The log-variance s is
/// one in every term: z = μ + e^(s/2) ε and KL = ½ Σ (μ² + e^s - 1 - s). (CAPSA's took s for a standard deviation in
/// one of them.)</summary>
internal static class VaeTerms
{
    /// <summary>The input of the noise ε, standard normal [N, L].</summary>
    public const string Noise = "vae.noise";

    /// <summary>The reparameterisation z = μ + e^(s/2) ε.</summary>
    public static string Sample(GraphBuilder g, string mean, string logVariance, string noise) =>
        g.Add("Add", mean, g.Add("Mul", g.Add("Exp", g.Add("Mul", logVariance, g.Constant(0.5f))), noise));

    /// <summary>The negative ELBO of a Gaussian decoder of variance 1, without its constant, per value of the input:
    /// the mean over rows of (½ Σ (x - x̂)² + β KL) / D. Divided by D, it has the same size whatever is reconstructed,
    /// and no task drowns beside it.</summary>
    /// <param name="x">What was encoded, [N, ...].</param>
    /// <param name="mean">μ [N, L].</param>
    /// <param name="logVariance">s [N, L].</param>
    /// <param name="values">D, values per row.</param>
    /// <param name="weights">Weight per row [N], or null for all 1.</param>
    public static string NegativeElbo(GraphBuilder g, string x, string reconstruction, string mean, string logVariance,
        int values, double beta, string? weights = null) =>
        Losses.Combine(g, (Losses.MeanSquared(g, reconstruction, x, weights), 0.5),
            (Losses.GaussianDivergence(g, mean, logVariance, weights), beta / values));

    /// <summary>Trains an autoencoder to the last epoch of a plan.</summary>
    /// <param name="advice">What to do where its loss is not a number.</param>
    /// <returns>Mean loss of each epoch.</returns>
    public static IReadOnlyList<double> Train(TrainingPlan plan, ulong seed, string advice,
        IProgress<StepProgress>? progress)
    {
        var losses = new List<double>();
        TrainingLoop.Run(plan with
        {
            KeepBest = false,
            BeforeStep = _ => FillNoise(plan.Session, seed),
            Judge = (epoch, mean) =>
            {
                losses.Add(mean);
                progress?.Report(new StepProgress("autoencoder", epoch, plan.Epochs, "epochs",
                    Note: FormattableString.Invariant($"loss {mean:0.0000}")));
                return new(mean, [], false);
            },
            Diverged = epoch =>
                new($"The autoencoder diverged in epoch {epoch} (its loss is not a number); {advice}."),
        });
        return losses;
    }

    /// <summary>The rows in the order of an epoch.</summary>
    public static int[] Shuffled(IReadOnlyList<int> rows, string stream, ulong seed, int epoch)
    {
        int[] order = [.. rows];
        new RandomSource(seed).Stream(stream, epoch).Shuffle(order.AsSpan());
        return order;
    }

    /// <summary>Fills the noise of a step.</summary>
    private static void FillNoise(TrainingSession session, ulong seed)
    {
        var noise = session.Input<float>(Noise);
        var random = new RandomSource(seed).Counter(FormattableString.Invariant($"vae noise {session.StepCount}"));
        for (var i = 0; i < noise.Length; i++)
            noise[i] = (float)random.Normal((ulong)i);
    }

    /// <summary>The divergence of each latent from the standard normal distribution, in nats, averaged over
    /// rows.</summary>
    /// <param name="means">μ, row-major [rows, L].</param>
    /// <param name="logVariances">s, the same.</param>
    public static double[] Divergences(ReadOnlySpan<float> means, ReadOnlySpan<float> logVariances, int latents)
    {
        var sums = new double[latents];
        for (var i = 0; i < means.Length; i++)
            sums[i % latents] += 0.5 * (means[i] * (double)means[i] + Math.Exp(logVariances[i]) - 1 - logVariances[i]);
        var rows = Math.Max(1, means.Length / latents);
        return Array.ConvertAll(sums, s => s / rows);
    }
}
