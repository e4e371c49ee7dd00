using FaceBias.Core.Heads.Methods;
using FaceBias.Core.Uncertainty.Representation;

namespace FaceBias.Core.Uncertainty.Resampling;

/// <summary>The epochs of a <see cref="PixelVae"/>, drawn by how rare its own latents say that pictures are: DB-VAE
/// (Amini et al. 2019) with the exponent that keeps enough pictures in use. Pictures that it does not reconstruct are
/// drawn evenly, as often as before.</summary>
public static class PictureResampling
{
    /// <summary>Orders for <see cref="PixelVae.Train"/>: the first epoch takes every picture once, for latents of a
    /// network that has seen nothing say nothing.</summary>
    /// <param name="vae">The network that is trained.</param>
    /// <param name="rows">The training pictures.</param>
    /// <param name="effectiveShare">The share of the reconstructed pictures that the effective sample size must
    /// reach.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="told">Told epoch, exponent and effective share.</param>
    public static Func<int, int[]> Of(PixelVae vae, IReadOnlyList<int> rows, double effectiveShare = 0.3,
        ulong seed = 7, Action<int, double, double>? told = null)
    {
        ArgumentNullException.ThrowIfNull(vae);
        ArgumentNullException.ThrowIfNull(rows);
        OptionRule.Require(effectiveShare is > 0 and < 1, "the effective share must be above 0 and below 1",
            effectiveShare);
        int[] rare = [.. Enumerable.Range(0, rows.Count).Where(i => vae.Reconstructs(rows[i]))];
        return epoch =>
        {
            if (epoch == 1)
                return BatchSampler.Shuffled(rows, seed).Epoch(epoch);
            var codes = vae.Encode([.. rare.Select(i => rows[i])]);
            var (weights, exponent) = SampleWeights.Adaptive(vae.Histograms(codes).LogDensity(codes.Means),
                effectiveShare);
            told?.Invoke(epoch, exponent, SampleWeights.EffectiveShare(weights));
            var all = new double[rows.Count];
            Array.Fill(all, 1.0 / rows.Count);
            for (var i = 0; i < rare.Length; i++)
                all[rare[i]] = weights[i] * rare.Length / rows.Count;
            return BatchSampler.Weighted(rows, all, seed).Epoch(epoch);
        };
    }
}
