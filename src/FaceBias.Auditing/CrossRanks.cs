namespace FaceBias.Auditing;

/// <summary>Where each row's score for one class stands among all rows, computed once per target. The AUC of a group
/// against the background is then a sum over the group's rows alone: all rows minus the group itself.</summary>
internal sealed class CrossRanks
{
    /// <summary>For a negative row twice the positives of all rows that score higher, for a positive row twice the
    /// negatives that score lower, so that ties, which count one half, are whole.</summary>
    private readonly int[] _wins;
    private readonly Func<int, bool> _isPositive;
    private readonly int _positives;
    private readonly int _negatives;

    public CrossRanks(RankedRows scores, int rowCount, Func<int, bool> isPositive)
    {
        (Scores, _isPositive) = (scores, isPositive);
        _wins = new int[rowCount];
        var order = scores.Rows;
        foreach (var row in order)
            _positives += isPositive(row) ? 1 : 0;
        _negatives = order.Length - _positives;
        int positivesBelow = 0, negativesBelow = 0;
        for (int start = 0, end; start < order.Length; start = end)
        {
            var (tiedPositives, value) = (0, scores.Value(order[start]));
            for (end = start; end < order.Length && scores.Value(order[end]) == value; end++)
                tiedPositives += isPositive(order[end]) ? 1 : 0;
            var tiedNegatives = end - start - tiedPositives;
            for (var i = start; i < end; i++)
            {
                _wins[order[i]] = isPositive(order[i]) ? (2 * negativesBelow) + tiedNegatives
                    : (2 * (_positives - positivesBelow)) - tiedPositives;
            }
            positivesBelow += tiedPositives;
            negativesBelow += tiedNegatives;
        }
    }

    public RankedRows Scores { get; }

    public bool IsPositive(int row) => _isPositive(row);

    /// <summary>The scores of the positive and of the negative ones among rows that come in ascending order.</summary>
    public (double[] Positives, double[] Negatives) Part(ReadOnlySpan<int> rows, ReadOnlySpan<double> scores)
    {
        var n = 0;
        foreach (var row in rows)
            n += _isPositive(row) ? 1 : 0;
        double[] positives = new double[n], negatives = new double[rows.Length - n];
        for (int i = 0, p = 0, q = 0; i < rows.Length; i++)
            _ = _isPositive(rows[i]) ? positives[p++] = scores[i] : negatives[q++] = scores[i];
        return (positives, negatives);
    }

    /// <summary>AUC of the background's positives against the group's negatives, or of the group's positives against
    /// the background's negatives, with the two sample sizes.</summary>
    /// <param name="rows">The group's rows.</param>
    /// <param name="ownAuc">The AUC within the group; not used where the group has one class only.</param>
    /// <param name="groupPositives">True for BNSP, false for BPSN.</param>
    public (double Auc, long Positives, long Negatives) Against(ReadOnlySpan<int> rows, double ownAuc,
        bool groupPositives)
    {
        long twice = 0, own = 0;
        foreach (var row in rows)
        {
            own += _isPositive(row) ? 1 : 0;
            if (_isPositive(row) == groupPositives)
                twice += _wins[row];
        }
        long positives = own, negatives = rows.Length - own;
        var wins = twice / 2.0;
        if (positives > 0 && negatives > 0)
            wins -= ownAuc * positives * negatives;
        (positives, negatives) = groupPositives ? (positives, _negatives - negatives)
            : (_positives - positives, negatives);
        return (wins / ((double)positives * negatives), positives, negatives);
    }
}
