using System.Numerics;
using FaceBias.Core.Curation;
using FsCheck;
using FsCheck.Fluent;

namespace FaceBias.Core.Tests.Curation;

public class NearDuplicatesTests
{
    /// <summary>Hashes of which many are near each other: a few centres, a few flipped bits, some repeated.</summary>
    private static ulong[] Hashes(int count, int seed)
    {
        var random = new Random(seed);
        var hashes = new ulong[count];
        for (var i = 0; i < count; i++)
        {
            hashes[i] = i == 0 || random.Next(3) == 0 ? (ulong)random.NextInt64() * 2 + (ulong)random.Next(2)
                : hashes[random.Next(i)];
            for (var flips = random.Next(5); flips > 0; flips--)
                hashes[i] ^= 1UL << random.Next(64);
        }
        return hashes;
    }

    private static NearResult Naive(ulong[] hashes, int max)
    {
        var pairs = new long[max + 1];
        var nearest = Enumerable.Repeat(NearResult.None, hashes.Length).ToArray();
        var cluster = Enumerable.Range(0, hashes.Length).ToArray();
        for (var i = 0; i < hashes.Length; i++)
        {
            for (var j = i + 1; j < hashes.Length; j++)
            {
                var d = BitOperations.PopCount(hashes[i] ^ hashes[j]);
                if (d > max)
                    continue;
                pairs[d]++;
                (nearest[i], nearest[j]) = (Math.Min(nearest[i], (byte)d), Math.Min(nearest[j], (byte)d));
                var (to, from) = (Math.Min(cluster[i], cluster[j]), Math.Max(cluster[i], cluster[j]));
                cluster = [.. cluster.Select(c => c == from ? to : c)];
            }
        }
        return new(max, pairs, nearest, cluster);
    }

    [Fact]
    public void The_search_finds_what_comparing_all_pairs_finds() =>
        Prop.ForAll(Gen.Choose(0, 150).ToArbitrary(), Gen.Choose(0, 20).ToArbitrary(),
            Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), (count, distance, seed) =>
        {
            var hashes = Hashes(count, seed);
            var (expected, found) = (Naive(hashes, distance), NearDuplicates.Find(hashes, distance));
            Assert.Equal(expected.PairsAt, found.PairsAt);
            Assert.Equal(expected.Nearest, found.Nearest);
            Assert.Equal(expected.Cluster, found.Cluster);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_number_of_chunks_changes_nothing()
    {
        var hashes = Hashes(2000, 3);
        foreach (var distance in new[] { 1, 4, 5, 10, 20 })
        {
            var expected = NearDuplicates.Find(hashes, distance);
            for (var chunks = 3; chunks <= Math.Min(distance + 1, distance == 20 ? 21 : 11);
                chunks += distance == 20 ? 6 : 1)
            {
                if (distance / chunks > 3)
                    continue; // millions of buckets to visit
                var found = NearDuplicates.Find(hashes, distance, chunks);
                Assert.Equal(expected.PairsAt, found.PairsAt);
                Assert.Equal(expected.Nearest, found.Nearest);
                Assert.Equal(expected.Cluster, found.Cluster);
            }
        }
    }

    [Fact]
    public void Radii_are_as_tight_as_the_pigeonhole_allows()
    {
        for (var distance = 1; distance <= 20; distance++)
        {
            for (var count = 3; count <= distance + 1; count++)
            {
                var chunks = ChunkSearch.Chunk.Cut(count, distance);
                Assert.Equal(distance + 1, chunks.Sum(c => c.Radius + 1));
                Assert.Equal(ulong.MaxValue, chunks.Aggregate(0UL, (all, c) => all | c.Mask));
                Assert.Equal(64, chunks.Sum(c => c.Width));
            }
        }
        Assert.Equal(1 + 4 + 6, new ChunkSearch.Chunk(0, 4, 2).Flips().Distinct().Count() + 1);
    }

    [Fact]
    public void A_bucket_of_equal_hashes_is_counted_not_listed()
    {
        var hashes = new ulong[60_001];
        Array.Fill(hashes, 0x123456789ABCDEF0UL);
        hashes[60_000] ^= 3;
        var found = NearDuplicates.Find(hashes);
        Assert.Equal(60_000L * 59_999 / 2, found.PairsAt[0]);
        Assert.Equal(60_000, found.PairsAt[2]);
        Assert.Equal(60_001, found.FlaggedWithin(2));
        Assert.All(found.Cluster, c => Assert.Equal(0, c));
    }

    [Fact]
    public void Order_changes_nothing()
    {
        var hashes = Hashes(3000, 1);
        var order = Enumerable.Range(0, hashes.Length).ToArray();
        new Random(2).Shuffle(order);
        var straight = NearDuplicates.Find(hashes, 6);
        var shuffled = NearDuplicates.Find(Array.ConvertAll(order, i => hashes[i]), 6);
        Assert.Equal(straight.PairsAt, shuffled.PairsAt);
        Assert.Equal(order.Select(i => straight.Nearest[i]), shuffled.Nearest);
    }
}
