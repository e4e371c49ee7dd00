using FaceBias.Primitives.Randomness;

namespace FaceBias.Core.Uncertainty.Conformal;

/// <summary>The linear programme of conditional conformal prediction over groups (Gibbs, Cherian and Candes 2023, arXiv
/// 2305.12616). For a row with the indicators phi of its groups the cutoff is phi'b with b = argmin sum_i pinball(S_i -
/// Phi_i'b) - t phi'b at t = 1 - a: that is the quantile regression of the calibration scores with one more row at phi,
/// whose score is above every other. Since rows of one membership pattern have the same Phi, the scores come in one
/// sorted list per pattern, and the programme is as small as the number of patterns.</summary>
/// <remarks>A simplex method on vertices b, each of which interpolates one score in as many patterns as the indicators
/// have rank (Barrodale and Roberts 1973): an edge is followed past all scores that it crosses until the objective no
/// longer falls. Of a row's several optimal cutoffs the smallest counts, which with one group only is the order
/// statistic ceil((n + 1)(1 - a)); t a little below 1 - a picks it. Ties among scores are broken by a small random
/// shift, without which the method could cycle; the cutoff is then computed from the scores as they were.</remarks>
internal sealed class PinballProgram
{
    private const double Tolerance = 1e-9, Below = 1e-7, Shift = 1e-9;
    private const int MostSteps = 100_000;

    private readonly double _tau;
    private readonly double[][] _indicators;
    private readonly double[][] _scores;
    private readonly double[][] _shifted;
    private readonly int[][] _before;
    private readonly int _rank;
    private readonly int[] _basis;
    private readonly int[] _at;
    private readonly int[] _place;
    private double[][] _weights = [];

    /// <param name="indicators">The groups of each pattern: 0 or 1, [pattern][group].</param>
    /// <param name="scores">The calibration scores of each pattern, ascending, at least one: [pattern][].</param>
    /// <param name="level">1 - a.</param>
    public PinballProgram(double[][] indicators, double[][] scores, double level)
    {
        (_tau, _indicators) = (level, indicators);
        var (patterns, random) = (scores.Length, new RandomSource(0).Stream("conformal ties"));
        var scale = Math.Max(1e-300, scores.Max(s => Math.Max(Math.Abs(s[0]), Math.Abs(s[^1]))));
        (_scores, _shifted, _before) = (new double[patterns][], new double[patterns][], new int[patterns][]);
        for (var p = 0; p < patterns; p++)
        {
            int[] first = [.. Enumerable.Range(0, scores[p].Length).Where(
                i => i == 0 || scores[p][i] != scores[p][i - 1])];
            _scores[p] = [.. first.Select(i => scores[p][i])];
            _before[p] = [.. first, scores[p].Length];
            _shifted[p] = [.. _scores[p].Select(s => s + (Shift * scale * random.NextDouble()))];
            Array.Sort(_shifted[p]);
        }
        _basis = Independent();
        _rank = _basis.Length;
        _place = new int[patterns];
        Array.Fill(_place, -1);
        for (var k = 0; k < _rank; k++)
            _place[_basis[k]] = k;
        _at = [.. _basis.Select(p => Array.FindIndex(_before[p], 1, c => c >= level * scores[p].Length) - 1)];
    }

    /// <summary>The cutoff of rows with these indicators; infinite where too few calibration rows share one of their
    /// groups.</summary>
    public double Cutoff(ReadOnlySpan<double> indicators)
    {
        // Anew from the indicators, so that rounding does not add up over many patterns.
        if (!Factor(indicators, out var own))
            return double.PositiveInfinity;
        for (var step = 0; step < MostSteps; step++)
        {
            var (coordinate, excess) = Worst(own);
            if (coordinate < 0)
            {
                double cutoff = 0;
                for (var k = 0; k < _rank; k++)
                    cutoff += own[k] * _scores[_basis[k]][_at[k]];
                return cutoff;
            }
            if (Follow(coordinate, excess) is not var (pattern, at))
                return double.PositiveInfinity;
            if (pattern != _basis[coordinate])
                Pivot(coordinate, pattern, own);
            _at[coordinate] = at;
        }
        throw new InvalidOperationException(
            $"The linear programme of {_scores.Length} patterns did not end within {MostSteps} steps.");
    }

    /// <summary>The value of a pattern at the current vertex.</summary>
    private double Value(int pattern)
    {
        double value = 0;
        for (var k = 0; k < _rank; k++)
            value += _weights[pattern][k] * _shifted[_basis[k]][_at[k]];
        return value;
    }

    /// <summary>The coordinate whose optimality condition fails most, with by how much: positive to move up; -1 at the
    /// optimum.</summary>
    private (int Coordinate, double Excess) Worst(double[] own)
    {
        var dual = new double[_rank];
        for (var k = 0; k < _rank; k++)
            dual[k] = (_tau - Below) * own[k];
        for (var p = 0; p < _scores.Length; p++)
        {
            if (_place[p] >= 0)
                continue;
            // The derivative of the pattern's loss: a for each score below, -(1 - a) for each above.
            var slope = _before[p][CountBelow(p, Value(p))] - (_tau * _before[p][^1]);
            for (var k = 0; k < _rank; k++)
                dual[k] -= slope * _weights[p][k];
        }
        var (worst, most) = (-1, Tolerance);
        double excess = 0;
        for (var k = 0; k < _rank; k++)
        {
            var (p, at) = (_basis[k], _at[k]);
            double low = _before[p][at] - (_tau * _before[p][^1]), high = _before[p][at + 1] - (_tau * _before[p][^1]);
            var e = dual[k] > high ? dual[k] - high : dual[k] < low ? dual[k] - low : 0;
            if (Math.Abs(e) > most)
                (worst, most, excess) = (k, Math.Abs(e), e);
        }
        return (worst, excess);
    }

