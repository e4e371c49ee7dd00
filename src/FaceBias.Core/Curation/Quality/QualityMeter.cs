using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using FaceBias.Core.Imaging;

namespace FaceBias.Core.Curation.Quality;

/// <summary>Measures <see cref="PictureQuality"/>.</summary>
internal static class QualityMeter
{
    /// <summary>Pictures are looked at from this many pixels at least; larger ones on an even grid.</summary>
    private const int Samples = 1 << 14;

    /// <summary>Greys within a bar may differ by this much: what JPEG leaves of a flat colour.</summary>
    private const int BarTolerance = 8;

    [ThreadStatic]
    private static (int Width, int Height, ResampleKernel Horizontal, ResampleKernel Vertical)? s_kernels;

    /// <param name="rgb">8-bit pixels [height, width, 3].</param>
    /// <param name="grey">The same picture in grey, [height, width].</param>
    public static PictureQuality Measure(ReadOnlySpan<byte> rgb, ReadOnlySpan<byte> grey, int width, int height)
    {
        if (grey.Length != width * height || rgb.Length != 3 * grey.Length || grey.IsEmpty)
            throw new ArgumentException($"{grey.Length} grey pixels are no picture of {width} x {height}.",
                nameof(grey));
        var (shadows, lights, information) = Tones(grey);
        return new(shadows, lights, information, Blur(grey, width, height), Colour(rgb), Padding(grey, width, height));
    }

    private static (float Shadows, float Lights, float Information) Tones(ReadOnlySpan<byte> grey)
    {
        const int Greys = 256, Turns = 4;
        Span<int> histogram = stackalloc int[Greys], counts = stackalloc int[Turns * Greys];
        var step = Math.Max(1, grey.Length / Samples);
        // Neighbours are alike: counted in turns, one need not wait for the other.
        ref var pixels = ref MemoryMarshal.GetReference(grey);
        ref var first = ref MemoryMarshal.GetReference(counts);
        var i = 0;
        for (; i + (Turns - 1) * step < grey.Length; i += Turns * step)
        {
            Unsafe.Add(ref first, Unsafe.Add(ref pixels, i))++;
            Unsafe.Add(ref first, Greys + Unsafe.Add(ref pixels, i + step))++;
            Unsafe.Add(ref first, 2 * Greys + Unsafe.Add(ref pixels, i + 2 * step))++;
            Unsafe.Add(ref first, 3 * Greys + Unsafe.Add(ref pixels, i + 3 * step))++;
        }
        for (; i < grey.Length; i += step)
            counts[grey[i]]++;
        var count = (grey.Length + step - 1) / step;
        for (var turn = 0; turn < Turns; turn++)
            TensorPrimitives.Add(histogram, counts.Slice(turn * Greys, Greys), histogram);
        var entropy = 0.0;
        foreach (var n in histogram)
        {
            if (n > 0)
                entropy -= (double)n / count * Math.Log2((double)n / count);
        }
        return (Percentile(histogram, count * 5L / 100), Percentile(histogram, count * 95L / 100), (float)entropy);
    }

    /// <summary>The grey of the pixel with this rank, 0 to 1.</summary>
    private static float Percentile(ReadOnlySpan<int> histogram, long rank)
    {
        var grey = 0;
        for (long below = histogram[0]; below <= rank && grey < 255; below += histogram[grey])
            grey++;
        return grey / 255f;
    }

    private static float Colour(ReadOnlySpan<byte> rgb)
    {
        var step = Math.Max(1, rgb.Length / 3 / Samples) * 3;
        long sum = 0;
        int i = 0, count = (rgb.Length + step - 1) / step;
        if (Vector128.IsHardwareAccelerated)
        {
            // Four pixels as lanes of 32 bits, red lowest, with a byte of the next pixel that is left out at the end.
            ref var source = ref MemoryMarshal.GetReference(rgb);
            var sums = Vector128<uint>.Zero;
            for (; i + 3 * step + 4 <= rgb.Length; i += 4 * step)
            {
                var pixels = Vector128.Create(Word(ref source, i), Word(ref source, i + step),
                    Word(ref source, i + 2 * step), Word(ref source, i + 3 * step));
                Vector128<byte> red = pixels.AsByte(), green = (pixels >> 8).AsByte(), blue = (pixels >> 16).AsByte();
                var range = Vector128.Max(red, Vector128.Max(green, blue))
                    - Vector128.Min(red, Vector128.Min(green, blue));
                sums += range.AsUInt32() & Vector128.Create(0xFFu);
            }
            sum = Vector128.Sum(sums);
        }
        for (; i < rgb.Length; i += step)
        {
            int r = rgb[i], g = rgb[i + 1], b = rgb[i + 2];
            sum += Math.Max(r, Math.Max(g, b)) - Math.Min(r, Math.Min(g, b));
        }
        return sum / (255f * count);

        static uint Word(ref byte start, int at) => Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref start, at));
    }

    private static float Blur(ReadOnlySpan<byte> grey, int width, int height)
    {
        const int Side = BlurEffect.Side;
        if (s_kernels is not { } kernels || kernels.Width != width || kernels.Height != height)
        {
            s_kernels = kernels = (width, height,
                new(width, 0, width, Side, ResampleFilter.Triangle),
                new(height, 0, height, Side, ResampleFilter.Triangle));
        }
        Span<byte> small = stackalloc byte[Side * Side];
        Resampler.Resize(grey, width, 1, kernels.Horizontal, kernels.Vertical, small);
        return BlurEffect.Of(small);
    }

    /// <summary>Counts whole rows from top and bottom, and columns from left and right of what remains, that hold one
    /// grey.</summary>
    private static float Padding(ReadOnlySpan<byte> grey, int width, int height)
    {
        int top = 0, bottom = height, left = 0, right = width;
        while (top < bottom && IsFlat(grey, top * width, 1, width))
            top++;
        while (bottom > top && IsFlat(grey, (bottom - 1) * width, 1, width))
            bottom--;
        while (left < right && IsFlat(grey, top * width + left, width, bottom - top))
            left++;
        while (right > left && IsFlat(grey, top * width + right - 1, width, bottom - top))
            right--;
        return 1 - (float)(bottom - top) * (right - left) / grey.Length;
    }

    private static bool IsFlat(ReadOnlySpan<byte> grey, int start, int step, int count)
    {
        int low = 255, high = 0;
        for (int i = 0, at = start; i < count; i++, at += step)
        {
            (low, high) = (Math.Min(low, grey[at]), Math.Max(high, grey[at]));
            if (high - low > BarTolerance)
                return false;
        }
        return true;
    }
}
