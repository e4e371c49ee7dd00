using FaceBias.Primitives.Randomness;
using MathNet.Numerics.LinearAlgebra;

namespace FaceBias.Auditing;

/// <summary>Whether levels only add up, by simulated tables.</summary>
internal sealed partial class StructuredRegression
{
    /// <summary>Do levels only add up? The fit of main effects and covariates without a penalty, against tables
    /// simulated from it; and for each cell how often the largest excess of such a table, in standard errors, is as
    /// large as its own.</summary>
    private ((double, int, double) Fit, double[] ExcessP) Additive(IReadOnlyList<int> levels, double[] variances)
    {
        int[] terms = [.. Enumerable.Range(0, Names.Count).Where(
            j => !Names[j].Contains(' ', StringComparison.Ordinal))];
        var design = Design(terms);
        var rank = levels.Sum(l => l - 1) + 1 + (_cells.Count > 0 ? _cells[0].Covariates.Count : 0);
        var degrees = _cells.Count - rank;
        var none = Enumerable.Repeat(double.NaN, _cells.Count).ToArray();
        if (degrees < 1)
            return ((double.NaN, Math.Max(0, degrees), double.NaN), none);
        var additive = new Projection(design, variances).Of(_y);
        var means = _isRate ? [.. additive.Select(m => Math.Clamp(m, 0, 1))] : additive;
        var spread = _isRate ? Variances(means) : variances;
        var projection = new Projection(design, spread);
        var (observed, own) = Misfit(projection, _y, spread);
        var (above, larger) = (1, Enumerable.Repeat(1, _cells.Count).ToArray());
        for (var s = 0; s < Simulations; s++)
        {
            var random = _random.Stream("additive", s);
            var y = new double[means.Length];
            for (var i = 0; i < y.Length; i++)
                y[i] = _isRate ? Draw(ref random, means[i], _cells[i].N)
                    : means[i] + (Math.Sqrt(spread[i]) * random.NextNormal());
            var (statistic, deviations) = Misfit(projection, y, spread);
            above += statistic >= observed ? 1 : 0;
            var extreme = deviations.Max(Math.Abs);
            for (var i = 0; i < own.Length; i++)
                larger[i] += extreme >= Math.Abs(own[i]) ? 1 : 0;
        }
        return ((observed, degrees, above / (Simulations + 1.0)), [.. larger.Select(c => c / (Simulations + 1.0))]);
    }

    private static double Draw(ref SeededRandom random, double rate, double n)
    {
        var (hits, rows) = (0, (int)Math.Max(1, Math.Round(n)));
        for (var i = 0; i < rows; i++)
            hits += random.NextDouble() < rate ? 1 : 0;
        return (double)hits / rows;
    }

    private static (double Statistic, double[] Deviations) Misfit(Projection projection, double[] y, double[] variances)
    {
        var fit = projection.Of(y);
        double[] deviations = [.. y.Select((value, i) => (value - fit[i]) / Math.Sqrt(variances[i]))];
        return (deviations.Sum(d => d * d), deviations);
    }

    /// <summary>Weighted least squares on one design, for many tables.</summary>
    private sealed class Projection(Matrix<double> design, double[] variances)
    {
        private readonly Matrix<double> _left =
            design.TransposeThisAndMultiply(
                Matrix<double>.Build.DiagonalOfDiagonalArray([.. variances.Select(v => 1 / v)]));
        private MathNet.Numerics.LinearAlgebra.Factorization.Cholesky<double>? _factor;

        /// <summary>The fitted values.</summary>
        public double[] Of(double[] y)
        {
            if (_factor is null)
            {
                var normal = _left * design;
                _factor = (normal
                    + (Matrix<double>.Build.DenseIdentity(normal.RowCount)
                        * (1e-8 * normal.Diagonal().Average()))).Cholesky();
            }
            return [.. design * _factor.Solve(_left * Vector<double>.Build.Dense(y))];
        }
    }
}