    /// <summary>Moves along an edge until the objective no longer falls: the pattern and the place of the score that it
    /// ends at; null where it falls for ever.</summary>
    private (int Pattern, int At)? Follow(int coordinate, double excess)
    {
        var direction = Math.Sign(excess);
        var open = new PriorityQueue<(int Pattern, int At), double>();
        void Add(int pattern, int at, double weight, double value)
        {
            if (at >= 0 && at < _shifted[pattern].Length)
                open.Enqueue((pattern, at), (_shifted[pattern][at] - value) / weight);
        }
        var values = new double[_scores.Length];
        for (var p = 0; p < _scores.Length; p++)
        {
            if (Weight(p, coordinate) * direction is var weight && Math.Abs(weight) < Tolerance)
                continue;
            values[p] = _place[p] >= 0 ? _shifted[p][_at[_place[p]]] : Value(p);
            var below = _place[p] >= 0 ? _at[_place[p]] : CountBelow(p, values[p]);
            Add(p, weight > 0 ? below + (_place[p] >= 0 ? 1 : 0) : below - 1, weight, values[p]);
        }
        var slope = -Math.Abs(excess);
        while (open.TryDequeue(out var crossed, out _))
        {
            var (p, at) = crossed;
            var weight = Weight(p, coordinate) * direction;
            slope += Math.Abs(weight) * (_before[p][at + 1] - _before[p][at]);
            if (slope >= -Tolerance)
                return crossed;
            Add(p, at + Math.Sign(weight), weight, values[p]);
        }
        return null;
    }

    private double Weight(int pattern, int coordinate) =>
        _place[pattern] >= 0 ? _place[pattern] == coordinate ? 1 : 0 : _weights[pattern][coordinate];

    /// <summary>A pattern takes a coordinate's place in the basis.</summary>
    private void Pivot(int coordinate, int pattern, double[] own)
    {
        double[] entering = [.. _weights[pattern]];
        foreach (var row in _weights.Append(own))
        {
            var factor = row[coordinate] / entering[coordinate];
            if (factor == 0)
                continue;
            for (var k = 0; k < _rank; k++)
                row[k] = k == coordinate ? factor : row[k] - (factor * entering[k]);
        }
        (_place[_basis[coordinate]], _place[pattern]) = (-1, coordinate);
        _basis[coordinate] = pattern;
    }

    private int CountBelow(int pattern, double value)
    {
        var at = Array.BinarySearch(_shifted[pattern], value);
        return at >= 0 ? at : ~at;
    }

    /// <summary>Patterns with linearly independent indicators, as many as there can be, those of most rows
    /// first.</summary>
    private int[] Independent()
    {
        var (kept, reduced) = (new List<int>(), new List<(double[] Row, int Pivot)>());
        foreach (var p in Enumerable.Range(0, _scores.Length).OrderByDescending(p => _before[p][^1]).ThenBy(p => p))
        {
            double[] row = [.. _indicators[p]];
            foreach (var (other, pivot) in reduced)
                Subtract(row, other, row[pivot]);
            var largest = Array.IndexOf(row, row.MaxBy(Math.Abs));
            if (Math.Abs(row[largest]) < Tolerance)
                continue;
            var scale = row[largest];
            reduced.Add(([.. row.Select(v => v / scale)], largest));
            kept.Add(p);
        }
        return [.. kept];
    }

    /// <summary>Writes the indicators of every pattern, and some more, as combinations of those of the basis.</summary>
    /// <returns>Whether those given are such a combination.</returns>
    private bool Factor(ReadOnlySpan<double> indicators, out double[] own)
    {
        // Gauss and Jordan on the columns: basis' x = indicators for all right-hand sides at once.
        var (groups, sides) = (indicators.Length, _scores.Length + 1);
        var rows = new double[groups][];
        for (var g = 0; g < groups; g++)
        {
            rows[g] = new double[_rank + sides];
            for (var k = 0; k < _rank; k++)
                rows[g][k] = _indicators[_basis[k]][g];
            for (var p = 0; p < _scores.Length; p++)
                rows[g][_rank + p] = _indicators[p][g];
            rows[g][^1] = indicators[g];
        }
        for (var k = 0; k < _rank; k++)
        {
            var pivot = k;
            for (var g = k + 1; g < groups; g++)
                pivot = Math.Abs(rows[g][k]) > Math.Abs(rows[pivot][k]) ? g : pivot;
            (rows[k], rows[pivot]) = (rows[pivot], rows[k]);
            var scale = rows[k][k];
            for (var c = k; c < rows[k].Length; c++)
                rows[k][c] /= scale;
            for (var g = 0; g < groups; g++)
            {
                if (g != k)
                    Subtract(rows[g], rows[k], rows[g][k]);
            }
        }
        own = [.. Enumerable.Range(0, _rank).Select(k => rows[k][^1])];
        _weights = [.. Enumerable.Range(0, _scores.Length).Select(
            p => Enumerable.Range(0, _rank).Select(k => rows[k][_rank + p]).ToArray())];
        return rows.Skip(_rank).All(r => Math.Abs(r[^1]) < Tolerance);
    }

    private static void Subtract(double[] from, double[] row, double factor)
    {
        if (factor == 0)
            return;
        for (var i = 0; i < from.Length; i++)
            from[i] -= factor * row[i];
    }
}
