namespace FaceBias.Core.Data;

/// <summary>Clusters of images that stay together when images are split, by column.</summary>
internal sealed class SplitUnits
{
    private readonly Func<int, string> _id;
    private readonly int[] _rows, _starts, _first;
    private readonly ulong[] _hashes;

    /// <summary>Gathers the clusters of the rows that take part.</summary>
    public SplitUnits(int count, Func<int, string> id, IReadOnlyList<bool> included, IReadOnlyList<int> clusters,
        int seed)
    {
        _id = id;
        _rows = [.. Enumerable.Range(0, count).Where(i => included[i])];
        var keys = Array.ConvertAll(_rows, i => clusters[i]);
        Array.Sort(keys, _rows);
        _starts = [.. Enumerable.Range(0, keys.Length).Where(i => i == 0 || keys[i] != keys[i - 1]), keys.Length];
        _first = new int[_starts.Length - 1];
        _hashes = new ulong[_first.Length];
        for (var unit = 0; unit < _first.Length; unit++)
        {
            var rows = Rows(unit);
            var name = id(_first[unit] = rows[0]);
            foreach (var row in rows[1..])
            {
                if (id(row) is var other && string.CompareOrdinal(other, name) < 0)
                    (_first[unit], name) = (row, other);
            }
            _hashes[unit] = Splitter.Hash(seed, name);
        }
    }

    /// <summary>Its rows, in no order.</summary>
    public ReadOnlySpan<int> Rows(int unit) => _rows.AsSpan(_starts[unit].._starts[unit + 1]);

    /// <summary>Its row with the first id by ordinal order, after which it is called.</summary>
    public int First(int unit) => _first[unit];

    /// <summary>A number from the seed and its first id.</summary>
    public ulong Hash(int unit) => _hashes[unit];

    /// <summary>All units by stratum, the largest first, then by hash.</summary>
    public int[] InOrder(Func<int, int> stratum)
    {
        int[] order = [.. Enumerable.Range(0, _first.Length)];
        Array.Sort(order, (a, b) =>
        {
            var difference = stratum(a).CompareTo(stratum(b));
            if (difference == 0)
                difference = Rows(b).Length.CompareTo(Rows(a).Length);
            if (difference == 0)
                difference = _hashes[a].CompareTo(_hashes[b]);
            return difference == 0 && a != b ? string.CompareOrdinal(_id(_first[a]), _id(_first[b])) : difference;
        });
        return order;
    }
}
