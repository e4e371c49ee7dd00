using System.Numerics;

namespace FaceBias.Core.Curation;

/// <summary>Pairs of hashes that are near each other, counted, and the clusters that they form.</summary>
/// <param name="MaxDistance">The distance searched.</param>
/// <param name="PairsAt">Number of pairs at exactly distance 0, 1, ... <paramref name="MaxDistance"/>.</param>
/// <param name="Nearest">Per hash the distance to the nearest other one, or <see cref="None"/> where it is beyond
/// <paramref name="MaxDistance"/>.</param>
/// <param name="Cluster">Per hash the lowest index of the hashes that it is connected to by near pairs, itself included.</param>
public sealed record NearResult(int MaxDistance, long[] PairsAt, byte[] Nearest, int[] Cluster)
{
    /// <summary>The nearest distance of a hash that has no near neighbour.</summary>
    public const byte None = byte.MaxValue;

    /// <summary>Pairs at a distance of at most <paramref name="distance"/>.</summary>
    public long PairsWithin(int distance) => PairsAt.Take(distance + 1).Sum();

    /// <summary>Hashes in at least one pair at a distance of at most <paramref name="distance"/>.</summary>
    public int FlaggedWithin(int distance) => Nearest.Count(n => n <= distance && n != None);
}

/// <summary>
/// Finds all pairs of 64-bit hashes within a Hamming distance, exactly. Equal hashes are merged first, so that a bucket
/// of 50,000 equal ones is 1.25 billion pairs counted, not listed. Then by the pigeonhole principle: two hashes that
/// differ in at most d bits agree in at least one of d + 1 chunks of bits, so only hashes with an equal chunk are
/// compared, and a pair is counted at the first chunk in which it agrees.
/// </summary>
public static class NearDuplicates
{
    /// <summary>The default distance.</summary>
    public const int DefaultDistance = 5;

    private const int Bits = 64;

