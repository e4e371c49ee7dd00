using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;

namespace FaceBias.ImageSharp;

/// <summary>JPEGs mostly store colour at half the resolution. libjpeg interpolates it, ImageSharp repeats it, which
/// differs by tens of levels at edges of colour. This takes the repeated colour out again and interpolates it as
/// libjpeg does: 3/4 of the nearer and 1/4 of the farther sample, in each direction that was halved.</summary>
internal static class ChromaSmoothing
{
    /// <param name="image">As ImageSharp decodes it, before it is turned.</param>
    /// <param name="halfHeight">Whether colour is stored at half the height too (4:2:0), not only at half the width
    /// (4:2:2).</param>
    public static void Apply(Image<Rgba32> image, bool halfHeight)
    {
        var (width, height, step) = ((image.Width + 1) / 2, halfHeight ? (image.Height + 1) / 2 : image.Height,
            halfHeight ? 2 : 1);
        float[] blue = new float[width * height], red = new float[width * height];
        image.ProcessPixelRows(rows =>
        {
            var counts = new int[blue.Length];
            for (var y = 0; y < rows.Height; y++)
            {
                var row = rows.GetRowSpan(y);
                for (var x = 0; x < row.Length; x++)
                {
                    var (p, at) = (row[x], y / step * width + x / 2);
                    counts[at]++;
                    blue[at] += (-0.168736f * p.R - 0.331264f * p.G + 0.5f * p.B - blue[at]) / counts[at];
                    red[at] += (0.5f * p.R - 0.418688f * p.G - 0.081312f * p.B - red[at]) / counts[at];
                }
            }
            for (var y = 0; y < rows.Height; y++)
            {
                var row = rows.GetRowSpan(y);
                var (near, far) = (y / step, halfHeight ? Math.Clamp(y / 2 + (y % 2 == 0 ? -1 : 1), 0, height - 1) : y);
                for (var x = 0; x < row.Length; x++)
                {
                    var (here, beside) = (x / 2, Math.Clamp(x / 2 + (x % 2 == 0 ? -1 : 1), 0, width - 1));
                    float b = Between(blue) - blue[near * width + here], r = Between(red) - red[near * width + here];
                    row[x].R = Level(row[x].R + 1.402f * r);
                    row[x].G = Level(row[x].G - 0.344136f * b - 0.714136f * r);
                    row[x].B = Level(row[x].B + 1.772f * b);

                    float Between(float[] c) =>
                        (9 * c[near * width + here] + 3 * c[near * width + beside] + 3 * c[far * width + here]
                            + c[far * width + beside]) / 16;
                }
            }
        });
    }

    private static byte Level(float value) => (byte)Math.Clamp(MathF.Round(value), 0, 255);
}
