using FaceBias.Primitives.Randomness;
using MathNet.Numerics.Distributions;
using MathNet.Numerics.LinearAlgebra;

namespace FaceBias.Auditing;

/// <summary>One intersection as the regression takes it.</summary>
/// <param name="Levels">The level of each attribute.</param>
/// <param name="Mean">Mean of the metric over them.</param>
/// <param name="Covariates">Means of further numbers over the rows, such as the share of a level of a control
/// attribute.</param>
internal readonly record struct StructuredCell(IReadOnlyList<int> Levels, double N, double Mean,
    IReadOnlyList<double> Covariates);

/// <summary>What the regression says about one cell.</summary>
internal readonly record struct StructuredValue(double Model, double Combined, double Low, double High, double ExcessP);

/// <summary>Structured regression for small intersections (Herlihy, Truong, Chouldechova, Dudík, FAccT 2024): the
/// metric of an intersection is the sum of what its levels (and below the highest order their pairs) and benign
/// covariates add, of which a LASSO whose cells weigh as the inverse of their variance chooses; that estimate and the
/// raw one are combined, each by what it is worth.</summary>
/// <remarks>Mean of cell a: μ_a = θ₀ + Σ θ·φ(a) + u_a, raw mean y_a = μ_a + e_a, Var e_a = v_a. Effects of levels are
/// normal with variance ω², which shrinks them together without leaving one out; the LASSO chooses which pairs and
/// covariates there are, its penalty by cross-validation over cells, and these are fitted freely. ω² and τ², the
/// variance of u, have uniform shrinkage priors (Christiansen and Morris 1997; Daniels 1999): s/(s + ω²) is uniform,
/// and so is s/4 over s/4 + τ², with s the harmonic mean of v, so that τ is as likely above as below half the standard
/// error of a typical cell. Their posterior by the residual likelihood stands on a grid; given both, a mean is normal
/// around γ y + (1 - γ) m, γ = τ²/(τ² + v), with variance γ v + (1 - γ)² Var m. Estimates are means of that mixture,
/// intervals its quantiles. The source chooses levels by the LASSO too and bootstraps residuals; the benchmark says how
/// near these estimates come and how often their intervals hold the truth.</remarks>
internal sealed partial class StructuredRegression
{
    /// <summary>Fewer cells than this say nothing about how levels add up.</summary>
    public const int FewestCells = 4;

    private const int Penalties = 25, MostFolds = 10, Simulations = 499, LevelGrid = 6, CellGrid = 12;

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

    /// <summary>The terms of the sums, all levels and what the LASSO kept of the others: "0=2" is level 2 of attribute
    /// 0, "0=2 1=1" a pair, "+3" a covariate.</summary>
    public IReadOnlyList<string> Kept { get; private set; } = [];

    public IReadOnlyList<string> Names { get; }

    /// <summary>The standard deviation of what no term says, the root of the posterior mean of τ².</summary>
    public double Tau { get; private set; }

    /// <summary>Σ (y - m)²/v of main effects and covariates alone, fitted without penalty, and how often as large a
    /// value comes about where levels only add up.</summary>
    public (double Statistic, int Degrees, double P) Fit { get; private set; }

    /// <summary>One per cell.</summary>
    public StructuredValue[] Values { get; private set; } = [];

