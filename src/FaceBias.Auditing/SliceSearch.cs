using FaceBias.Primitives.Statistics;

namespace FaceBias.Auditing;

/// <summary>A slice as a search finds it: a level of each of some attributes, and what was seen of it.</summary>
/// <param name="Terms">The attributes in their order with the level of each.</param>
/// <param name="T">By how many standard errors its rows do worse than all others.</param>
/// <param name="Difference">Their mean loss less that of the others.</param>
/// <param name="N">Rows.</param>
internal sealed record SliceCandidate(IReadOnlyList<(AttributeData Attribute, int Level)> Terms, double T,
    double Difference, int N)
{
    public bool Holds(int row)
    {
        foreach (var (attribute, level) in Terms)
            if (attribute.Codes[row] != level)
                return false;
        return true;
    }

    public string Name() => string.Join(", ", Terms.Select(t => $"{t.Attribute.Name} {t.Attribute.Levels[t.Level]}"));
}

/// <summary>
/// The worst slice of all that some attributes make, up to a depth, exactly: rows are dealt out attribute by attribute
/// (as bottom-up cubes are made, Beyer and Ramakrishnan 1999), so that the work depends on rows and attributes and not
/// on how many levels they have, and a part is left alone where no slice within it can be worse than the worst so far
/// (the bounds of SliceLine, Sagadeeva and Boehm 2021, for the statistic used here).
/// </summary>
internal sealed class SliceSearch
{
    private const double LeastT = 2;

    private readonly IReadOnlyList<AttributeData> _attributes;
    private readonly ushort[][] _codes;
    private readonly double[] _loss;
    private readonly Moments _all;
    private readonly double _total, _squares, _largest;
    private readonly int _depth, _fewest;
    private readonly Lock _gate = new();
    private SliceCandidate? _worst;
    private double _bound = LeastT;

    private SliceSearch(IReadOnlyList<AttributeData> attributes, int[] rows, double[] loss, int depth, int fewest)
    {
        (_attributes, _loss, _depth, _fewest) = (attributes, loss, depth, fewest);
        _codes = [.. attributes.Select(a => Array.ConvertAll(rows, r => a.Codes[r]))];
        _all = Moments.Of(loss);
        (_total, _squares, _largest) = (loss.Sum(), loss.Sum(l => l * l), loss.DefaultIfEmpty(0).Max());
    }

    /// <summary>The slice with the largest T of at least 2, of equals the one of fewer terms and then the first by
    /// name; null if there is none.</summary>
    /// <param name="attributes">The attributes.</param>
    /// <param name="rows">The rows to look at.</param>
    /// <param name="loss">The loss of each, not below zero.</param>
    /// <param name="depth">Most attributes of a slice.</param>
    /// <param name="fewest">Rows that a slice and its complement need.</param>
    /// <param name="threads">Threads; 0 for one per core.</param>
    public static SliceCandidate? Worst(IReadOnlyList<AttributeData> attributes, int[] rows, double[] loss, int depth,
        int fewest, int threads = 0)
    {
        var search = new SliceSearch(attributes, rows, loss, depth, fewest);
        int[] everything = [.. Enumerable.Range(0, rows.Length)];
        // Single levels first: they set the mark that deeper slices have to pass.
        for (var a = 0; a < attributes.Count; a++)
            search.Measure(everything, a, []);
        if (depth > 1)
            Parallel.For(0, attributes.Count,
                new() { MaxDegreeOfParallelism = threads > 0 ? threads : Environment.ProcessorCount },
                a => search.Descend(everything, a, []));
        return search._worst;
    }

    /// <summary>Looks at the levels of an attribute within some rows, and then within each of them.</summary>
    private void Descend(int[] rows, int attribute, (int Attribute, int Level)[] terms)
    {
        var (n, sum) = Measure(rows, attribute, terms);
        if (terms.Length + 2 > _depth || attribute + 1 == _attributes.Count)
            return;
        var parts = new int[n.Length][];
        var filled = new int[n.Length];
        for (var level = 0; level < n.Length; level++)
            // A level that all rows have makes the same slices again.
            if (n[level] >= _fewest && n[level] < rows.Length
                && Bound(n[level], sum[level]) >= Volatile.Read(ref _bound))
                parts[level] = new int[n[level]];
        var codes = _codes[attribute];
        foreach (var row in rows)
            if (parts[codes[row]] is { } part)
                part[filled[codes[row]]++] = row;
        for (var level = 0; level < parts.Length; level++)
            if (parts[level] is { } part)
                for (var next = attribute + 1; next < _attributes.Count; next++)
                    Descend(part, next, [.. terms, (attribute, level)]);
    }

    /// <summary>Counts and losses of the levels of an attribute within some rows; what is the worst so far is
    /// kept.</summary>
    private (int[] N, double[] Sum) Measure(int[] rows, int attribute, (int Attribute, int Level)[] terms)
    {
        var codes = _codes[attribute];
        var levels = _attributes[attribute].Levels.Length;
        var (n, sum, squares) = (new int[levels], new double[levels], new double[levels]);
        foreach (var row in rows)
        {
            var (code, loss) = (codes[row], _loss[row]);
            n[code]++;
            sum[code] += loss;
            squares[code] += loss * loss;
        }
        for (var level = 0; level < levels; level++)
            if (n[level] < rows.Length || terms.Length == 0)
                Consider(n[level], sum[level], squares[level], attribute, level, terms);
        return (n, sum);
    }

    private void Consider(int n, double sum, double squares, int attribute, int level,
        (int Attribute, int Level)[] terms)
    {
        double own = n, rest = _all.Count - own;
        if (own < _fewest || rest < _fewest)
            return;
        double mean = sum / own, others = (_total - sum) / rest;
        var variance = Math.Max(0, (squares / own) - (mean * mean))
            + Math.Max(0, ((_squares - squares) / rest) - (others * others));
        // The slice's own spread may be zero where all answers are wrong; the spread of all rows stands in.
        var t = (mean - others) / Math.Sqrt((Math.Max(variance, 1e-12) + _all.Variance) / 2 * ((1 / own) + (1 / rest)));
        if (!(t >= Volatile.Read(ref _bound)))
            return;
        var candidate = new SliceCandidate(
            [.. terms.Append((attribute, level)).Select(x => (_attributes[x.Item1], x.Item2))], t, mean - others, n);
        lock (_gate)
        {
            if (_worst is not null && !IsBefore(candidate, _worst))
                return;
            _worst = candidate;
            Volatile.Write(ref _bound, t);
        }
    }

    private static bool IsBefore(SliceCandidate a, SliceCandidate b) => a.T != b.T ? a.T > b.T
        : a.Terms.Count != b.Terms.Count ? a.Terms.Count < b.Terms.Count
            : string.CompareOrdinal(a.Name(), b.Name()) < 0;

    /// <summary>No slice of at least <see cref="_fewest"/> of n rows, whose losses sum to no more than this, has a
    /// larger T. With k rows of the largest loss the statistic rises with k, and with all the loss in k rows it falls
    /// with k, so the largest value is where the two meet; the slice's own variance is at least zero.</summary>
    internal double Bound(int n, double sum)
    {
        if (_largest <= 0 || _all.Variance <= 0)
            return 0;
        var k = Math.Clamp(sum / _largest, _fewest, n);
        var mean = Math.Min(sum / k, _largest);
        var rest = _all.Count - k;
        return rest <= 0 ? double.PositiveInfinity
            : (mean - ((_total - (mean * k)) / rest)) / Math.Sqrt(_all.Variance / 2 * ((1 / k) + (1 / rest)));
    }
}
