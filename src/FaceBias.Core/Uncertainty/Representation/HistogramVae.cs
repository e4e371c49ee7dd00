using FaceBias.Onnx.Graphs;

namespace FaceBias.Core.Uncertainty.Representation;

/// <summary>A variational autoencoder of the last layer's features, scaled to length 1, beside the heads: predictions,
/// reconstruction error and rarity of the latents in one pass (CAPSA's HistogramVAE, Lolla et al. 2022, with the
/// densities of DB-VAE, Amini et al. 2019). The heads stay as they are.</summary>
/// <remarks>Reconstruction: the mean over standardised features of (x - x̂)², x̂ decoded from μ: epistemic, large where
/// the autoencoder has not seen such rows. Representation: -Σ ln(Q_i(μ_i) + α) over latents that have not collapsed
/// (<see cref="LatentHistograms"/>): large where few training rows are.</remarks>
public sealed record HistogramVae : IUncertaintyWrapper
{
    private readonly bool _reconstruction, _representation;

    private HistogramVae(string name, bool reconstruction, bool representation) =>
        (Name, _reconstruction, _representation) = (name, reconstruction, representation);

    /// <summary>Reconstruction and representation.</summary>
    public static HistogramVae Create() => new("histogram-vae", true, true);

    /// <summary>The error of the reconstruction alone.</summary>
    public static HistogramVae ReconstructionOnly() => new("vae", true, false);

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>How the autoencoder is made.</summary>
    public VaeOptions Options { get; init; } = new();

    /// <inheritdoc/>
    public void AddTo(UncertainModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (model.Outputs.Any(o => o.Name is "uncertainty_reconstruction" or "uncertainty_representation"))
            throw new FaceBiasException("'histogram-vae' gives the reconstruction as well; leave 'vae' out.");
        var rows = model.Rows;
        using var vae = new FeatureVae(rows.Unit(), rows.UnitWidth, rows.Train, Options, rows.Seed, rows.Threads);
        vae.Train(rows.Train, Options.Epochs, rows.Progress, rows.Cancel);
        var (means, logs, _) = vae.Encode(rows.Train, rows.Cancel);
        var histograms = _representation
            ? LatentHistograms.Fit(means, Options.Latents, Options.Bins, Options.Alpha,
                VaeTerms.Divergences(means, logs, Options.Latents), Options.CollapsedBelow) : null;
        if (histograms?.Notice is { } notice)
            model.Notices.Add($"{Name}: {notice}");

        var g = new GraphBuilder(model.Heads);
        var parameters = vae.Parameters;
        foreach (var layer in FeatureVae.Layers(rows.UnitWidth, Options))
            if (_reconstruction || !layer.Name.StartsWith("vae.decoder", StringComparison.Ordinal))
                foreach (var tensor in layer.Trained(parameters))
                    g.Initializer(tensor);
        var x = RowMath.Scaled(g, RowMath.Unit(g, rows), vae.Scaling);
        var (mean, log) = FeatureVae.Encode(g, x);
        if (_reconstruction)
        {
            model.AddOutput(new("uncertainty_reconstruction", null, 1, Name, UncertaintyKind.Epistemic,
                "Mean squared error of the autoencoder's reconstruction, in variances of a feature."),
                FeatureVae.MeanSquare(g, x, FeatureVae.Decode(g, mean), rows.UnitWidth));
        }
        if (histograms is not null)
        {
            model.AddOutput(new("uncertainty_representation", null, 1, Name, UncertaintyKind.Representation,
                "Negative sum of the latents' log densities among the training pictures: larger is rarer."),
                histograms.AddTo(new GraphBuilder(model.Heads), mean));
        }
        model.Heads.Graph.RemoveUnused();
    }
}
