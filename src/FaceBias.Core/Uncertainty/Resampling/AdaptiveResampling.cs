using FaceBias.Core.Heads.Methods;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Uncertainty.Representation;
using FaceBias.Primitives.Randomness;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Uncertainty.Resampling;

/// <summary>The rows of each epoch of a training, drawn by how rare they are (DB-VAE, Amini et al. 2019): an
/// autoencoder of the features trains beside the heads, on all rows alike, so that densities are those of the data;
/// before every epoch the latents' densities are measured anew and rows drawn with replacement.</summary>
internal sealed class AdaptiveResampling : IDisposable
{
    /// <summary>The curves of exponents and of effective sample sizes.</summary>
    public const string Exponent = "resampling/exponent", Share = "resampling/effective share";

    private readonly FittingRows _rows;
    private readonly ResampleOptions _options;
    private readonly FeatureVae? _vae;
    private readonly bool[] _resampled;
    private readonly List<TrainingPoint> _history = [];
    private readonly SortedSet<string> _notices = new(StringComparer.Ordinal);

    /// <param name="rows">Features, labels and groups; the training rows are drawn from.</param>
    /// <exception cref="FaceBiasException">A class or column is unknown, or there are too few rows.</exception>
    public AdaptiveResampling(FittingRows rows, ResampleOptions options)
    {
        options.Check();
        (_rows, _options) = (rows, options);
        _resampled = Resampled(rows, options.Class);
        if (options.Rule is not (ResampleRule.Uniform or ResampleRule.InverseFrequency))
            _vae = new FeatureVae(rows.Unit(), rows.UnitWidth, rows.Train, options.Vae, rows.Seed, rows.Threads);
    }

    /// <summary>Exponent and effective share of every epoch.</summary>
    public IReadOnlyList<TrainingPoint> History => _history;

    /// <summary>What there is to say: collapsed latents, the last exponent.</summary>
    public IReadOnlyCollection<string> Notices => _notices;

    /// <summary>What the last epoch's weights were, for progress.</summary>
    public string Note { get; private set; } = "";

    /// <summary>Weights of the training rows in the last epoch, in their order, summing to 1.</summary>
    public double[] Weights { get; private set; } = [];

    /// <summary>The rows of an epoch, from 1.</summary>
    public int[] Order(int epoch)
    {
        var (weights, exponent) = Rarity(epoch);
        var resampled = Spread(weights);
        Weights = resampled;
        var share = SampleWeights.EffectiveShare(resampled);
        Note = string.Create(CultureInfo.InvariantCulture,
            $"{(exponent is { } t ? $"exponent {t:0.000}, " : "")}effective sample {share:P0}");
        if (exponent is { } value)
            _history.Add(new(epoch, Exponent, value));
        _history.Add(new(epoch, Share, share));
        return BatchSampler.Weighted(_rows.Train, resampled, _rows.Seed).Epoch(epoch);
    }

    public void Dispose() => _vae?.Dispose();

    /// <summary>Probabilities by the rule, and the exponent where there is one.</summary>
    private (double[] Weights, double? Exponent) Rarity(int epoch)
    {
        if (_options.Rule == ResampleRule.Uniform)
            return (SampleWeights.Normalised([.. _rows.Train.Select(_ => 1.0)]), null);
        if (_options.Rule == ResampleRule.InverseFrequency)
            return (InverseFrequency(), null);
        _vae!.Train(_rows.Train, epoch == 1 ? _options.WarmUp : 1, epoch == 1 ? _rows.Progress : null, _rows.Cancel);
        var (means, logs, errors) = _vae.Encode(_rows.Train, _rows.Cancel);
        var (latents, v) = (_options.Vae.Latents, _options.Vae);
        double[] weights;
        double? exponent = null;
        switch (_options.Rule)
        {
            case ResampleRule.LabProduct:
                weights = SampleWeights.LabProduct(means, latents, v.Bins);
                break;
            case ResampleRule.LabMax:
                weights = SampleWeights.LabMax(means, latents, v.Bins);
                break;
            case ResampleRule.PaperProduct:
                weights = SampleWeights.PaperProduct(means, latents, v.Bins, v.Alpha);
                exponent = 1;
                break;
            default:
                var histograms = LatentHistograms.Fit(means, latents, v.Bins, v.Alpha,
                    VaeTerms.Divergences(means, logs, latents), v.CollapsedBelow);
                if (histograms.Notice is { } notice)
                    _notices.Add("resampling: " + notice);
                (weights, exponent) = Adaptive(histograms.LogDensity(means));
                break;
        }
        if (_options.Reconstruction)
        {
            var errorSum = errors.Sum(e => e + _options.ReconstructionBeta);
            weights = [.. weights.Select((w, i) => (w + (errors[i] + _options.ReconstructionBeta) / errorSum) / 2)];
        }
        if (_options.Rule == ResampleRule.Shuffled)
            new RandomSource(_rows.Seed).Stream("shuffled weights").Shuffle(weights.AsSpan());
        return (weights, exponent);
    }

    /// <summary>The exponent is found on the rows that are resampled.</summary>
    private (double[] Weights, double Exponent) Adaptive(double[] logDensity)
    {
        var (_, exponent) = SampleWeights.Adaptive([.. logDensity.Where((_, i) => _resampled[i])],
            _options.EffectiveShare);
        return (SampleWeights.Power(logDensity, exponent), exponent);
    }

    private double[] InverseFrequency()
    {
        var groups = _rows.Groups.Concat(_rows.Targets).FirstOrDefault(
            t => t.Name == _options.Group && t.Kind == TargetKind.Categorical)
            ?? throw new FaceBiasException(
                $"There is no column of groups '{_options.Group}' to resample by; let ‹ResampleOptions.Group› name a "
                    + "further column to audit by or a target with classes.");
        var counts = new int[groups.Classes.Count + 1];
        foreach (var row in _rows.Train)
            counts[groups.Codes[row] + 1]++;
        return SampleWeights.Normalised([.. _rows.Train.Select(row => 1.0 / counts[groups.Codes[row] + 1])]);
    }

    /// <summary>Rows of other classes are drawn evenly, and all of a kind as often as without resampling.</summary>
    private double[] Spread(double[] weights)
    {
        var (count, inside) = (_resampled.Length, _resampled.Count(r => r));
        if (inside == count)
            return weights;
        var sum = weights.Where((_, i) => _resampled[i]).Sum();
        return [.. weights.Select((w, i) => _resampled[i] ? w / sum * inside / count : 1.0 / count)];
    }

    private static bool[] Resampled(FittingRows rows, string? chosen)
    {
        if (chosen is null)
            return [.. rows.Train.Select(_ => true)];
        var at = chosen.IndexOf('=', StringComparison.Ordinal);
        var target = rows.Targets.FirstOrDefault(t => t.Name == chosen[..at] && t.Kind == TargetKind.Categorical)
            ?? throw new FaceBiasException(
                $"'{chosen[..at]}' is no target with classes, so none of them can be resampled; name one of "
                    + $"{string.Join(", ", rows.Targets.Select(t => t.Name))}.");
        var code = target.Classes.ToList().IndexOf(chosen[(at + 1)..]);
        if (code < 0)
            throw new FaceBiasException(
                $"'{target.Name}' has no class '{chosen[(at + 1)..]}' to resample; it has "
                    + $"{string.Join(", ", target.Classes)}.");
        bool[] resampled = [.. rows.Train.Select(r => target.Codes[r] == code)];
        return resampled.Any(r => r) ? resampled
            : throw new FaceBiasException(
                $"No training image is of {chosen}, so there is nothing to resample; name another class.");
    }
}
