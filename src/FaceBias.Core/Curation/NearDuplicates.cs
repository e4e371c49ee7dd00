namespace FaceBias.Core.Curation;

/// <summary>Pairs of hashes that are near each other, counted, and the clusters that they form.</summary>
/// <param name="PairsAt">Number of pairs at exactly distance 0, 1, ... <paramref name="MaxDistance"/>.</param>
/// <param name="Nearest">Per hash the distance to the nearest other one, or <see cref="None"/> where it is beyond
/// <paramref name="MaxDistance"/>.</param>
/// <param name="Cluster">Per hash the lowest index of the hashes that it is connected to by near pairs, itself
/// included.</param>
internal sealed record NearResult(int MaxDistance, long[] PairsAt, byte[] Nearest, int[] Cluster)
{
    /// <summary>The nearest distance of a hash that has no near neighbour.</summary>
    public const byte None = byte.MaxValue;

    /// <summary>Pairs at a distance of at most <paramref name="distance"/>.</summary>
    public long PairsWithin(int distance) => PairsAt.Take(distance + 1).Sum();

    /// <summary>Hashes in at least one pair at a distance of at most <paramref name="distance"/>.</summary>
    public int FlaggedWithin(int distance) => Nearest.Count(n => n <= distance && n != None);
}

/// <summary>Finds all pairs of 64-bit hashes within a Hamming distance, exactly, on all cores. Equal hashes are merged
/// first, so that a bucket of 50,000 equal ones is 1.25 billion pairs counted, not listed; <see cref="ChunkSearch"/>
/// does the rest.</summary>
internal static class NearDuplicates
{
    public const int DefaultDistance = 5;

    /// <summary>The widest distance; hashes of unrelated pictures differ in 32 bits, give or take 4.</summary>
    public const int WidestDistance = 20;

    /// <summary>Maximum number of pairs that <see cref="Pairs"/> lists of a bucket of equal hashes, or of
    /// two.</summary>
    public const int AllPairs = 10_000;

    /// <param name="maxDistance">0 to <see cref="WidestDistance"/>.</param>
    public static NearResult Find(ReadOnlySpan<ulong> hashes, int maxDistance = DefaultDistance,
        CancellationToken cancel = default, IProgress<StepProgress>? progress = null) =>
        Find(hashes, maxDistance, chunks: 0, cancel, progress);

    /// <summary>The same with a number of chunks of choice, which changes the time and not the result.</summary>
    internal static NearResult Find(ReadOnlySpan<ulong> hashes, int maxDistance, int chunks,
        CancellationToken cancel = default, IProgress<StepProgress>? progress = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxDistance);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxDistance, WidestDistance);
        var (distinct, members, starts) = Merge(hashes);
        var search = new ChunkSearch(distinct, starts, maxDistance);
        search.Run(chunks, cancel, progress);

        var nearest = new byte[hashes.Length];
        var cluster = new int[hashes.Length];
        var lowest = new int[distinct.Length];
        Array.Fill(lowest, int.MaxValue);
        for (var i = 0; i < distinct.Length; i++)
            lowest[search.Root(i)] = Math.Min(lowest[search.Root(i)], members[starts[i]]);
        for (var i = 0; i < distinct.Length; i++)
        {
            for (var m = starts[i]; m < starts[i + 1]; m++)
                (nearest[members[m]], cluster[members[m]]) = (search.Nearest[i], lowest[search.Root(i)]);
        }
        return new(maxDistance, search.PairsAt, nearest, cluster);
    }

    /// <summary>Lists near pairs, for a second look at each: the lower index first, in order.</summary>
    /// <remarks>Of equal hashes, and of two buckets of equal hashes that are near each other, all pairs are listed only
    /// as long as they are at most <see cref="AllPairs"/>; else every member is paired with the first of its bucket,
    /// and the two firsts with each other.</remarks>
    /// <param name="maxDistance">0 to <see cref="WidestDistance"/>.</param>
    public static IReadOnlyList<(int A, int B)> Pairs(ReadOnlySpan<ulong> hashes, int maxDistance,
        CancellationToken cancel = default, IProgress<StepProgress>? progress = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxDistance);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxDistance, WidestDistance);
        var (distinct, members, starts) = Merge(hashes);
        var found = new List<(int A, int B)>();
        new ChunkSearch(distinct, starts, maxDistance, found).Run(0, cancel, progress);
        var pairs = new List<(int A, int B)>(found.Count);
        void Add(int a, int b) => pairs.Add(a < b ? (a, b) : (b, a));
        for (var i = 0; i < distinct.Length; i++)
        {
            var bucket = members.AsSpan(starts[i]..starts[i + 1]);
            var all = (long)bucket.Length * (bucket.Length - 1) / 2 <= AllPairs;
            for (var b = 1; b < bucket.Length; b++)
            {
                for (var a = 0; a < (all ? b : 1); a++)
                    Add(bucket[a], bucket[b]);
            }
        }
        foreach (var (i, j) in found)
        {
            var all = (long)(starts[i + 1] - starts[i]) * (starts[j + 1] - starts[j]) <= AllPairs;
            foreach (var a in members.AsSpan(starts[i]..(all ? starts[i + 1] : starts[i] + 1)))
            {
                foreach (var b in members.AsSpan(starts[j]..(all ? starts[j + 1] : starts[j] + 1)))
                    Add(a, b);
            }
        }
        pairs.Sort();
        return pairs;
    }

    /// <summary>Distinct hashes in order; those with distinct hash i are members[starts[i]..starts[i + 1]],
    /// ascending.</summary>
    private static (ulong[] Distinct, int[] Members, int[] Starts) Merge(ReadOnlySpan<ulong> hashes)
    {
        var keys = hashes.ToArray();
        var members = new int[keys.Length];
        for (var i = 0; i < members.Length; i++)
            members[i] = i;
        Array.Sort(keys, members);
        var distinct = new List<ulong>(keys.Length);
        var starts = new List<int>(keys.Length + 1);
        for (var i = 0; i < keys.Length; i++)
        {
            if (i == 0 || keys[i] != keys[i - 1])
            {
                distinct.Add(keys[i]);
                starts.Add(i);
            }
        }
        starts.Add(keys.Length);
        for (var i = 0; i < distinct.Count; i++)
            members.AsSpan(starts[i]..starts[i + 1]).Sort();
        return ([.. distinct], members, [.. starts]);
    }
}
