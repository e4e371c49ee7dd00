using FaceBias.Primitives.Randomness;
using FaceBias.Primitives.Statistics;
using MathNet.Numerics.Distributions;
using MathNet.Numerics.LinearAlgebra;

namespace FaceBias.Auditing;

/// <summary>One intersection as the regression takes it.</summary>
/// <param name="Levels">The level of each attribute.</param>
/// <param name="N">Independent rows.</param>
/// <param name="Mean">Mean of the metric over them.</param>
/// <param name="Covariates">Means of further numbers over the rows, such as the share of a level of a control
/// attribute.</param>
internal readonly record struct StructuredCell(IReadOnlyList<int> Levels, double N, double Mean,
    IReadOnlyList<double> Covariates);

/// <summary>What the regression says about one cell.</summary>
internal readonly record struct StructuredValue(double Model, double Combined, double Low, double High, double ExcessP);

/// <summary>
/// Structured regression for small intersections (Herlihy, Truong, Chouldechova, Dudík, FAccT 2024): the metric of an
/// intersection is the sum of what its levels (and below the highest order their pairs) and benign covariates add, by a
/// LASSO whose cells weigh as the inverse of their variance; that estimate and the raw one are combined, each by what
/// it is worth.
/// </summary>
/// <remarks>
/// Mean of cell a: μ_a = θ₀ + θ·φ(a) + u_a, raw mean y_a = μ_a + e_a, Var e_a = v_a. The LASSO chooses which θ there
/// are, its penalty by cross-validation over cells; they are then fitted by generalised least squares. τ², the variance
/// of u, is where τ² times the residual likelihood is largest (Li and Lahiri 2010), which is never zero, so that an
/// interval is not too short where the data happen to be additive. Combined: γ y + (1 - γ) m, γ = τ²/(τ² + v), with the
/// mean squared error of Prasad and Rao (1990), g₁ + g₂ + 2 g₃. The source bootstraps residuals instead; this has
/// closed forms, and the benchmark says how often its intervals hold the truth.
/// </remarks>
internal sealed class StructuredRegression
{
    /// <summary>Fewer cells than this say nothing about how levels add up.</summary>
    public const int FewestCells = 4;

    private const int Penalties = 25, MostFolds = 10, Simulations = 499;

    private readonly IReadOnlyList<StructuredCell> _cells;
    private readonly bool _isRate;
    private readonly double _pooled;
    private readonly double[] _y;
    private readonly double[,] _terms;
    private readonly RandomSource _random;

    private StructuredRegression(IReadOnlyList<StructuredCell> cells, IReadOnlyList<int> levels, bool isRate,
        double pooled, long seed)
    {
        (_cells, _isRate, _pooled, _random) = (cells, isRate, pooled, new RandomSource(seed));
        _y = [.. cells.Select(c => c.Mean)];
        (_terms, Names) = Terms(cells, levels);
    }

    /// <summary>The terms that the LASSO kept: "0=2" is level 2 of attribute 0, "0=2 1=1" a pair, "+3" a
    /// covariate.</summary>
    public IReadOnlyList<string> Kept { get; private set; } = [];

    /// <summary>All terms.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The standard deviation of what no term says.</summary>
    public double Tau { get; private set; }

    /// <summary>Σ (y - m)²/v of main effects and covariates alone, fitted without penalty, and how often as large a
    /// value comes about where levels only add up.</summary>
    public (double Statistic, int Degrees, double P) Fit { get; private set; }

    /// <summary>One per cell.</summary>
    public StructuredValue[] Values { get; private set; } = [];

    /// <summary>Fits.</summary>
    /// <param name="cells">Cells with at least one row.</param>
    /// <param name="levels">Number of levels of each attribute.</param>
    /// <param name="isRate">Whether means are rates, whose variance follows from them.</param>
    /// <param name="pooled">The variance of one row within its cell, pooled over cells; of rates it is not
    /// used.</param>
    /// <param name="confidence">Of the intervals.</param>
    /// <param name="seed">Of folds and simulations.</param>
    /// <returns>Null where there are too few cells, or they do not differ.</returns>
    public static StructuredRegression? Of(
        IReadOnlyList<StructuredCell> cells, IReadOnlyList<int> levels, bool isRate, double pooled, double confidence,
        long seed)
    {
        if (cells.Count < FewestCells || cells.All(c => c.Mean == cells[0].Mean) || (!isRate && !(pooled > 0)))
            return null;
        var regression = new StructuredRegression(cells, levels, isRate, pooled, seed);
        return regression.Run(levels, confidence) ? regression : null;
    }

