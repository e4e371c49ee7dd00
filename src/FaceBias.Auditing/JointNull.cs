using FaceBias.Primitives.Randomness;

namespace FaceBias.Auditing;

/// <summary>What all printed gaps would look like together if outcomes had nothing to do with groups: the rows'
/// outcomes are shuffled over the rows' attributes, so that outcomes of several targets stay together, and attributes
/// too. Right and wrong answers are dealt out as counts (the multivariate hypergeometric distribution), errors of
/// numbers row by row.</summary>
internal sealed class JointNull
{
    private readonly IReadOnlyList<TargetRanks> _targets;
    private readonly IReadOnlyList<Grouping> _attributes;
    private readonly double[]?[] _errors;
    private readonly int[][] _levels;
    private readonly Stratum[] _strata;

    /// <param name="attributes">Groupings by one attribute each.</param>
    /// <param name="parts">The part of each row, within which rows are shuffled; a negative one stays out. Null where
    /// all rows are one.</param>
    public JointNull(IReadOnlyList<TargetRanks> targets, IReadOnlyList<Grouping> attributes, int rowCount,
        int[]? parts = null)
    {
        (_targets, _attributes) = (targets, attributes);
        _errors = [.. targets.Select(t => t.AbsoluteError is { } errors ? ByRow(errors, rowCount) : null)];
        var cell = Cells(rowCount);
        _levels = new int[rowCount == 0 ? 0 : cell.Max() + 1][];
        for (var row = 0; row < rowCount; row++)
            _levels[cell[row]] ??= [.. attributes.Select(a => a.Cells[row])];
        var small = SmallCells(rowCount);
        var nothing = (1 << targets.Count) - 1;
        int[] lacking = [.. Enumerable.Range(0, rowCount).Select(Lacking)],
            right = [.. Enumerable.Range(0, rowCount).Select(Right)];
        // Rows that lack the same targets are shuffled among each other, so that every group keeps its denominators.
        _strata = [.. Enumerable.Range(0, rowCount).Where(
            row => lacking[row] != nothing && (parts is null || parts[row] >= 0))
            .GroupBy(row => (Lacking: lacking[row], Part: parts?[row] ?? 0)).OrderBy(g => g.Key.Lacking)
            .ThenBy(g => g.Key.Part).Select(stratum =>
        {
            var rows = new int[_levels.Length];
            foreach (var row in stratum)
                rows[cell[row]]++;
            return new Stratum(
                [.. stratum.GroupBy(row => right[row]).OrderBy(g => g.Key).Select(
                    g => MakeKind(g.Key, stratum.Key.Lacking, g))],
                [.. Enumerable.Range(0, rows.Length).Where(c => rows[c] > 0).Select(c => new Cell(c, rows[c], small[c]))
                    .OrderByDescending(c => c.Small).ThenBy(c => c.Index)]);
        })];
    }

    /// <summary>Draws per shuffle.</summary>
    public long Size => _strata.Sum(s => (long)s.Kinds.Length * s.Cells.Length);

    /// <summary>Shuffles by their numbers, [shuffle][target][attribute][level]: the sums of right answers or of
    /// absolute errors.</summary>
    public IEnumerable<double[][][]> Shuffles(CounterRandom streams, int from, int to)
    {
        int[][][] pools = [.. _strata.Select(
            s => s.Kinds.Select(k => k.Errors.Length == 0 ? [] : new int[k.Rows.Length]).ToArray())];
        for (var i = from; i < to; i++)
        {
            for (var s = 0; s < _strata.Length; s++)
                for (var k = 0; k < pools[s].Length; k++)
                    _strata[s].Kinds[k].Rows.AsSpan(0, pools[s][k].Length).CopyTo(pools[s][k]);
            var random = streams.Stream(i);
            double[][][] sums = [.. _targets.Select(_ => _attributes.Select(a => new double[a.CellCount]).ToArray())];
            for (var s = 0; s < _strata.Length; s++)
                Deal(_strata[s], pools[s], ref random, sums);
            yield return sums;
        }
    }

    private void Deal(Stratum stratum, int[][] pools, ref SeededRandom random, double[][][] sums)
    {
        int[] left = [.. stratum.Kinds.Select(k => k.Count)];
        long all = left.Sum(l => (long)l);
        foreach (var cell in stratum.Cells)
        {
            long of = all, need = cell.Rows;
            for (var k = 0; k < left.Length && need > 0; k++)
            {
                var dealt = (int)CountSampling.Hypergeometric(ref random, of, left[k], need);
                of -= left[k];
                if (dealt > 0)
                    Give(stratum.Kinds[k], pools[k], stratum.Kinds[k].Count - left[k], dealt, cell, ref random, sums);
                left[k] -= dealt;
                need -= dealt;
            }
            all -= cell.Rows;
        }
    }

