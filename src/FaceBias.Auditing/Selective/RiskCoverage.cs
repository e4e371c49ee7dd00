namespace FaceBias.Auditing.Selective;

/// <summary>Where the curve of risk over coverage begins.</summary>
internal enum CurveStart
{
    /// <summary>At the first row, the area over the coverage that is left being its mean (Geifman and El-Yaniv 2017 as
    /// torch-uncertainty computes it).</summary>
    FirstRow,

    /// <summary>At no coverage and no risk.</summary>
    Origin,
}

/// <summary>Risk over coverage of a model that abstains on the rows it is least sure of (El-Yaniv and Wiener 2010): of
/// the surest share c of the rows the mean loss. Rows of equal certainty are answered or abstained on together, so that
/// their order does not matter.</summary>
internal sealed class RiskCoverage
{
    private readonly int[] _count;
    private readonly double[] _loss;
    private readonly double[] _losses;

    /// <param name="uncertainty">Of each row, larger for less sure.</param>
    /// <param name="loss">Of each row: 0 or 1 for right or wrong, or the size of an error.</param>
    /// <exception cref="ArgumentException">There is no row, or a value is NaN.</exception>
    public RiskCoverage(ReadOnlySpan<double> uncertainty, ReadOnlySpan<double> loss)
    {
        if (uncertainty.Length == 0 || uncertainty.Length != loss.Length)
            throw new ArgumentException("A curve takes at least one row, and as many losses as uncertainties.",
                nameof(loss));
        if (uncertainty.Contains(double.NaN) || loss.Contains(double.NaN))
            throw new ArgumentException("A row without an uncertainty or a loss has no place on the curve.",
                nameof(uncertainty));
        double[] order = [.. uncertainty];
        _losses = [.. loss];
        Array.Sort(order, _losses);
        List<int> count = [];
        List<double> sums = [];
        double sum = 0;
        for (var i = 0; i < order.Length; i++)
        {
            sum += _losses[i];
            if (i + 1 < order.Length && order[i + 1] == order[i])
                continue;
            count.Add(i + 1);
            sums.Add(sum);
        }
        (_count, _loss) = ([.. count], [.. sums]);
        Uncertainty = [.. count.Select(c => order[c - 1])];
        Array.Sort(_losses);
    }

    public int Rows => _count[^1];

    /// <summary>The points of the curve: one per distinct uncertainty, ascending.</summary>
    public int Points => _count.Length;

    /// <summary>The largest uncertainty among the rows that a point answers.</summary>
    public IReadOnlyList<double> Uncertainty { get; }

    /// <summary>The share of rows that a point answers.</summary>
    public double Coverage(int point) => (double)_count[point] / Rows;

    /// <summary>The mean loss of the rows that a point answers.</summary>
    public double Risk(int point) => _loss[point] / _count[point];

    /// <summary>The last point that answers at most a share of the rows; -1 where the surest rows alone are
    /// more.</summary>
    public int At(double coverage)
    {
        var point = Points - 1;
        while (point >= 0 && _count[point] > (coverage * Rows) + 1e-9)
            point--;
        return point;
    }

    /// <summary>The area under the curve (Geifman, Uziel and El-Yaniv 2019), by trapezoids.</summary>
    public double Area(CurveStart start = CurveStart.FirstRow) => Area(_count, _loss, start, generalized: false);

    /// <summary>The area under the generalised curve, risk times coverage (Traub et al. 2024): the mean loss of silent
    /// failures, which gives a few sure rows no more weight than others.</summary>
    public double GeneralizedArea(CurveStart start = CurveStart.FirstRow) =>
        Area(_count, _loss, start, generalized: true);

    /// <summary>The area that a perfect order of the rows would have: losses ascending.</summary>
    public double OracleArea(CurveStart start = CurveStart.FirstRow)
    {
        var sums = new double[Rows];
        double sum = 0;
        for (var i = 0; i < sums.Length; i++)
            sums[i] = sum += _losses[i];
        return Area([.. Enumerable.Range(1, Rows)], sums, start, generalized: false);
    }

    /// <summary>The area beyond that of a perfect order (Geifman, Uziel and El-Yaniv 2019).</summary>
    public double ExcessArea(CurveStart start = CurveStart.FirstRow) => Area(start) - OracleArea(start);

    private static double Area(int[] count, double[] loss, CurveStart start, bool generalized)
    {
        double n = count[^1], area = 0;
        double Height(int i) => generalized ? loss[i] / n : loss[i] / count[i];
        if (start == CurveStart.Origin)
            area = Height(0) / 2 * (count[0] / n);
        for (var i = 1; i < count.Length; i++)
            area += (Height(i - 1) + Height(i)) / 2 * ((count[i] - count[i - 1]) / n);
        // One point, where all rows are equally sure, is a curve of that height.
        return start == CurveStart.Origin ? area : count.Length == 1 ? Height(0) : area / (1 - (count[0] / n));
    }
}