    private bool Run(IReadOnlyList<int> levels, double confidence)
    {
        var n = _cells.Count;
        var variances = Variances(Enumerable.Repeat(Pooled(), n).ToArray());
        int[] chosen = Lasso(variances);
        // The variance of a rate follows the model's rate, which needs a first model.
        var (fit, _, tau) = Mixed(chosen, variances);
        if (_isRate)
        {
            variances = Variances(fit);
            chosen = Lasso(variances);
        }
        (fit, var leverage, tau) = Mixed(chosen, variances);
        if (fit.Any(f => !double.IsFinite(f)))
            return false;
        (Tau, Kept) = (Math.Sqrt(tau), [.. chosen.Select(c => Names[c])]);
        var information = variances.Sum(v => 1 / ((tau + v) * (tau + v)));
        var degrees = Math.Max(2, n - chosen.Length - 1);
        var z = StudentT.InvCDF(0, 1, degrees, (1 + confidence) / 2);
        Values = new StructuredValue[n];
        var (statistic, excess) = Additive(levels, variances);
        for (var i = 0; i < n; i++)
        {
            var v = variances[i];
            var gamma = tau / (tau + v);
            var (g1, g2, g3) = (gamma * v, (1 - gamma) * (1 - gamma) * leverage[i],
                v * v / Math.Pow(tau + v, 3) * 2 / information);
            var half = z * Math.Sqrt(g1 + g2 + (2 * g3));
            var combined = (gamma * _y[i]) + ((1 - gamma) * fit[i]);
            Values[i] = new(fit[i], Bounded(combined), Bounded(combined - half), Bounded(combined + half), excess[i]);
        }
        Fit = statistic;
        return true;
    }

    private double Bounded(double value) => _isRate ? Math.Clamp(value, 0, 1) : value;

    private double Pooled() => _cells.Sum(c => c.N * c.Mean) / _cells.Sum(c => c.N);

    /// <summary>The variance of each cell's raw mean. Rates are kept away from 0 and 1 by half a row in all.</summary>
    private double[] Variances(double[] means)
    {
        if (!_isRate)
            return [.. _cells.Select(c => _pooled / c.N)];
        var edge = 0.5 / _cells.Sum(c => c.N);
        return [.. _cells.Select((c, i) => Math.Clamp(means[i], edge, 1 - edge) is var p ? p * (1 - p) / c.N : 0)];
    }

    /// <summary>Levels of each attribute, pairs of levels where they are below the highest order, then
    /// covariates.</summary>
    private static (double[,] Terms, string[] Names) Terms(IReadOnlyList<StructuredCell> cells,
        IReadOnlyList<int> levels)
    {
        var columns = new List<(string Name, Func<StructuredCell, double> Of)>();
        for (var a = 0; a < levels.Count; a++)
            for (var l = 0; l < levels[a]; l++)
            {
                var (attribute, level) = (a, l);
                columns.Add(($"{a}={l}", c => c.Levels[attribute] == level ? 1 : 0));
            }
        if (levels.Count > 2)
            for (var a = 0; a < levels.Count; a++)
                for (var b = a + 1; b < levels.Count; b++)
                    for (var cell = 0; cell < levels[a] * levels[b]; cell++)
                    {
                        var (first, second, i, j) = (a, b, cell / levels[b], cell % levels[b]);
                        columns.Add(($"{a}={i} {b}={j}", c => c.Levels[first] == i && c.Levels[second] == j ? 1 : 0));
                    }
        for (var k = 0; k < cells[0].Covariates.Count; k++)
        {
            var covariate = k;
            columns.Add(($"+{k}", c => c.Covariates[covariate]));
        }
        var terms = new double[cells.Count, columns.Count];
        for (var i = 0; i < cells.Count; i++)
            for (var j = 0; j < columns.Count; j++)
                terms[i, j] = columns[j].Of(cells[i]);
        return (terms, [.. columns.Select(c => c.Name)]);
    }

