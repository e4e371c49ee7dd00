using FaceBias.Core.Imaging;
using FaceBias.Primitives.Randomness;

namespace FaceBias.Core.Explaining.Reliability;

/// <summary>Pixels in the order in which a map ranks them.</summary>
internal static class PixelOrder
{
    /// <summary>The most relevant first; equal ones in an order that does not follow the rows.</summary>
    public static int[] Of(ReadOnlySpan<float> map, int seed)
    {
        var noise = new RandomSource(seed).Counter("pixel order");
        var keys = new (float Relevance, ulong Tie)[map.Length];
        for (var i = 0; i < map.Length; i++)
            keys[i] = (-map[i], noise[(ulong)i]);
        int[] order = [.. Enumerable.Range(0, map.Length)];
        Array.Sort(keys, order);
        return order;
    }

    /// <summary>The map pushed around by a random way: as rough or smooth as the map, and nothing to do with the
    /// picture. Single random pixels would be an easy opponent, since they never hide a whole part.</summary>
    public static float[] Shifted(ReadOnlySpan<float> map, ImageSpec spec, int seed, int number)
    {
        var random = new RandomSource(seed).Counter(number, 1);
        // At least a quarter of a side, so that the shifted map is no copy.
        int dx = spec.Width / 4 + (int)(random.Uniform(0) * spec.Width / 2),
            dy = spec.Height / 4 + (int)(random.Uniform(1) * spec.Height / 2);
        var result = new float[map.Length];
        for (var y = 0; y < spec.Height; y++)
            for (var x = 0; x < spec.Width; x++)
                result[(y + dy) % spec.Height * spec.Width + (x + dx) % spec.Width] = map[y * spec.Width + x];
        return result;
    }
}
