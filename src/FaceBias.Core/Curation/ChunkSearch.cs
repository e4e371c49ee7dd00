using System.Numerics;

namespace FaceBias.Core.Curation;

/// <summary>Near pairs among distinct 64-bit hashes by the pigeonhole principle. The bits are cut into chunks with
/// radii whose sum, each plus one, is the distance plus one: two hashes within the distance are then within the radius
/// in at least one chunk. So for each chunk the hashes are sorted into buckets by its value, and only buckets whose
/// values differ in at most the radius are compared. A pair is counted at the first chunk in which it is within the
/// radius.</summary>
internal sealed class ChunkSearch
{
    private const int Bits = 64, WidestChunk = 22;

    private readonly ulong[] _distinct;
    private readonly int[] _starts;
    private readonly int _maxDistance;
    private readonly DisjointSets _clusters;

    private readonly List<(int A, int B)>? _found;

    /// <summary>Prepares a search; hash i stands for starts[i + 1] - starts[i] equal ones. Near pairs of distinct
    /// hashes are added to <paramref name="found"/>, in no fixed order, if it is given.</summary>
    public ChunkSearch(ulong[] distinct, int[] starts, int maxDistance, List<(int A, int B)>? found = null)
    {
        (_distinct, _starts, _maxDistance, _found) = (distinct, starts, maxDistance, found);
        PairsAt = new long[maxDistance + 1];
        Nearest = new byte[distinct.Length];
        _clusters = new(distinct.Length);
        for (var i = 0; i < distinct.Length; i++)
        {
            long count = starts[i + 1] - starts[i];
            PairsAt[0] += count * (count - 1) / 2;
            Nearest[i] = count > 1 ? (byte)0 : NearResult.None;
        }
    }

    /// <summary>Number of pairs at each distance, of all hashes.</summary>
    public long[] PairsAt { get; }

    /// <summary>Per distinct hash the distance to the nearest other.</summary>
    public byte[] Nearest { get; }

    /// <summary>The hash that stands for the cluster of a hash.</summary>
    public int Root(int i) => _clusters.Root(i);

    /// <summary>Searches with a number of chunks, or 0 for the cheapest.</summary>
    public void Run(int count, CancellationToken cancel, IProgress<StepProgress>? progress = null)
    {
        if (_maxDistance == 0)
            return;
        var chunks = Chunk.Cut(count > 0 ? count : Cheapest(_distinct.Length, _maxDistance), _maxDistance);
        var options = new ParallelOptions { CancellationToken = cancel,
            MaxDegreeOfParallelism = Environment.ProcessorCount };
        for (var c = 0; c < chunks.Length; c++)
        {
            var earlier = chunks[..c];
            var buckets = new Buckets(_distinct, chunks[c]);
            var flips = chunks[c].Flips();
            // A few hundred values at a time keep the cost of handing out work small.
            var blocks = (buckets.Count + 255) / 256;
            var (done, chunk) = (0L, c);
            Parallel.For(0, blocks, options, () => new long[_maxDistance + 1], (block, _, pairs) =>
            {
                for (var v = block * 256; v < Math.Min(buckets.Count, (block + 1) * 256); v++)
                    Compare(buckets, v, flips, earlier, pairs);
                if (Interlocked.Increment(ref done) is var now && now % 64 == 0)
                    progress?.Report(new("near duplicates", chunk * (long)blocks + now, chunks.Length * (long)blocks,
                        "blocks of hashes"));
                return pairs;
            }, pairs =>
            {
                lock (PairsAt)
                {
                    for (var d = 0; d < pairs.Length; d++)
                        PairsAt[d] += pairs[d];
                }
            });
        }
    }

    /// <summary>Compares the bucket of a value with itself and with the buckets of higher values within the
    /// radius.</summary>
    private void Compare(Buckets buckets, int value, int[] flips, Chunk[] earlier, long[] pairs)
    {
        int from = buckets.Bounds[value], to = buckets.Bounds[value + 1];
        if (from == to)
            return;
        for (var i = from; i < to; i++)
            Compare(buckets, i, i + 1, to, earlier, pairs);
        foreach (var flip in flips)
        {
            var other = value ^ flip;
            if (other <= value)
                continue;
            int otherFrom = buckets.Bounds[other], otherTo = buckets.Bounds[other + 1];
            if (otherFrom == otherTo)
                continue;
            for (var i = from; i < to; i++)
                Compare(buckets, i, otherFrom, otherTo, earlier, pairs);
        }
    }

