namespace FaceBias.Auditing;

/// <summary>Least squares with an L1 penalty, each cell weighed by the inverse of its variance: min Σ (y - θ₀ - xθ)²/(2
/// v) + λ Σ |θ_j| s_j, by coordinate descent (Friedman, Hastie, Tibshirani 2010). s_j is the weighted deviation of a
/// term, so that rare levels are not favoured; the constant is not penalised. Each fit starts where the one before
/// ended.</summary>
internal sealed class WeightedLasso
{
    private const int MostRounds = 200;

    private readonly double[][] _x;
    private readonly double[] _y, _w, _theta, _scale, _square;
    private readonly double[] _residual;
    private double _constant;

    /// <summary>Prepares a fit.</summary>
    /// <param name="terms">[cells, terms].</param>
    /// <param name="y">One value per cell.</param>
    public WeightedLasso(double[,] terms, double[] y, double[] variances, Func<int, bool> takesPart)
    {
        var (n, k) = (y.Length, terms.GetLength(1));
        _y = y;
        _w = [.. variances.Select((v, i) => takesPart(i) ? 1 / v : 0)];
        var total = _w.Sum();
        for (var i = 0; i < n; i++)
            _w[i] /= total;
        _constant = Weighted(y);
        (_x, _theta, _scale, _square) = (new double[k][], new double[k], new double[k], new double[k]);
        for (var j = 0; j < k; j++)
        {
            _x[j] = [.. Enumerable.Range(0, n).Select(i => terms[i, j])];
            var mean = Weighted(_x[j]);
            var column = _x[j];
            _scale[j] = Math.Sqrt(Enumerable.Range(0, n).Sum(i => _w[i] * (column[i] - mean) * (column[i] - mean)));
            _square[j] = Enumerable.Range(0, n).Sum(i => _w[i] * column[i] * column[i]);
        }
        _residual = [.. y.Select(v => v - _constant)];
    }

    /// <summary>From this penalty on nothing is kept.</summary>
    public double LargestPenalty =>
        Math.Max(1e-12, Enumerable.Range(0, _x.Length).Where(j => _scale[j] > 1e-9)
            .Select(j => Math.Abs(Slope(j)) / _scale[j]).DefaultIfEmpty(0).Max());

    /// <summary>The terms that are not zero.</summary>
    public int[] Active => [.. Enumerable.Range(0, _theta.Length).Where(j => _theta[j] != 0)];

    public void Fit(double penalty)
    {
        for (var round = 0; round < MostRounds; round++)
        {
            var largest = Move(Weighted(_residual));
            for (var j = 0; j < _theta.Length; j++)
            {
                if (_scale[j] <= 1e-9)
                    continue;
                var pull = Slope(j) + (_square[j] * _theta[j]);
                var next = Math.Sign(pull) * Math.Max(0, Math.Abs(pull) - (penalty * _scale[j])) / _square[j];
                if (next == _theta[j])
                    continue;
                var change = next - _theta[j];
                for (var i = 0; i < _residual.Length; i++)
                    _residual[i] -= change * _x[j][i];
                _theta[j] = next;
                largest = Math.Max(largest, Math.Abs(change) * _scale[j]);
            }
            if (largest < 1e-7)
                break;
        }
    }

    /// <summary>What the fit says of a cell, whether it took part or not.</summary>
    public double Predict(int cell) => _y[cell] - _residual[cell];

    private double Move(double change)
    {
        _constant += change;
        for (var i = 0; i < _residual.Length; i++)
            _residual[i] -= change;
        return Math.Abs(change);
    }

    private double Slope(int j) => Enumerable.Range(0, _y.Length).Sum(i => _w[i] * _x[j][i] * _residual[i]);

    private double Weighted(double[] values) => Enumerable.Range(0, values.Length).Sum(i => _w[i] * values[i]);
}
