namespace FaceBias.Auditing;

/// <summary>A slice as a search finds it: a level of each of some attributes, and what was seen of it.</summary>
/// <param name="Terms">The attributes in their order with the level of each.</param>
/// <param name="T">By how many standard errors its rows do worse than all others.</param>
/// <param name="Difference">Their mean loss less that of the others.</param>
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

    /// <summary>Whether this slice has all levels of another one and more.</summary>
    public bool IsPartOf(SliceCandidate other) => Terms.Count > other.Terms.Count && other.Terms.All(Terms.Contains);

    public bool IsSame(SliceCandidate other) => Terms.SequenceEqual(other.Terms);

    public string Name() => string.Join(", ", Terms.Select(t => $"{t.Attribute.Name} {t.Attribute.Levels[t.Level]}"));
}

/// <summary>The losses of some rows, summed.</summary>
internal readonly record struct LossSums(double N, double Sum, double Squares)
{
    public double Mean => Sum / N;

    public double Variance => Math.Max(0, (Squares / N) - (Mean * Mean));

    public LossSums With(double loss) => new(N + 1, Sum + loss, Squares + (loss * loss));
}

/// <summary>The worst slices of all that some attributes make, up to a depth, exactly: rows are dealt out attribute by
/// attribute (as bottom-up cubes are made, Beyer and Ramakrishnan 1999), so that the work depends on rows and
/// attributes and not on how many levels they have, and a part is left alone where no slice within it can be among the
/// worst so far (the bounds of SliceLine, Sagadeeva and Boehm 2021, for the statistic used here).</summary>
internal sealed class SliceSearch
{
    public const double LeastT = 2;

    private readonly IReadOnlyList<AttributeData> _attributes;
    private readonly ushort[][] _codes;
    private readonly double[] _loss;
    private readonly Moments _all;
    private readonly double _total, _squares, _largest;
    private readonly int _depth, _fewest, _count;
    private readonly Lock _gate = new();
    private readonly SortedSet<SliceCandidate> _worst = new(Comparer<SliceCandidate>.Create(Order));
    private double _bound = LeastT;

    private SliceSearch(IReadOnlyList<AttributeData> attributes, int[] rows, double[] loss, int depth, int fewest,
        int count)
    {
        (_attributes, _loss, _depth, _fewest, _count) = (attributes, loss, depth, fewest, count);
        _codes = [.. attributes.Select(a => Array.ConvertAll(rows, r => a.Codes[r]))];
        _all = Moments.Of(loss);
        (_total, _squares, _largest) = (loss.Sum(), loss.Sum(l => l * l), loss.DefaultIfEmpty(0).Max());
    }

    /// <summary>The slices with the largest T of at least 2, of equals those of fewer terms and then the first by
    /// name.</summary>
    /// <param name="loss">The loss of each, not below zero.</param>
    /// <param name="depth">Most attributes of a slice.</param>
    /// <param name="fewest">Rows that a slice and its complement need.</param>
    /// <param name="count">Most slices to find.</param>
    public static IReadOnlyList<SliceCandidate> Worst(IReadOnlyList<AttributeData> attributes, int[] rows,
        double[] loss, int depth, int fewest, int count, int threads = 0)
    {
        var search = new SliceSearch(attributes, rows, loss, depth, fewest, count);
        int[] everything = [.. Enumerable.Range(0, rows.Length)];
        // Single levels first: they set the mark that deeper slices have to pass.
        for (var a = 0; a < attributes.Count; a++)
            search.Measure(everything, a, []);
        if (depth > 1)
            Parallel.For(0, attributes.Count,
                new() { MaxDegreeOfParallelism = threads > 0 ? threads : Environment.ProcessorCount },
                a => search.Descend(everything, a, []));
        return [.. search._worst];
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

    /// <summary>Counts and losses of the levels of an attribute within some rows; what is among the worst so far
    /// is kept.</summary>
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
        LossSums own = new(n, sum, squares), rest = new(_all.Count - n, _total - sum, _squares - squares);
        if (own.N < _fewest || rest.N < _fewest)
            return;
        var t = T(own, rest, _all.Variance);
        if (!(t >= Volatile.Read(ref _bound)))
            return;
        var candidate = new SliceCandidate(
            [.. terms.Append((attribute, level)).Select(x => (_attributes[x.Item1], x.Item2))], t,
            own.Mean - rest.Mean, n);
        lock (_gate)
        {
            _worst.Add(candidate);
            if (_worst.Count > _count)
                _worst.Remove(_worst.Max!);
            if (_worst.Count == _count)
                Volatile.Write(ref _bound, _worst.Max!.T);
        }
    }

    /// <summary>By how many standard errors rows do worse than others. The slice's own spread may be zero where all
    /// answers are wrong; half of the spread of all rows stands in.</summary>
    public static double T(LossSums own, LossSums rest, double variance) => (own.Mean - rest.Mean)
        / Math.Sqrt((Math.Max(own.Variance + rest.Variance, 1e-12) + variance) / 2 * ((1 / own.N) + (1 / rest.N)));

    private static int Order(SliceCandidate a, SliceCandidate b) => a.T != b.T ? b.T.CompareTo(a.T)
        : a.Terms.Count != b.Terms.Count ? a.Terms.Count - b.Terms.Count
            : string.CompareOrdinal(a.Name(), b.Name());

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
