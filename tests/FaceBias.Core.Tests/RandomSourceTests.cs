using FaceBias.Primitives.Randomness;
using FaceBias.Synthesis;

namespace FaceBias.Core.Tests;

public class RandomSourceTests
{
    /// <summary>Computed apart, from the papers' definitions: a seed must keep giving what it gave.</summary>
    [Fact]
    public void Numbers_of_a_seed_and_a_stream_never_change()
    {
        var drawn = new RandomSource(7).Stream("shuffle", 2);
        Assert.Equal([5454536007154535998UL, 5056564046923518142UL], new[] { drawn.NextUInt64(), drawn.NextUInt64() });
        Assert.Equal(13423683566583733406UL, new RandomSource(7).Counter("weights")[5]);
        Assert.Equal(7819331274451846165UL, new RandomSource(7).Counter(3, 1)[1]);
        Assert.Equal(7819331274451846165UL, new SynthRandom(7, 3, 1).Next());
    }

    [Fact]
    public void Streams_differ_by_seed_name_and_number()
    {
        ulong[] first =
        [
            new RandomSource(1).Stream("a").NextUInt64(), new RandomSource(2).Stream("a").NextUInt64(),
            new RandomSource(1).Stream("b").NextUInt64(),
            new RandomSource(1).Stream("a", 1).NextUInt64(), new RandomSource(1).Counter("a")[0],
            new RandomSource(1).Counter("b")[0], new RandomSource(-1L).Stream("a").NextUInt64(),
        ];
        Assert.Equal(first.Length, first.Distinct().Count());
    }

    [Fact]
    public void A_shuffle_keeps_the_values_and_moves_each_everywhere()
    {
        var counts = new int[4, 4];
        for (var i = 0; i < 4000; i++)
        {
            int[] values = [0, 1, 2, 3];
            var random = new RandomSource(5).Stream("deal", i);
            random.Shuffle(values.AsSpan());
            Assert.Equal([0, 1, 2, 3], values.Order());
            for (var at = 0; at < 4; at++)
                counts[at, values[at]]++;
        }
        // 1,000 expected, six standard deviations of 27.
        foreach (var count in counts)
            Assert.InRange(count, 836, 1164);
    }
}
