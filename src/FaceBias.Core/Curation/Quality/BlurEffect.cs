using System.Numerics;
using System.Numerics.Tensors;

namespace FaceBias.Core.Curation.Quality;

/// <summary>
/// The perceptual blur of F. Crété-Roffet, T. Dolmiere, P. Ladret and M. Nicolas, "The blur effect: perception and
/// estimation with a new no-reference perceptual blur metric" (2007): how little a picture changes when it is blurred
/// again. Equal to scikit-image's <c>measure.blur_effect(picture, h_size=11)</c>. A picture is first scaled to one size,
/// so that the score says how blurred it is as a whole, not how many pixels it has.
/// </summary>
internal static class BlurEffect
{
    /// <summary>The picture's sides.</summary>
    public const int Side = 128;

    private const int Window = 11, Margin = 2;

    [ThreadStatic]
    private static float[]? s_work;

    /// <summary>The larger of the blurs along both axes, 0 to 1; NaN if no grey differs from its neighbours.</summary>
    /// <param name="grey">[Side, Side].</param>
    public static float Of(ReadOnlySpan<byte> grey)
    {
        const int Pixels = Side * Side;
        var work = s_work ??= new float[3 * Pixels];
        Span<float> picture = work.AsSpan(0, Pixels), turned = work.AsSpan(Pixels, Pixels), blurred = work.AsSpan(2 * Pixels, Pixels);
        for (var y = 0; y < Side; y++)
        {
            for (var x = 0; x < Side; x++)
                turned[x * Side + y] = picture[y * Side + x] = grey[y * Side + x];
        }
        float down = AlongColumns(picture, blurred), across = AlongColumns(turned, blurred);
        return float.IsNaN(down) ? across : float.IsNaN(across) ? down : Math.Max(down, across);
    }

    private static float AlongColumns(ReadOnlySpan<float> picture, Span<float> blurred)
    {
        BlurColumns(picture, blurred);
        double sharp = 0, lost = 0;
        for (var y = Margin; y < Side - 1; y++)
        {
            int above = (y - 1) * Side, below = (y + 1) * Side;
            Vector<float> sharpSum = Vector<float>.Zero, lostSum = Vector<float>.Zero;
            var x = Margin;
            for (; x + Vector<float>.Count <= Side - 1; x += Vector<float>.Count)
            {
                var edge = Vector.Abs(Smooth(picture, below + x) - Smooth(picture, above + x));
                var left = Vector.Abs(Smooth(blurred, below + x) - Smooth(blurred, above + x));
                sharpSum += edge;
                lostSum += Vector.Max(Vector<float>.Zero, edge - left);
            }
            (sharp, lost) = (sharp + Vector.Sum(sharpSum), lost + Vector.Sum(lostSum));
            for (; x < Side - 1; x++)
            {
                var edge = Math.Abs(SmoothOne(picture, below + x) - SmoothOne(picture, above + x));
                var left = Math.Abs(SmoothOne(blurred, below + x) - SmoothOne(blurred, above + x));
                sharp += edge;
                lost += Math.Max(0, edge - left);
            }
        }
        return sharp > 0 ? (float)(Math.Abs(sharp - lost) / sharp) : float.NaN;
    }

    private static Vector<float> Smooth(ReadOnlySpan<float> row, int at) =>
        new Vector<float>(row[(at - 1)..]) + new Vector<float>(2) * new Vector<float>(row[at..]) + new Vector<float>(row[(at + 1)..]);

    private static float SmoothOne(ReadOnlySpan<float> row, int at) => row[at - 1] + 2 * row[at] + row[at + 1];

    /// <summary>Mean of <see cref="Window"/> rows around each, the picture mirrored at its edges. Sums of greys are exact.</summary>
    private static void BlurColumns(ReadOnlySpan<float> picture, Span<float> blurred)
    {
        Span<float> sums = stackalloc float[Side];
        for (var o = -(Window / 2); o <= Window / 2; o++)
            TensorPrimitives.Add(sums, Row(picture, o), sums);
        for (var y = 0; y < Side; y++)
        {
            TensorPrimitives.Multiply(sums, 1f / Window, blurred.Slice(y * Side, Side));
            TensorPrimitives.Add(sums, Row(picture, y + Window / 2 + 1), sums);
            TensorPrimitives.Subtract(sums, Row(picture, y - Window / 2), sums);
        }
    }

    private static ReadOnlySpan<float> Row(ReadOnlySpan<float> picture, int row) =>
        picture.Slice((row < 0 ? -row - 1 : row >= Side ? 2 * Side - 1 - row : row) * Side, Side);
}
