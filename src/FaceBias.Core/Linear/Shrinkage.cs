using System.Numerics.Tensors;

namespace FaceBias.Core.Linear;

/// <summary>How far a covariance is drawn towards a multiple of the unit matrix.</summary>
internal static class Shrinkage
{
    /// <summary>The share that Ledoit and Wolf 2004 estimate to err least: min(b², d²) / d² with d² = ‖S - mI‖² and
    /// b² = (Σ ‖x‖⁴ / n - ‖S‖²) / n over centred rows x, m the mean variance.</summary>
    /// <param name="rows">Sums over the rows.</param>
    /// <param name="fourth">Σ ‖x - mean‖⁴ of the same rows.</param>
    public static double LedoitWolf(Scatter rows, double fourth)
    {
        var size = rows.Sum.Length;
        var covariance = rows.Covariance(0);
        var (squares, trace) = (0.0, 0.0);
        for (var i = 0; i < size; i++)
        {
            var row = covariance.AsSpan(i * size, i + 1);
            squares += 2 * TensorPrimitives.SumOfSquares<double>(row) - row[i] * row[i];
            trace += row[i];
        }
        var distance = squares - trace * trace / size;
        var error = (fourth / rows.Count - squares) / rows.Count;
        // Rows that are all alike have no covariance to estimate.
        return distance > 0 ? Math.Clamp(error / distance, 1e-6, 1) : 1;
    }
}
