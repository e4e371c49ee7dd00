using FaceBias.Core.Uncertainty.Conformal;
using FaceBias.Core.Uncertainty.LastLayers;
using FaceBias.Core.Uncertainty.Novelty;
using FaceBias.Core.Uncertainty.Representation;

namespace FaceBias.Core.Uncertainty.Choosing;

/// <summary>The wrappers by the names that <c>--uncertainty</c> knows.</summary>
internal static class UncertaintyWrappers
{
    private static readonly (string Name, string Meaning,
        Func<string?, ConformalOptions, IUncertaintyWrapper> Make)[] s_all =
    [
        ("ensemble", "disagreement of the networks that the model averages", (_, _) => new Ensemble()),
        ("last-layer-ensemble", "disagreement of five last layers fitted to bootstrapped rows",
            (_, _) => new LastLayerEnsemble()),
        ("mc-dropout", "disagreement of 20 passes with dropout", (_, _) => new McDropout()),
        ("laplace", "Laplace's approximation of the last layer", (_, _) => Laplace.LastLayer()),
        ("mve", "predicted noise of the label", (_, _) => new MeanVariance()),
        ("vae", "error of an autoencoder's reconstruction", (_, _) => HistogramVae.ReconstructionOnly()),
        ("histogram", "rarity of the hidden layer's components", (_, _) => HiddenHistogram.Create()),
        ("histogram-vae", "reconstruction error and rarity of an autoencoder's latents",
            (_, _) => HistogramVae.Create()),
        ("temperature", "calibrated probabilities; temperature:COLUMN also per group",
            (group, _) => group is null ? new Temperature() : new Temperature { Group = group }),
        (ConformalName, "sets of labels and intervals of numbers that hold the truth at a stated rate, overall or per group", (_, conformal) => Conformal.Conformal.With(conformal)),
        ("mahalanobis", "distance from the training pictures; every model has it",
            (_, _) => NoveltyScore.Mahalanobis()),
        ("knn", "distance to the nearest training pictures", (_, _) => NoveltyScore.NearestNeighbours()),
        ("vim", "virtual-logit matching", (_, _) => NoveltyScore.Vim()),
    ];

    /// <summary>The wrapper that is calibrated on rows of its own, after all others.</summary>
    public const string ConformalName = "conformal";

    /// <summary>Names with what they measure.</summary>
    public static IReadOnlyList<(string Name, string Meaning)> All
        { get; } = [.. s_all.Select(w => (w.Name, w.Meaning))];

    /// <summary>Makes wrappers from their names.</summary>
    /// <param name="names">Such as <c>ensemble</c>, <c>laplace</c>; <c>temperature:race</c> for a setting after the
    /// colon.</param>
    /// <param name="conformal">How sets and intervals are calibrated; null for the defaults.</param>
    /// <exception cref="FaceBiasException">A name is unknown or given twice.</exception>
    public static IReadOnlyList<IUncertaintyWrapper> Parse(IReadOnlyList<string> names,
        ConformalOptions? conformal = null)
    {
        var wrappers = names.Select(n => One(n, conformal ?? new())).OrderBy(w => w.Name == ConformalName).ToArray();
        return wrappers.GroupBy(w => w.Name).FirstOrDefault(g => g.Count() > 1) is { } twice
            ? throw new FaceBiasException(
                $"'{twice.Key}' is named twice among the uncertainty wrappers; name each once.") : wrappers;
    }

    private static IUncertaintyWrapper One(string text, ConformalOptions conformal)
    {
        var at = text.IndexOf(':', StringComparison.Ordinal);
        var (name, setting) = at < 0 ? (text, null) : (text[..at], text[(at + 1)..]);
        var found = Array.Find(s_all, w => w.Name == name);
        if (found.Make is null)
            throw new FaceBiasException(
                $"There is no uncertainty wrapper '{name}'; there are {string.Join(", ", s_all.Select(w => w.Name))}.");
        if (setting is not null && name != "temperature")
            throw new FaceBiasException($"'{name}' takes no setting; write it without ':{setting}'.");
        return found.Make(setting, conformal);
    }
}