    /// <summary>Searches on all cores.</summary>
    /// <param name="hashes">The hashes.</param>
    /// <param name="maxDistance">0 to 20.</param>
    /// <param name="cancel">Ends the search.</param>
    public static NearResult Find(ReadOnlySpan<ulong> hashes, int maxDistance = DefaultDistance, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxDistance);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxDistance, 20);
        var (distinct, members, starts) = Merge(hashes);
        var search = new Search(distinct, starts, maxDistance);
        for (var i = 0; i < distinct.Length; i++)
            search.CountEqual(i);
        search.Run(cancel);

        var nearest = new byte[hashes.Length];
        var lowest = new int[distinct.Length];
        Array.Fill(lowest, int.MaxValue);
        for (var i = 0; i < distinct.Length; i++)
            lowest[search.Find(i)] = Math.Min(lowest[search.Find(i)], members[starts[i]]);
        var cluster = new int[hashes.Length];
        for (var i = 0; i < distinct.Length; i++)
        {
            for (var m = starts[i]; m < starts[i + 1]; m++)
                (nearest[members[m]], cluster[members[m]]) = (search.Nearest[i], lowest[search.Find(i)]);
        }
        return new(maxDistance, search.PairsAt, nearest, cluster);
    }

    /// <summary>Distinct hashes in order; those with distinct hash i are members[starts[i]..starts[i + 1]], ascending.</summary>
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

    private sealed class Search(ulong[] distinct, int[] starts, int maxDistance)
    {
        private readonly int[] _parent = [.. Enumerable.Range(0, distinct.Length)];

        public long[] PairsAt { get; } = new long[maxDistance + 1];

        public byte[] Nearest { get; } = NoNeighbours(distinct.Length);

        public void CountEqual(int i)
        {
            long count = starts[i + 1] - starts[i];
            PairsAt[0] += count * (count - 1) / 2;
            if (count > 1)
                Nearest[i] = 0;
        }

        public void Run(CancellationToken cancel)
        {
            if (maxDistance == 0)
                return;
            var chunks = Chunks();
            for (var c = 0; c < chunks.Length; c++)
            {
                var (order, bounds) = Buckets(chunks[c]);
                var earlier = chunks[..c];
                var options = new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = Environment.ProcessorCount };
                Parallel.For(0, bounds.Length - 1, options, () => new long[maxDistance + 1], (b, _, counts) =>
                {
                    Compare(order.AsSpan(bounds[b]..bounds[b + 1]), earlier, counts);
                    return counts;
                }, counts =>
                {
                    lock (PairsAt)
                    {
                        for (var d = 0; d < counts.Length; d++)
                            PairsAt[d] += counts[d];
                    }
                });
            }
        }

        public int Find(int i)
        {
            while (_parent[i] != i)
                i = _parent[i] = _parent[_parent[i]];
            return i;
        }

        /// <summary>Compares every pair of one bucket. A pair that agrees in an earlier chunk was counted there.</summary>
        private void Compare(ReadOnlySpan<int> bucket, ReadOnlySpan<ulong> earlier, long[] counts)
        {
            var hashes = new ulong[bucket.Length];
            for (var i = 0; i < hashes.Length; i++)
                hashes[i] = distinct[bucket[i]];
            for (var i = 0; i < hashes.Length; i++)
            {
                var hash = hashes[i];
                for (var j = i + 1; j < hashes.Length; j++)
                {
                    var difference = hash ^ hashes[j];
                    var distance = BitOperations.PopCount(difference);
                    if (distance <= maxDistance && !AgreesIn(earlier, difference))
                        Join(bucket[i], bucket[j], distance, counts);
                }
            }
        }

        private static bool AgreesIn(ReadOnlySpan<ulong> chunks, ulong difference)
        {
            foreach (var chunk in chunks)
            {
                if ((difference & chunk) == 0)
                    return true;
            }
            return false;
        }

        private void Join(int a, int b, int distance, long[] counts)
        {
            counts[distance] += (long)(starts[a + 1] - starts[a]) * (starts[b + 1] - starts[b]);
            lock (_parent)
            {
                Nearest[a] = Math.Min(Nearest[a], (byte)distance);
                Nearest[b] = Math.Min(Nearest[b], (byte)distance);
                var (x, y) = (Find(a), Find(b));
                _parent[Math.Max(x, y)] = Math.Min(x, y);
            }
        }

        /// <summary>Masks of maxDistance + 1 runs of bits that cover all 64.</summary>
        private ulong[] Chunks()
        {
            var chunks = new ulong[maxDistance + 1];
            for (var bit = 0; bit < Bits; bit++)
                chunks[bit * chunks.Length / Bits] |= 1UL << bit;
            return chunks;
        }

        /// <summary>The hashes by their value in a chunk: a counting sort, as chunks have few bits.</summary>
        private (int[] Order, int[] Bounds) Buckets(ulong chunk)
        {
            var shift = BitOperations.TrailingZeroCount(chunk);
            var width = BitOperations.PopCount(chunk);
            if (width > 24)
                return SortedBuckets(chunk);
            var bounds = new int[(1 << width) + 1];
            foreach (var hash in distinct)
                bounds[((hash & chunk) >> shift) + 1]++;
            for (var v = 1; v < bounds.Length; v++)
                bounds[v] += bounds[v - 1];
            var next = bounds[..^1];
            var order = new int[distinct.Length];
            for (var i = 0; i < order.Length; i++)
                order[next[(distinct[i] & chunk) >> shift]++] = i;
            return (order, bounds);
        }

        private (int[] Order, int[] Bounds) SortedBuckets(ulong chunk)
        {
            var keys = Array.ConvertAll(distinct, hash => hash & chunk);
            var order = Enumerable.Range(0, keys.Length).ToArray();
            Array.Sort(keys, order);
            var bounds = new List<int>();
            for (var i = 0; i < keys.Length; i++)
            {
                if (i == 0 || keys[i] != keys[i - 1])
                    bounds.Add(i);
            }
            bounds.Add(keys.Length);
            return (order, [.. bounds]);
        }

        private static byte[] NoNeighbours(int count)
        {
            var nearest = new byte[count];
            Array.Fill(nearest, NearResult.None);
            return nearest;
        }
    }
}
