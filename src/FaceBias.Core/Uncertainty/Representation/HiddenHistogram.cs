using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Linear;
using FaceBias.Onnx.Graphs;
using MathNet.Numerics.LinearAlgebra;

namespace FaceBias.Core.Uncertainty.Representation;

/// <summary>Rarity by histograms of what the heads themselves see: the principal components of the hidden layer
/// (CAPSA's HistogramWrapper takes its units, which depend on each other and are 0 for many rows). No network is
/// trained.</summary>
internal sealed record HiddenHistogram : IUncertaintyWrapper
{
    private HiddenHistogram()
    {
    }

    public static HiddenHistogram Create() => new();

    public string Name => "histogram";

    /// <summary>Principal components, at most as many as hidden units.</summary>
    public int Components { get; init; } = 16;

    /// <summary>Bins of a component's histogram.</summary>
    public int Bins { get; init; } = 10;

    /// <summary>Added to every density before its logarithm.</summary>
    public double Alpha { get; init; } = 0.01;

    public void AddTo(UncertainModel model)
    {
        var layers = HeadLayers.Of(model.Heads, Name);
        var hidden = layers.Last(model.Targets[0].Name, 0).Input;
        var values = model.Run(model.Rows.Train, hidden)[0];
        var (rows, width) = (model.Rows.Train.Count, values.Length / Math.Max(1, model.Rows.Train.Count));
        if (rows < Bins)
            throw new FaceBiasException(
                $"{rows:N0} training rows cannot fill histograms of {Bins} bins; give at least {Bins}, or fewer bins.");
        var scatter = Scatter.Of(width, 0, [.. Enumerable.Range(0, rows)],
            (r, vector, _) => values.AsSpan(r * width, width).CopyTo(vector), model.Rows.Cancel);
        var lower = scatter.Covariance(0);
        var evd = Matrix<double>.Build.Dense(width, width, (i, j) => lower[Math.Max(i, j) * width + Math.Min(i, j)])
            .Evd(Symmetricity.Symmetric);
        var count = Math.Min(Components, width);
        // Eigenvalues come in ascending order.
        var directions = new float[width * count];
        for (var i = 0; i < width; i++)
            for (var c = 0; c < count; c++)
                directions[i * count + c] = (float)evd.EigenVectors[i, width - 1 - c];
        var g = new GraphBuilder(model.Heads);
        var components =
            g.Add("MatMul", g.Add("Sub", hidden, g.Constant([.. scatter.Sum.Select(s => (float)(s / rows))], 1, width)),
                g.Constant(directions, width, count));
        var histograms = LatentHistograms.Fit(model.Run(model.Rows.Train, components)[0], count, Bins, Alpha);
        if (histograms.Notice is { } notice)
            model.Notices.Add($"{Name}: {notice}");
        model.AddOutput(new("uncertainty_histogram", null, 1, Name, UncertaintyKind.Representation,
            "Negative sum of log densities of the hidden layer's principal components: larger is rarer."),
            histograms.AddTo(g, components));
    }
}
