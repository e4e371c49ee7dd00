using System.Numerics;
using System.Numerics.Tensors;
using FaceBias.Core.Imaging;

namespace FaceBias.Core.Curation;

/// <summary>The 64-bit perceptual hash that the ImageHash project calls <c>phash(hash_size=8)</c>, bit for bit: grey by
/// ITU-R 601, 32x32 by Pillow's Lanczos-3, an unnormalised DCT-II along both axes, the 8x8 lowest frequencies, and per
/// coefficient whether it exceeds their median; row by row, the first the most significant bit.</summary>
/// <remarks>Where coefficients are equal (flat or symmetric pictures) ImageHash's bits depend on the rounding errors of
/// the transform it happens to use; here coefficients below a millionth are zero, so such pictures hash alike
/// everywhere.</remarks>
internal static class PerceptualHash
{
    private const int Side = 32, Low = 8;
    private const double Nothing = 1e-6;

    /// <summary>cos(pi k (2n + 1) / 64) at [k * 32 + n].</summary>
    private static readonly double[] s_cosines = [.. Enumerable.Range(0, Low * Side).Select(i =>
        Math.Cos(Math.PI * (i / Side) * (2 * (i % Side) + 1) / (2 * Side)))];

    [ThreadStatic]
    private static (int Width, int Height, ResampleKernel Horizontal, ResampleKernel Vertical)? s_kernels;

    [ThreadStatic]
    private static (int Width, int Height, ResampleKernel Horizontal, ResampleKernel Vertical)? s_differenceKernels;

    /// <summary>Number of bits in which two hashes differ.</summary>
    public static int Distance(ulong a, ulong b) => BitOperations.PopCount(a ^ b);

    /// <summary>The hash of a grey picture.</summary>
    /// <param name="grey">8-bit pixels [height, width].</param>
    public static ulong Of(ReadOnlySpan<byte> grey, int width, int height)
    {
        if (grey.Length != width * height || grey.IsEmpty)
            throw new ArgumentException($"{grey.Length} pixels are no picture of {width} x {height}.", nameof(grey));
        if (s_kernels is not { } kernels || kernels.Width != width || kernels.Height != height)
        {
            s_kernels = kernels = (width, height,
                new(width, 0, width, Side, ResampleFilter.Lanczos3),
                new(height, 0, height, Side, ResampleFilter.Lanczos3));
        }
        Span<byte> small = stackalloc byte[Side * Side];
        Resampler.Resize(grey, width, 1, kernels.Horizontal, kernels.Vertical, small);
        return FromSmall(small);
    }

    /// <summary>The 64-bit difference hash that the ImageHash project calls <c>dhash(hash_size=8)</c>: 9x8 by Pillow's
    /// Lanczos-3, and per pixel whether the one to its right is brighter; row by row, the first the most significant
    /// bit.</summary>
    public static ulong Difference(ReadOnlySpan<byte> grey, int width, int height)
    {
        if (grey.Length != width * height || grey.IsEmpty)
            throw new ArgumentException($"{grey.Length} pixels are no picture of {width} x {height}.", nameof(grey));
        if (s_differenceKernels is not { } kernels || kernels.Width != width || kernels.Height != height)
        {
            s_differenceKernels = kernels = (width, height,
                new(width, 0, width, Low + 1, ResampleFilter.Lanczos3),
                new(height, 0, height, Low, ResampleFilter.Lanczos3));
        }
        Span<byte> small = stackalloc byte[(Low + 1) * Low];
        Resampler.Resize(grey, width, 1, kernels.Horizontal, kernels.Vertical, small);
        var hash = 0UL;
        for (var i = 0; i < Low * Low; i++)
        {
            var at = i / Low * (Low + 1) + i % Low;
            hash = hash << 1 | (small[at + 1] > small[at] ? 1UL : 0);
        }
        return hash;
    }

    private static ulong FromSmall(ReadOnlySpan<byte> small)
    {
        // Down the columns first, as ImageHash does; only the low frequencies are needed.
        Span<double> values = stackalloc double[Side * Side];
        TensorPrimitives.ConvertChecked(small, values);
        Span<double> half = stackalloc double[Low * Side];
        for (var k = 0; k < Low; k++)
        {
            var sums = half.Slice(k * Side, Side);
            sums.Clear();
            for (var n = 0; n < Side; n++)
                TensorPrimitives.MultiplyAdd(values.Slice(n * Side, Side), 2 * s_cosines[k * Side + n], sums, sums);
        }
        Span<double> low = stackalloc double[Low * Low];
        for (var i = 0; i < low.Length; i++)
        {
            var sum = 0.0;
            for (var n = 0; n < Side; n++)
                sum += 2 * s_cosines[i % Low * Side + n] * half[i / Low * Side + n];
            low[i] = Math.Abs(sum) < Nothing ? 0 : sum;
        }
        Span<double> sorted = stackalloc double[low.Length];
        low.CopyTo(sorted);
        sorted.Sort();
        var median = (sorted[low.Length / 2 - 1] + sorted[low.Length / 2]) / 2;
        var hash = 0UL;
        foreach (var coefficient in low)
            hash = hash << 1 | (coefficient > median ? 1UL : 0);
        return hash;
    }
}
