using System.Diagnostics;
using FaceBias.Core.Curation;

namespace FaceBias.Benchmarks.Curation;

/// <summary>The exact search for near hashes, on all cores.</summary>
internal static class NearSpeed
{
    public static void Run()
    {
        foreach (var (name, hashes, distance) in new[]
        {
            ("23,000 random, distance 5", Hashes(23_000, 0, 0), 5),
            ("23,000 random, distance 10", Hashes(23_000, 0, 0), 10),
            ("1,000,000 random, distance 5", Hashes(1_000_000, 0, 0), 5),
            ("1,000,000 with 5% near copies and 50,000 equal, distance 5", Hashes(1_000_000, 50_000, 50_000), 5),
            ("1,000,000 random, distance 10", Hashes(1_000_000, 0, 0), 10),
        })
        {
            NearDuplicates.Find(hashes.AsSpan(0, 20_000), distance);
            var (clock, cpu) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
            var found = NearDuplicates.Find(hashes, distance);
            Console.WriteLine($"{name}: clock {clock.Elapsed.TotalMilliseconds:N0} ms, "
                + $"{(Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds:N0} core-ms, "
                + $"{found.PairsWithin(distance):N0} pairs");
        }
    }

    /// <summary>Hashes of which the first <paramref name="equal"/> are equal and the next <paramref name="planted"/>
    /// copies of others with two bits flipped.</summary>
    public static ulong[] Hashes(int count, int planted, int equal)
    {
        var random = new Random(7);
        var hashes = new ulong[count];
        for (var i = count - 1; i >= 0; i--)
        {
            hashes[i] = i < equal ? 0x0123456789ABCDEF
                : i < equal + planted
                    ? hashes[random.Next(equal + planted, count)] ^ 1UL << random.Next(64) ^ 1UL << random.Next(64)
                : (ulong)random.NextInt64() << 1 ^ (ulong)random.Next();
        }
        return hashes;
    }
}
