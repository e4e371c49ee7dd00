namespace FaceBias.Core.Curation;

/// <summary>Clusters that grow by joining; the lowest member stands for each.</summary>
internal sealed class DisjointSets
{
    private readonly int[] _parent;

    /// <summary>Every member on its own.</summary>
    public DisjointSets(int count)
    {
        _parent = new int[count];
        for (var i = 0; i < count; i++)
            _parent[i] = i;
    }

    /// <summary>The lowest member of a member's cluster.</summary>
    public int Root(int i)
    {
        while (_parent[i] != i)
            i = _parent[i] = _parent[_parent[i]];
        return i;
    }

    /// <summary>Makes one cluster of two.</summary>
    public void Join(int a, int b)
    {
        var (x, y) = (Root(a), Root(b));
        _parent[Math.Max(x, y)] = Math.Min(x, y);
    }
}