    /// <param name="cells">Cells with at least one row.</param>
    /// <param name="levels">Number of levels of each attribute.</param>
    /// <param name="isRate">Whether means are rates, whose variance follows from them.</param>
    /// <param name="pooled">The variance of one row within its cell, pooled over cells; of rates it is not
    /// used.</param>
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
        int[] chosen = Chosen(variances);
        var posterior = Posterior(chosen, variances);
        if (_isRate)
        {
            // The variance of a rate follows the model's rate, which needs a first model.
            variances = Variances([.. Enumerable.Range(0, n).Select(i => posterior.Sum(p => p.Weight * p.Fit[i]))]);
            chosen = Chosen(variances);
            posterior = Posterior(chosen, variances);
        }
        Tau = Math.Sqrt(posterior.Sum(p => p.Weight * p.Tau2));
        if (!double.IsFinite(Tau))
            return false;
        Kept = [.. Names.Where((name, j) => IsLevel(name) || chosen.Contains(j))];
        Values = new StructuredValue[n];
        var (statistic, excess) = Additive(levels, variances);
        for (var i = 0; i < n; i++)
        {
            double share = 0, model = 0;
            var parts = new (double Weight, double Mean, double Deviation)[posterior.Length];
            for (var k = 0; k < parts.Length; k++)
            {
                var (weight, tau2, fit, leverage) = posterior[k];
                var gamma = tau2 / (tau2 + variances[i]);
                share += weight * gamma;
                model += weight * (1 - gamma) * fit[i];
                parts[k] = (weight, (gamma * _y[i]) + ((1 - gamma) * fit[i]),
                    Math.Sqrt((gamma * variances[i]) + ((1 - gamma) * (1 - gamma) * leverage[i])));
            }
            Values[i] = new(model / (1 - share), Bounded((share * _y[i]) + model),
                Bounded(Quantile(parts, (1 - confidence) / 2)), Bounded(Quantile(parts, (1 + confidence) / 2)),
                excess[i]);
        }
        Fit = statistic;
        return true;
    }

    /// <summary>Whether a term is one level of one attribute.</summary>
    private static bool IsLevel(string name) => name[0] != '+' && !name.Contains(' ', StringComparison.Ordinal);

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

    /// <summary>Which pairs and covariates the LASSO keeps.</summary>
    private int[] Chosen(double[] variances) => Names.All(IsLevel) ? []
        : [.. Lasso(variances).Where(j => !IsLevel(Names[j]))];

    /// <summary>The posterior of ω² and τ² on a grid of equal prior probability, with the fit at each.</summary>
    private (double Weight, double Tau2, double[] Fit, double[] Leverage)[] Posterior(int[] chosen, double[] variances)
    {
        int[] levels = [.. Enumerable.Range(0, Names.Count).Where(j => IsLevel(Names[j]))];
        var common = 1 / variances.Average(v => 1 / v);
        var posterior = new (double Weight, double Tau2, double[] Fit, double[] Leverage)[LevelGrid * CellGrid];
        for (var k = 0; k < posterior.Length; k++)
        {
            double tau2 = common / 4 * Odds(k % CellGrid, CellGrid), omega2 = common * Odds(k / CellGrid, LevelGrid);
            var (fit, residuals, determinant, leverage) = Gls(chosen, levels, variances, tau2, omega2);
            posterior[k] = (-0.5 * (variances.Sum(v => Math.Log(tau2 + v)) + determinant + residuals), tau2, fit,
                leverage);
        }
        var largest = posterior.Max(p => p.Weight);
        var sum = posterior.Sum(p => Math.Exp(p.Weight - largest));
        for (var k = 0; k < posterior.Length; k++)
            posterior[k].Weight = Math.Exp(posterior[k].Weight - largest) / sum;
        return posterior;

        static double Odds(int place, int places) => (places - place - 0.5) / (place + 0.5);
    }

    /// <summary>A quantile of a mixture of normal distributions, by bisection.</summary>
    private static double Quantile((double Weight, double Mean, double Deviation)[] parts, double level)
    {
        var z = Math.Abs(Normal.InvCDF(0, 1, level)) + 1e-9;
        double low = parts.Min(p => p.Mean - (z * p.Deviation)), high = parts.Max(p => p.Mean + (z * p.Deviation));
        for (var i = 0; i < 45; i++)
        {
            var middle = (low + high) / 2;
            if (parts.Sum(p => p.Weight * Normal.CDF(p.Mean, p.Deviation, middle)) < level)
                low = middle;
            else
                high = middle;
        }
        return (low + high) / 2;
    }

    /// <summary>Fitted means, Σ r²/(τ² + v) + Σ θ²/ω² over the levels, the logarithm of the determinant of the residual
    /// likelihood less Σ ln(τ² + v), and the variances of the fitted means.</summary>
    private (double[] Fit, double Residuals, double Determinant, double[] Leverage) Gls(int[] chosen, int[] levels,
        double[] variances, double tau2, double omega2)
    {
        int[] terms = [.. chosen, .. levels];
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
        // Pairs of an attribute add up to its levels: a trace of a ridge makes the sum, which is all that counts,
        // unique.
        var ridge = 1e-8 * normal.Diagonal().Average();
        for (var a = 0; a < k; a++)
            normal[a, a] += a > chosen.Length ? 1 / omega2 : ridge;
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
        for (var a = chosen.Length + 1; a < k; a++)
            residuals += theta[a] * theta[a] / omega2;
        return (fit, residuals, factor.DeterminantLn + (levels.Length * Math.Log(omega2)), leverage);
    }

    private Matrix<double> Design(int[] terms) =>
        Matrix<double>.Build.Dense(_cells.Count, terms.Length + 1, (i, j) => j == 0 ? 1 : _terms[i, terms[j - 1]]);
}
