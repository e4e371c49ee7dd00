using MathNet.Numerics.Distributions;

namespace FaceBias.Auditing;

/// <summary>The scored rows of each cell by the cluster they belong to, such as the person a picture shows. Rows of a
/// cluster are alike, so that they count for less than as many rows of different clusters. The part of a cluster that
/// lies in a cell is taken as independent of its other parts, which errs on the safe side when groups are
/// compared.</summary>
internal sealed class ClusteredRows
{
    /// <summary>Of two-sided 95%.</summary>
    private const double Quantile = 0.975;

    private readonly int[] _start;
    private readonly int[] _rows;
    private readonly int[] _part;

    /// <param name="clusters">The cluster of each row of the table; a negative one stands for a cluster of its
    /// own.</param>
    /// <param name="scored">The rows with a truth and a prediction.</param>
    public ClusteredRows(int[] clusters, int[] scored, Grouping grouping)
    {
        _rows = [.. scored.OrderBy(r => grouping.Cells[r]).ThenBy(r => clusters[r])];
        _start = new int[grouping.CellCount + 1];
        _part = new int[clusters.Length];
        foreach (var row in _rows)
            _start[grouping.Cells[row] + 1]++;
        for (var cell = 0; cell < grouping.CellCount; cell++)
        {
            _start[cell + 1] += _start[cell];
            var part = -1;
            for (var i = _start[cell]; i < _start[cell + 1]; i++)
            {
                var opens = i == _start[cell] || clusters[_rows[i]] < 0 || clusters[_rows[i]] != clusters[_rows[i - 1]];
                _part[_rows[i]] = part += opens ? 1 : 0;
            }
        }
    }

    /// <summary>Clusters in a cell.</summary>
    public int Count(int cell) => _start[cell] == _start[cell + 1] ? 0 : _part[_rows[_start[cell + 1] - 1]] + 1;

    /// <summary>The rows of a cell, cluster after cluster.</summary>
    public ReadOnlySpan<int> Rows(int cell) => _rows.AsSpan(_start[cell]..(_start[cell + 1]));

    /// <summary>The number of a row's cluster within its cell.</summary>
    public int Part(int row) => _part[row];

    /// <summary>The number of independent rows that would give a rate the spread it has: its denominator over the
    /// design effect, which is the variance of the ratio estimator (linearised over clusters) over the binomial one,
    /// and at least 1 (Rao and Scott 1992), adjusted for the degrees of freedom (Korn and Graubard 1998). A rate of 0
    /// or 1 shows no spread, and its clusters are counted.</summary>
    public double Effective(int cell, Func<int, (long Numerator, long Denominator)> counts)
    {
        var clusters = Count(cell);
        double[] x = new double[clusters], d = new double[clusters];
        foreach (var row in Rows(cell))
        {
            var (numerator, denominator) = counts(row);
            x[_part[row]] += numerator;
            d[_part[row]] += denominator;
        }
        double n = d.Sum(), p = x.Sum() / n, filled = d.Count(v => v > 0), squares = 0;
        if (p is <= 0 or >= 1 || filled < 2)
            return filled;
        for (var c = 0; c < clusters; c++)
            squares += (x[c] - (p * d[c])) * (x[c] - (p * d[c]));
        var effect = filled / (filled - 1) * squares / (n * p * (1 - p));
        // Few clusters say little of their own spread: Student's quantile of as many degrees in place of that of rows.
        var known = n == filled ? 1
            : StudentT.InvCDF(0, 1, n - 1, Quantile) / StudentT.InvCDF(0, 1, filled - 1, Quantile);
        return n / Math.Max(1, effect) * known * known;
    }

    /// <summary>One value per cluster, ascending, whose mean is that of the rows' values and whose spread is that of a
    /// mean of clusters: mean + (sum of cluster - mean * its rows) * clusters / rows.</summary>
    public double[] PseudoValues(int cell, ReadOnlySpan<int> rows, ReadOnlySpan<double> values)
    {
        double[] sum = new double[Count(cell)], n = new double[sum.Length];
        var mean = Moments.Of(values).Mean;
        for (var i = 0; i < rows.Length; i++)
        {
            sum[_part[rows[i]]] += values[i];
            n[_part[rows[i]]]++;
        }
        var perRow = (double)n.Count(c => c > 0) / rows.Length;
        double[] pseudo =
            [.. Enumerable.Range(0, sum.Length).Where(c => n[c] > 0).Select(
                c => mean + ((sum[c] - (mean * n[c])) * perRow))];
        Array.Sort(pseudo);
        return pseudo;
    }
}
