using FaceBias.Core.Imaging;

namespace FaceBias.Core.Explaining;

/// <summary>A map laid over its picture.</summary>
internal static class HeatMap
{
    /// <summary>Share of the largest relevance that gets the full colour; single pixels beyond it would leave the
    /// others pale.</summary>
    private const double Quantile = 0.99;

    private const float Strongest = 0.75f;

    /// <summary>What <see cref="Paint"/> paints, as a PNG.</summary>
    public static byte[] Png(ReadOnlySpan<float> picture, ReadOnlySpan<float> map, ImageSpec spec) =>
        PictureEncoder.Png(Paint(picture, map), spec);

    /// <summary>The picture in grey, red where the map raises the score and blue where it lowers it.</summary>
    /// <param name="picture">Planes R, G, B.</param>
    /// <param name="map">[height x width].</param>
    /// <returns>Planes of whole levels.</returns>
    public static float[] Paint(ReadOnlySpan<float> picture, ReadOnlySpan<float> map)
    {
        var scale = Scale(map);
        var size = map.Length;
        var planes = new float[picture.Length];
        for (var i = 0; i < size; i++)
        {
            var grey = 0.299f * picture[i] + 0.587f * picture[size + i] + 0.114f * picture[2 * size + i];
            var strength = scale > 0 ? Math.Clamp(map[i] / scale, -1, 1) : 0;
            var (share, red, green, blue) =
                (Strongest * Math.Abs(strength), strength > 0 ? 213f : 0f, strength > 0 ? 45f : 90f,
                    strength > 0 ? 0f : 255f);
            planes[i] = MathF.Round(grey * (1 - share) + red * share);
            planes[size + i] = MathF.Round(grey * (1 - share) + green * share);
            planes[2 * size + i] = MathF.Round(grey * (1 - share) + blue * share);
        }
        return planes;
    }

    private static float Scale(ReadOnlySpan<float> map)
    {
        var sizes = map.ToArray();
        for (var i = 0; i < sizes.Length; i++)
            sizes[i] = Math.Abs(sizes[i]);
        Array.Sort(sizes);
        var scale = sizes[(int)(Quantile * (sizes.Length - 1))];
        return scale > 0 ? scale : sizes[^1];
    }
}
