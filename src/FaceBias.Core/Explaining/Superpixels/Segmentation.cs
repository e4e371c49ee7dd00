namespace FaceBias.Core.Explaining.Superpixels;

/// <summary>A picture cut into superpixels.</summary>
/// <param name="Labels">The superpixel of each pixel, row by row, 0 to <paramref name="Count"/> - 1.</param>
/// <param name="Width">Pixels per row.</param>
internal sealed record Segmentation(int[] Labels, int Count, int Width, int Height)
{
    /// <summary>Numbers the labels of a picture from 0 in ascending order, leaving out those that no pixel
    /// has.</summary>
    internal static Segmentation Of(int[] labels, int width, int height)
    {
        int[] levels = [.. labels.Distinct().Order()];
        var place = levels.Select((l, i) => (l, i)).ToDictionary(x => x.l, x => x.i);
        return new([.. labels.Select(l => place[l])], levels.Length, width, height);
    }

    /// <summary>Squares of a grid: no edges are followed.</summary>
    /// <param name="width">Pixels per row.</param>
    /// <param name="cells">Cells along each side.</param>
    public static Segmentation Grid(int width, int height, int cells) => Of(
        [.. Enumerable.Range(0, width * height).Select(
            i => i / width * cells / height * cells + i % width * cells / width)], width, height);

    /// <summary>The picture with every superpixel painted in its mean colour, which LIME calls fudged.</summary>
    /// <param name="picture">Planes R, G, B.</param>
    internal float[] MeanColours(ReadOnlySpan<float> picture)
    {
        var (size, result) = (Labels.Length, new float[picture.Length]);
        var counts = Sizes();
        for (var c = 0; c < picture.Length / size; c++)
        {
            var sums = new double[Count];
            for (var i = 0; i < size; i++)
                sums[Labels[i]] += picture[c * size + i];
            for (var i = 0; i < size; i++)
                result[c * size + i] = (float)(sums[Labels[i]] / counts[Labels[i]]);
        }
        return result;
    }

    /// <summary>Pixels of each superpixel.</summary>
    internal int[] Sizes()
    {
        var sizes = new int[Count];
        foreach (var label in Labels)
            sizes[label]++;
        return sizes;
    }

    /// <summary>One value per superpixel as one per pixel.</summary>
    internal float[] Spread(IReadOnlyList<double> values) => [.. Labels.Select(l => (float)values[l])];

    /// <summary>The mean of a map over each superpixel.</summary>
    internal double[] Mean(ReadOnlySpan<float> map)
    {
        var (sums, sizes) = (new double[Count], Sizes());
        for (var i = 0; i < map.Length; i++)
            sums[Labels[i]] += map[i];
        return [.. sums.Select((s, k) => s / sizes[k])];
    }
}
