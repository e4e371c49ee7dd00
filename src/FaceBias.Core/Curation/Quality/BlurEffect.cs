using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FaceBias.Core.Curation.Quality;

/// <summary>The perceptual blur of F. Crété-Roffet, T. Dolmiere, P. Ladret and M. Nicolas, "The blur effect: perception
/// and estimation with a new no-reference perceptual blur metric" (2007): how little a picture changes when it is
/// blurred again. Equal to scikit-image's <c>measure.blur_effect(picture, h_size=11)</c>. A picture is first scaled to
/// one size, so that the score says how blurred it is as a whole, not how many pixels it has.</summary>
internal static class BlurEffect
{
    /// <summary>The picture's sides.</summary>
    public const int Side = 128;

    private const int Window = 11, Margin = 2;

    /// <summary>Distance of rows: whole vectors may be read beyond a row.</summary>
    private const int Stride = Side + 32;

    [ThreadStatic]
    private static short[]? s_work;

    /// <summary>The larger of the blurs along both axes, 0 to 1; NaN if no grey differs from its neighbours.</summary>
    /// <remarks>Greys are blurred to sums, <see cref="Window"/> times the mean: so all are integers of 16 bits, and
    /// exact.</remarks>
    /// <param name="grey">[Side, Side].</param>
    public static float Of(ReadOnlySpan<byte> grey)
    {
        const int Pixels = Stride * Side;
        var work = s_work ??= new short[2 * Pixels];
        Span<short> picture = work.AsSpan(0, Pixels), blurred = work.AsSpan(Pixels, Pixels);
        for (var y = 0; y < Side; y++)
            TensorPrimitives.ConvertTruncating(grey.Slice(y * Side, Side), picture.Slice(y * Stride, Side));
        BlurColumns(picture, blurred);
        var down = Lost(picture, blurred, Stride, 1);
        BlurRows(picture, blurred);
        var across = Lost(picture, blurred, 1, Stride);
        return float.IsNaN(down) ? across : float.IsNaN(across) ? down : Math.Max(down, across);
    }

    /// <summary>How much of the differences along an axis is left.</summary>
    /// <param name="blurred">The sums of greys along the axis.</param>
    /// <param name="along">Distance of neighbours along the axis.</param>
    /// <param name="side">Distance of neighbours along the other axis, over which differences are smoothed.</param>
    private static float Lost(ReadOnlySpan<short> picture, ReadOnlySpan<short> blurred, int along, int side)
    {
        ref var own = ref MemoryMarshal.GetReference(picture);
        ref var after = ref MemoryMarshal.GetReference(blurred);
        Vector<int> sharp = Vector<int>.Zero, lost = Vector<int>.Zero;
        for (var y = Margin; y < Side - 1; y++)
        {
            for (var x = Margin; x < Side - 1; x += Vector<short>.Count)
            {
                var at = y * Stride + x;
                // At most 4 x 255 x 11, which a short holds.
                var edge = Difference(ref own, at, along, side)
                    * Window & Vector.LessThan(Vector<short>.Indices, new Vector<short>((short)(Side - 1 - x)));
                Vector.Widen(edge, out var first, out var second);
                sharp += first + second;
                Vector.Widen(Vector.Max(Vector<short>.Zero, edge - Difference(ref after, at, along, side)), out first,
                    out second);
                lost += first + second;
            }
        }
        double all = Vector.Sum(sharp), gone = Vector.Sum(lost);
        return all > 0 ? (float)((all - gone) / all) : float.NaN;
    }

    private static Vector<short> Difference(ref short start, int at, int along, int side)
    {
        ref short next = ref Unsafe.Add(ref start, at + along), before = ref Unsafe.Add(ref start, at - along);
        var middle = Vector.LoadUnsafe(ref next) - Vector.LoadUnsafe(ref before);
        return Vector.Abs(middle + middle
            + Vector.LoadUnsafe(ref Unsafe.Add(ref next, -side)) - Vector.LoadUnsafe(ref Unsafe.Add(ref before, -side))
            + Vector.LoadUnsafe(ref Unsafe.Add(ref next, side)) - Vector.LoadUnsafe(ref Unsafe.Add(ref before, side)));
    }

    /// <summary>Sum of <see cref="Window"/> rows around each, the picture mirrored at its edges.</summary>
    private static void BlurColumns(ReadOnlySpan<short> picture, Span<short> blurred)
    {
        Span<short> sums = stackalloc short[Side];
        for (var o = -(Window / 2); o <= Window / 2; o++)
            TensorPrimitives.Add(sums, Row(picture, o), sums);
        for (var y = 0; y < Side; y++)
        {
            sums.CopyTo(blurred[(y * Stride)..]);
            TensorPrimitives.Add(sums, Row(picture, y + Window / 2 + 1), sums);
            TensorPrimitives.Subtract(sums, Row(picture, y - Window / 2), sums);
        }
    }

    /// <summary>The same along the rows.</summary>
    private static void BlurRows(ReadOnlySpan<short> picture, Span<short> blurred)
    {
        Span<short> row = stackalloc short[Side + Window];
        for (var y = 0; y < Side; y++)
        {
            for (var o = 0; o < Window / 2; o++)
            {
                row[Window / 2 - 1 - o] = picture[y * Stride + o];
                row[Window / 2 + Side + o] = picture[y * Stride + Side - 1 - o];
            }
            picture.Slice(y * Stride, Side).CopyTo(row[(Window / 2)..]);
            for (var x = 0; x < Side; x += Vector<short>.Count)
            {
                var sum = new Vector<short>(row[x..]);
                for (var o = 1; o < Window; o++)
                    sum += new Vector<short>(row[(x + o)..]);
                sum.CopyTo(blurred[(y * Stride + x)..]);
            }
        }
    }

    private static ReadOnlySpan<short> Row(ReadOnlySpan<short> picture, int row) =>
        picture.Slice((row < 0 ? -row - 1 : row >= Side ? 2 * Side - 1 - row : row) * Stride, Side);
}
