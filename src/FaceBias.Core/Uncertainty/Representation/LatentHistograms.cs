using FaceBias.Onnx.Graphs;
using FaceBias.Primitives.Statistics;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Core.Uncertainty.Representation;

/// <summary>How common latents are: the density of each by a histogram with quantiles as edges, taken together as if
/// they were independent (Amini et al. 2019): Σ ln(Q_i(μ_i) + α), a sum of logarithms, because a product of many
/// densities is 0 to a computer. Q_i is the share of rows in the bin over its width in standard deviations, so that it
/// does not depend on the scale of a latent. Edges are quantiles: between the least and the largest value at equal
/// steps a single outlier would widen all bins.</summary>
internal sealed class LatentHistograms
{
    private readonly double[][] _edges;
    private readonly double[][] _logs;
    private readonly int _latents;

    private LatentHistograms(int latents, double[][] edges, double[][] logs, int[] collapsed) =>
        (_latents, _edges, _logs, Collapsed) = (latents, edges, logs, collapsed);

    /// <summary>Latents that carry no density, from 0: constant ones, and those that tell nothing of the row.</summary>
    public IReadOnlyList<int> Collapsed { get; }

    /// <summary>A sentence about collapsed latents; null where there are none.</summary>
    public string? Notice => Collapsed.Count == 0 ? null
        : $"{Collapsed.Count:N0} of {_latents:N0} latents have collapsed or are constant and carry no density: "
            + $"{string.Join(", ", Collapsed.Take(20).Select(c => c + 1))}{(Collapsed.Count > 20 ? ", ..." : "")}.";

    /// <summary>Measures densities.</summary>
    /// <param name="latents">Row-major [rows, L].</param>
    /// <param name="bins">Bins of a latent, at most as many as rows.</param>
    /// <param name="alpha">Added to a density before its logarithm.</param>
    /// <param name="divergences">Of each latent from the prior, or null where they are no autoencoder's.</param>
    /// <param name="collapsedBelow">The divergence below which a latent has collapsed.</param>
    /// <exception cref="FaceBiasException">There are fewer rows than bins, a latent is not finite, or all have
    /// collapsed.</exception>
    public static LatentHistograms Fit(ReadOnlySpan<float> latents, int count, int bins, double alpha,
        double[]? divergences = null, double collapsedBelow = 0)
    {
        var rows = latents.Length / count;
        if (rows < bins)
            throw new FaceBiasException(
                $"{rows:N0} rows cannot fill histograms of {bins} bins; give at least {bins}, or fewer bins.");
        var (edges, logs, collapsed) = (new double[count][], new double[count][], new List<int>());
        var values = new double[rows];
        for (var l = 0; l < count; l++)
        {
            for (var r = 0; r < rows; r++)
                values[r] = latents[r * count + l];
            if (values.Any(v => !double.IsFinite(v)))
                throw new FaceBiasException(
                    $"Latent {l + 1} of the autoencoder is not a number for some rows; look for features that are not "
                        + "finite, or lower its learning rate.");
            Array.Sort(values);
            var mean = values.Average();
            var deviation = Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / rows);
            if (deviation <= 1e-6 * (1 + Math.Abs(mean)) || divergences?[l] < collapsedBelow)
            {
                collapsed.Add(l);
                (edges[l], logs[l]) = ([], [0]);
            }
            else
            {
                (edges[l], logs[l]) = Densities(values, bins, alpha, deviation);
            }
        }
        return collapsed.Count < count ? new(count, edges, logs, [.. collapsed])
            : throw new FaceBiasException(
                $"All {count:N0} latents have collapsed or are constant, so nothing tells rare rows from common ones; "
                    + "train longer, or with a smaller beta.");
    }

    /// <summary>Σ ln(Q_i + α) of rows.</summary>
    /// <param name="latents">Row-major [rows, L].</param>
    public double[] LogDensity(ReadOnlySpan<float> latents)
    {
        var sums = new double[latents.Length / _latents];
        for (var r = 0; r < sums.Length; r++)
            for (var l = 0; l < _latents; l++)
                sums[r] += _logs[l][Bin(_edges[l], latents[r * _latents + l])];
        return sums;
    }

    /// <summary>Adds -Σ ln(Q_i + α) of latents [N, L] to a graph, [N, 1]: for every edge a step by which the logarithm
    /// changes there.</summary>
    public string AddTo(GraphBuilder g, string latents)
    {
        var steps = _edges.Sum(e => e.Length);
        var (spread, edges, change) = (new float[_latents * steps], new float[steps], new float[steps]);
        var at = 0;
        for (var l = 0; l < _latents; l++)
            for (var e = 0; e < _edges[l].Length; e++, at++)
            {
                spread[l * steps + at] = 1;
                edges[at] = (float)_edges[l][e];
                change[at] = (float)(_logs[l][e] - _logs[l][e + 1]);
            }
        var beyond = g.Add("Greater", g.Add("MatMul", latents, g.Constant(spread, _latents, steps)),
            g.Constant(edges, 1, steps));
        var counted = g.Add("Cast", [beyond], [("to", (long)DataType.Float)]);
        return g.Add("Add", RowMath.Sum(g, counted, change), g.Constant([(float)-_logs.Sum(l => l[0])], 1, 1));
    }

    /// <summary>Inner edges, single-precision numbers, and the logarithm of each bin.</summary>
    private static (double[] Edges, double[] Logs) Densities(double[] sorted, int bins, double alpha, double deviation)
    {
        var rows = sorted.Length;
        double[] all = [
            .. Enumerable.Range(0, bins + 1)
                .Select(b => (double)(float)Quantiles.Linear(sorted, (double)b / bins)).Distinct()];
        // A value is in the bin whose upper edge is the first that it does not exceed, in the graph as well; equal
        // values share one.
        double[] inner = all.Length > 2 ? all[1..^1] : [(double)(float)((all[0] + all[^1]) / 2)];
        var counts = new int[inner.Length + 1];
        foreach (var v in sorted)
            counts[Bin(inner, v)]++;
        double[] bounds = [sorted[0], .. inner, sorted[^1]];
        // Where all values of a bin are its edge, its width is none; a thousandth of a deviation stands for it.
        return (inner, [
            .. counts.Select(
                (c, b) =>
                    Math.Log((double)c / rows / Math.Max(1e-3, (bounds[b + 1] - bounds[b]) / deviation)
                        + Math.Max(alpha, 1e-12)))]);
    }

    private static int Bin(double[] edges, double value)
    {
        var at = Array.BinarySearch(edges, value);
        return at < 0 ? ~at : at;
    }
}
