namespace FaceBias.Core.Auditing;

/// <summary>
/// Where each row's score for one class stands among all rows, computed once per target. The AUC of a group against the
/// background is then a sum over the group's rows alone: all rows minus the group itself.
/// </summary>
internal sealed class CrossRanks
{
    /// <summary>For a negative row the positives of all rows that score higher, for a positive row the negatives that
    /// score lower; ties one half.</summary>
    private readonly double[] _wins;
    private readonly bool[] _positive;
    private readonly long _positives;
    private readonly long _negatives;

    public CrossRanks(RankedRows scores, int rowCount, Func<int, bool> isPositive)
    {
        Scores = scores;
        _wins = new double[rowCount];
        _positive = new bool[rowCount];
        var (order, values) = (scores.Rows, scores.Values);
        foreach (var row in order)
        {
            _positive[row] = isPositive(row);
            _positives += _positive[row] ? 1 : 0;
        }
        _negatives = order.Length - _positives;
        long positivesBelow = 0, negativesBelow = 0;
        for (int start = 0, end; start < order.Length; start = end)
        {
            long tiedPositives = 0;
            for (end = start; end < order.Length && values[end] == values[start]; end++)
                tiedPositives += _positive[order[end]] ? 1 : 0;
            var tiedNegatives = end - start - tiedPositives;
            for (var i = start; i < end; i++)
            {
                _wins[order[i]] = _positive[order[i]] ? negativesBelow + (tiedNegatives / 2.0)
                    : _positives - positivesBelow - tiedPositives + (tiedPositives / 2.0);
            }
            positivesBelow += tiedPositives;
            negativesBelow += tiedNegatives;
        }
    }

    /// <summary>All scored rows by their score.</summary>
    public RankedRows Scores { get; }

    public bool IsPositive(int row) => _positive[row];

    /// <summary>The scores of the positive and of the negative ones among rows that come in ascending order.</summary>
    public (double[] Positives, double[] Negatives) Part(ReadOnlySpan<int> rows, ReadOnlySpan<double> scores)
    {
        var n = 0;
        foreach (var row in rows)
            n += _positive[row] ? 1 : 0;
        double[] positives = new double[n], negatives = new double[rows.Length - n];
        for (int i = 0, p = 0, q = 0; i < rows.Length; i++)
            _ = _positive[rows[i]] ? positives[p++] = scores[i] : negatives[q++] = scores[i];
        return (positives, negatives);
    }

    /// <summary>AUC of the background's positives against the group's negatives, or of the group's positives against the
    /// background's negatives, with the two sample sizes.</summary>
    /// <param name="rows">The group's rows.</param>
    /// <param name="ownAuc">The AUC within the group; not used where the group has one class only.</param>
    /// <param name="groupPositives">True for BNSP, false for BPSN.</param>
    public (double Auc, long Positives, long Negatives) Against(ReadOnlySpan<int> rows, double ownAuc, bool groupPositives)
    {
        double wins = 0;
        long own = 0;
        foreach (var row in rows)
        {
            own += _positive[row] ? 1 : 0;
            if (_positive[row] == groupPositives)
                wins += _wins[row];
        }
        long positives = own, negatives = rows.Length - own;
        if (positives > 0 && negatives > 0)
            wins -= ownAuc * positives * negatives;
        (positives, negatives) = groupPositives ? (positives, _negatives - negatives) : (_positives - positives, negatives);
        return (wins / ((double)positives * negatives), positives, negatives);
    }
}