    /// <summary>The terms that a LASSO of weighted cells keeps at the penalty that predicts left-out cells
    /// best.</summary>
    private int[] Lasso(double[] variances)
    {
        var n = _cells.Count;
        var keys = Enumerable.Range(0, n).Select(i => _random.Stream("folds", i).NextUInt64()).ToArray();
        var folds = new int[n];
        foreach (var (cell, place) in Enumerable.Range(0, n).OrderBy(i => keys[i]).Select((c, p) => (c, p)))
            folds[cell] = place % Math.Min(MostFolds, n);
        var all = new WeightedLasso(_terms, _y, variances, _ => true);
        var largest = all.LargestPenalty;
        double[] penalties =
            [.. Enumerable.Range(0, Penalties).Select(i => largest * Math.Pow(1e-3, i / (Penalties - 1.0)))];
        var errors = new double[Penalties];
        for (var fold = 0; fold <= folds.Max(); fold++)
        {
            var without = new WeightedLasso(_terms, _y, variances, i => folds[i] != fold);
            for (var p = 0; p < Penalties; p++)
            {
                without.Fit(penalties[p]);
                for (var i = 0; i < n; i++)
                    if (folds[i] == fold)
                        errors[p] += Math.Pow(_y[i] - without.Predict(i), 2) / variances[i];
            }
        }
        var best = Array.IndexOf(errors, errors.Min());
        int[] active = [];
        for (var p = 0; p <= best; p++)
        {
            all.Fit(penalties[p]);
            // Terms that are half as many as cells would describe the cells one by one.
            if (all.Active.Length > n / 2)
                break;
            active = all.Active;
        }
        return active;
    }

    /// <summary>Generalised least squares on some terms, with τ².</summary>
    /// <returns>The fitted means, the variance of each, and τ².</returns>
    private (double[] Fit, double[] Leverage, double Tau2) Mixed(int[] terms, double[] variances)
    {
        double Objective(double tau2)
        {
            var (_, residuals, determinant, _) = Gls(terms, variances, tau2);
            return Math.Log(tau2) - (0.5 * (variances.Sum(v => Math.Log(tau2 + v)) + determinant + residuals));
        }
        var scale = variances.Average();
        // Golden section on the logarithm, from a thousandth to a thousand times the mean variance of a raw mean.
        double low = Math.Log(scale * 1e-4), high = Math.Log(scale * 1e3), ratio = (Math.Sqrt(5) - 1) / 2;
        double left = high - (ratio * (high - low)), right = low + (ratio * (high - low));
        double atLeft = Objective(Math.Exp(left)), atRight = Objective(Math.Exp(right));
        for (var i = 0; i < 40; i++)
        {
            if (atLeft > atRight)
            {
                (high, right, atRight) = (right, left, atLeft);
                atLeft = Objective(Math.Exp(left = high - (ratio * (high - low))));
            }
            else
            {
                (low, left, atLeft) = (left, right, atRight);
                atRight = Objective(Math.Exp(right = low + (ratio * (high - low))));
            }
        }
        var tau2 = Math.Exp((low + high) / 2);
        var (fit, _, _, leverage) = Gls(terms, variances, tau2);
        return (fit, leverage, tau2);
    }

    /// <summary>Fitted means, Σ r²/(τ² + v), ln det X'V⁻¹X, and the variances of the fitted means.</summary>
    private (double[] Fit, double Residuals, double Determinant, double[] Leverage) Gls(int[] terms, double[] variances,
        double tau2)
    {
        var (n, k) = (_cells.Count, terms.Length + 1);
        double X(int i, int j) => j == 0 ? 1 : _terms[i, terms[j - 1]];
        var normal = Matrix<double>.Build.Dense(k, k);
        var right = Vector<double>.Build.Dense(k);
        for (var i = 0; i < n; i++)
        {
            var w = 1 / (tau2 + variances[i]);
            for (var a = 0; a < k; a++)
            {
                right[a] += w * X(i, a) * _y[i];
                for (var b = 0; b < k; b++)
                    normal[a, b] += w * X(i, a) * X(i, b);
            }
        }
        // All levels of an attribute add up to the constant: a trace of a ridge makes the sum, which is all that
        // counts, unique.
        var ridge = 1e-8 * normal.Diagonal().Average();
        for (var a = 0; a < k; a++)
            normal[a, a] += ridge;
        var factor = normal.Cholesky();
        var theta = factor.Solve(right);
        var inverse = factor.Solve(Matrix<double>.Build.DenseIdentity(k));
        var (fit, leverage, residuals) = (new double[n], new double[n], 0.0);
        for (var i = 0; i < n; i++)
        {
            for (var a = 0; a < k; a++)
            {
                fit[i] += theta[a] * X(i, a);
                for (var b = 0; b < k; b++)
                    leverage[i] += X(i, a) * inverse[a, b] * X(i, b);
            }
            residuals += (_y[i] - fit[i]) * (_y[i] - fit[i]) / (tau2 + variances[i]);
        }
        return (fit, residuals, factor.DeterminantLn, leverage);
    }

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

    private Matrix<double> Design(int[] terms) =>
        Matrix<double>.Build.Dense(_cells.Count, terms.Length + 1, (i, j) => j == 0 ? 1 : _terms[i, terms[j - 1]]);

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