    private void Compare(Buckets buckets, int i, int from, int to, Chunk[] earlier, long[] pairs)
    {
        var hash = buckets.Hashes[i];
        var others = buckets.Hashes.AsSpan(from, to - from);
        for (var j = 0; j < others.Length; j++)
        {
            var difference = hash ^ others[j];
            var distance = BitOperations.PopCount(difference);
            if (distance <= _maxDistance && !WithinEarlier(earlier, difference))
                Join(buckets.Order[i], buckets.Order[from + j], distance, pairs);
        }
    }

    private static bool WithinEarlier(Chunk[] earlier, ulong difference)
    {
        foreach (var chunk in earlier)
        {
            if (BitOperations.PopCount(difference & chunk.Mask) <= chunk.Radius)
                return true;
        }
        return false;
    }

    private void Join(int a, int b, int distance, long[] pairs)
    {
        pairs[distance] += (long)(_starts[a + 1] - _starts[a]) * (_starts[b + 1] - _starts[b]);
        lock (_clusters)
        {
            Nearest[a] = Math.Min(Nearest[a], (byte)distance);
            Nearest[b] = Math.Min(Nearest[b], (byte)distance);
            _clusters.Join(a, b);
            _found?.Add((a, b));
        }
    }

    /// <summary>The number of chunks that costs least for hashes spread evenly, in units of one comparison: many narrow
    /// chunks mean full buckets, few wide ones many buckets to visit.</summary>
    internal static int Cheapest(int hashes, int maxDistance)
    {
        const double Visit = 8, Bucket = 2;
        var least = (Bits + WidestChunk - 1) / WidestChunk;
        return Enumerable.Range(least, maxDistance + 1 < least ? 1 : maxDistance + 2 - least)
            .MinBy(count => Chunk.Cut(count, maxDistance).Sum(chunk =>
        {
            var (values, near) = (Math.Pow(2, chunk.Width), chunk.Flips().Length + 1.0);
            return values * Bucket + Math.Min(hashes, values) * near * Visit + 0.5 * hashes * hashes * near / values;
        }));
    }

    /// <summary>A run of bits and how far hashes may differ in it; -1 is not at all to be searched.</summary>
    internal readonly record struct Chunk(int Shift, int Width, int Radius)
    {
        public ulong Mask => ((1UL << Width) - 1) << Shift;

        /// <summary>Cuts 64 bits into chunks with radii that add up, wider radii first.</summary>
        public static Chunk[] Cut(int count, int maxDistance)
        {
            var chunks = new Chunk[count];
            for (var c = 0; c < count; c++)
            {
                var (from, to) = (c * Bits / count, (c + 1) * Bits / count);
                chunks[c] = new(from, to - from, (maxDistance + 1 + count - 1 - c) / count - 1);
            }
            // With more chunks than distance plus one, the first ones suffice.
            return [.. chunks.Where(c => c.Radius >= 0)];
        }

        /// <summary>Every change of 1 to <see cref="Radius"/> bits.</summary>
        public int[] Flips()
        {
            var flips = new List<int>();
            var (width, radius) = (Width, Radius);
            Add(0, 0, 0);
            return [.. flips];

            void Add(int flip, int bit, int set)
            {
                if (set > 0)
                    flips.Add(flip);
                for (; set < radius && bit < width; bit++)
                    Add(flip | 1 << bit, bit + 1, set + 1);
            }
        }
    }

    /// <summary>The hashes sorted by their value in a chunk, by counting.</summary>
    private sealed class Buckets
    {
        public Buckets(ulong[] hashes, Chunk chunk)
        {
            Bounds = new int[(1 << chunk.Width) + 1];
            foreach (var hash in hashes)
                Bounds[(int)((hash & chunk.Mask) >> chunk.Shift) + 1]++;
            for (var v = 1; v < Bounds.Length; v++)
                Bounds[v] += Bounds[v - 1];
            var next = Bounds[..^1];
            (Order, Hashes) = (new int[hashes.Length], new ulong[hashes.Length]);
            for (var i = 0; i < hashes.Length; i++)
            {
                var at = next[(int)((hashes[i] & chunk.Mask) >> chunk.Shift)]++;
                (Order[at], Hashes[at]) = (i, hashes[i]);
            }
        }

        public int[] Bounds { get; }
        public int[] Order { get; }
        public ulong[] Hashes { get; }
        public int Count => Bounds.Length - 1;
    }
}