    /// <summary>Gives a cell some rows of one kind; small cells come first, and take them from the pool.</summary>
    private void Give(Kind kind, int[] pool, int taken, int count, Cell cell, ref SeededRandom random,
        double[][][] sums)
    {
        for (var t = 0; t < _targets.Count; t++)
        {
            if ((kind.Right >> t & 1) == 1)
                Add(sums[t], cell.Index, count);
        }
        if (kind.Errors.Length == 0)
            return;
        if (!cell.Small)
        {
            // The sum of the errors of many rows is normal.
            foreach (var (t, moments) in kind.Errors)
                Add(sums[t], cell.Index,
                    (count * moments.Mean) + (random.NextNormal() * Math.Sqrt(count * moments.Variance)));
            return;
        }
        for (var i = taken; i < taken + count; i++)
        {
            var pick = i + random.NextInt(pool.Length - i);
            (pool[i], pool[pick]) = (pool[pick], pool[i]);
        }
        foreach (var (t, _) in kind.Errors)
        {
            double sum = 0;
            for (var i = taken; i < taken + count; i++)
                sum += _errors[t]![pool[i]];
            Add(sums[t], cell.Index, sum);
        }
    }

    private void Add(double[][] sums, int cell, double value)
    {
        for (var a = 0; a < sums.Length; a++)
            sums[a][_levels[cell][a]] += value;
    }

    private Kind MakeKind(int right, int lacking, IEnumerable<int> rows)
    {
        int[] numeric = [
            .. Enumerable.Range(0, _targets.Count).Where(t => _errors[t] is not null && (lacking >> t & 1) == 0)];
        if (numeric.Length == 0)
            return new(right, rows.Count(), [], []);
        // Sorted, so that the order of the table's rows does not decide which of them a random number means.
        IOrderedEnumerable<int>? sorted = null;
        foreach (var t in numeric)
            sorted = sorted is null ? rows.OrderBy(r => _errors[t]![r]) : sorted.ThenBy(r => _errors[t]![r]);
        int[] all = [.. sorted!];
        return new(right, all.Length, all,
            [.. numeric.Select(t => (t, Moments.Of([.. all.Select(r => _errors[t]![r])]))).Select(x =>
            (x.t, x.Item2.Count < 2 ? x.Item2 with { Variance = 0 } : x.Item2))]);
    }

    /// <summary>The targets for which a row has no truth or no prediction, as bits.</summary>
    private int Lacking(int row)
    {
        var bits = 0;
        for (var t = 0; t < _targets.Count; t++)
            bits |= _targets[t].Target.HasTruth(row) && _targets[t].Target.HasPrediction(row) ? 0 : 1 << t;
        return bits;
    }

    /// <summary>The targets whose label is right in a row, as bits.</summary>
    private int Right(int row)
    {
        var bits = 0;
        for (var t = 0; t < _targets.Count; t++)
        {
            var target = _targets[t].Target;
            bits |= target.Kind == TargetKind.Categorical && target.Truth[row] >= 0
                && target.Truth[row] == target.Predicted[row] ? 1 << t : 0;
        }
        return bits;
    }

    /// <summary>Numbers the combinations of levels that occur, in the order of the levels.</summary>
    private int[] Cells(int rowCount)
    {
        var cell = new int[rowCount];
        foreach (var attribute in _attributes)
        {
            long Key(int row) => ((long)cell[row] * attribute.CellCount) + attribute.Cells[row];
            var index = Enumerable.Range(0, rowCount).Select(Key).Distinct().Order().Select((key, i) => (key, i))
                .ToDictionary(x => x.key, x => x.i);
            for (var row = 0; row < rowCount; row++)
                cell[row] = index[Key(row)];
        }
        return cell;
    }

    /// <summary>Cells whose rows count in a group too small for the normal limit.</summary>
    private bool[] SmallCells(int rowCount)
    {
        var small = new bool[_levels.Length];
        for (var a = 0; a < _attributes.Count; a++)
        {
            var rows = new int[_attributes[a].CellCount];
            foreach (var level in _attributes[a].Cells)
                rows[level]++;
            for (var c = 0; c < small.Length; c++)
                small[c] |= rowCount < GapMeasures.LimitFrom || rows[_levels[c][a]] < GapMeasures.LimitGroup;
        }
        return small;
    }

    private static double[] ByRow(RankedRows ranked, int rowCount)
    {
        var values = new double[rowCount];
        foreach (var row in ranked.Rows)
            values[row] = ranked.Value(row);
        return values;
    }

    private sealed record Stratum(Kind[] Kinds, Cell[] Cells);

    /// <summary>Rows with the same labels right, and what their errors are like; which rows they are is kept for
    /// numbers only.</summary>
    private sealed record Kind(int Right, int Count, int[] Rows, (int Target, Moments Moments)[] Errors);

    private readonly record struct Cell(int Index, int Rows, bool Small);
}
