using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FaceBias.Core.Imaging;

/// <summary>
/// Resizes 8-bit pictures exactly as Pillow's <c>Image.resize(size, filter, box)</c> does: along the rows, rounded to 8
/// bit, then along the columns, rounded to 8 bit. One algorithm for every decoder, so a result never depends on which
/// one ran, and anybody with Pillow can repeat it. Sums are of integers, so vectors give what the plain loop gives.
/// </summary>
internal static class Resampler
{
    private const int Rgb = 3;
    private const int Half = 1 << (ResampleKernel.FractionBits - 1);

    /// <summary>Resizes <paramref name="source"/> ([height, width, <paramref name="channels"/>], rows without gaps) to
    /// <paramref name="target"/> ([rows, columns, channels]). <paramref name="horizontal"/> and
    /// <paramref name="vertical"/> carry the box and the sizes.</summary>
    public static void Resize(ReadOnlySpan<byte> source, int width, int channels, ResampleKernel horizontal, ResampleKernel vertical, Span<byte> target)
    {
        int columns = horizontal.Starts.Length, rows = vertical.Starts.Length, stride = columns * channels;
        // Only source rows that the vertical pass will look at.
        var first = vertical.Starts[0];
        var last = vertical.Starts[rows - 1] + vertical.Counts[rows - 1];
        var rented = ArrayPool<byte>.Shared.Rent((last - first) * stride);
        for (var y = first; y < last; y++)
        {
            var from = source.Slice(y * width * channels, width * channels);
            var to = rented.AsSpan((y - first) * stride, stride);
            if (channels == Rgb && Vector128.IsHardwareAccelerated)
                AlongRgb(from, horizontal, to);
            else if (channels == 1 && Vector128.IsHardwareAccelerated)
                AlongGrey(from, horizontal, to);
            else
                Along(from, channels, horizontal, 0, to);
        }
        for (var y = 0; y < rows; y++)
        {
            Across(rented.AsSpan((vertical.Starts[y] - first) * stride), stride,
                vertical.Weights.AsSpan(y * vertical.Taps, vertical.Counts[y]), target.Slice(y * stride, stride));
        }
        ArrayPool<byte>.Shared.Return(rented);
    }

    /// <summary>The plain loop, from output <paramref name="x"/> on; the others equal it.</summary>
    internal static void Along(ReadOnlySpan<byte> row, int channels, ResampleKernel kernel, int x, Span<byte> target)
    {
        for (; x < kernel.Starts.Length; x++)
        {
            var weights = kernel.Weights.AsSpan(x * kernel.Taps, kernel.Counts[x]);
            for (var c = 0; c < channels; c++)
            {
                var sum = Half;
                var at = kernel.Starts[x] * channels + c;
                foreach (var weight in weights)
                {
                    sum += weight * row[at];
                    at += channels;
                }
                target[x * channels + c] = Clip(sum);
            }
        }
    }

    /// <summary>One pixel at a time: its red, green and blue, and the next pixel's red that is ignored, in four lanes.</summary>
    private static void AlongRgb(ReadOnlySpan<byte> row, ResampleKernel kernel, Span<byte> target)
    {
        ref var source = ref MemoryMarshal.GetReference(row);
        ref var output = ref MemoryMarshal.GetReference(target);
        ref var weights = ref MemoryMarshal.GetArrayDataReference(kernel.Weights);
        var outputs = kernel.Starts.Length;
        // Four bytes are read and written where three are meant, so the last pixel of either row is left to the plain loop.
        var x = 0;
        for (; x < outputs - 1 && (kernel.Starts[x] + kernel.Counts[x]) * Rgb < row.Length; x++)
        {
            var sum = Vector128.Create(Half);
            ref var pixel = ref Unsafe.Add(ref source, kernel.Starts[x] * Rgb);
            ref var weight = ref Unsafe.Add(ref weights, x * kernel.Taps);
            for (var t = 0; t < kernel.Counts[x]; t++)
            {
                var bytes = Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref pixel, t * Rgb))).AsByte();
                sum += Vector128.WidenLower(Vector128.WidenLower(bytes)).AsInt32() * Unsafe.Add(ref weight, t);
            }
            var level = Clip(sum);
            var packed = Vector128.Narrow(Vector128.Narrow(level, level), default(Vector128<short>)).AsUInt32().ToScalar();
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref output, x * Rgb), packed);
        }
        Along(row, Rgb, kernel, x, target);
    }

    /// <summary>Eight source pixels of one output at a time.</summary>
    private static void AlongGrey(ReadOnlySpan<byte> row, ResampleKernel kernel, Span<byte> target)
    {
        const int Lanes = 8;
        ref var source = ref MemoryMarshal.GetReference(row);
        ref var weights = ref MemoryMarshal.GetArrayDataReference(kernel.Weights);
        for (var x = 0; x < kernel.Starts.Length; x++)
        {
            var (start, count) = (kernel.Starts[x], kernel.Counts[x]);
            ref var weight = ref Unsafe.Add(ref weights, x * kernel.Taps);
            var (low, high) = (Vector128<int>.Zero, Vector128<int>.Zero);
            var t = 0;
            for (; t + Lanes <= count; t += Lanes)
            {
                var bytes = Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref source, start + t))).AsByte();
                var (a, b) = Vector128.Widen(Vector128.WidenLower(bytes));
                low += a.AsInt32() * Vector128.LoadUnsafe(ref weight, (nuint)t);
                high += b.AsInt32() * Vector128.LoadUnsafe(ref weight, (nuint)t + Lanes / 2);
            }
            var sum = Half + Vector128.Sum(low + high);
            for (; t < count; t++)
                sum += Unsafe.Add(ref weight, t) * Unsafe.Add(ref source, start + t);
            target[x] = Clip(sum);
        }
    }

    /// <summary>32 columns at a time, whatever channel they belong to, then what remains one by one.</summary>
    private static void Across(ReadOnlySpan<byte> rows, int stride, ReadOnlySpan<int> weights, Span<byte> target)
    {
        var x = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            ref var source = ref MemoryMarshal.GetReference(rows);
            ref var output = ref MemoryMarshal.GetReference(target);
            for (; x + Vector256<byte>.Count <= stride; x += Vector256<byte>.Count)
            {
                Vector256<int> a = Vector256.Create(Half), b = a, c = a, d = a;
                for (var t = 0; t < weights.Length; t++)
                {
                    var (low, high) = Vector256.Widen(Vector256.LoadUnsafe(ref source, (nuint)(t * stride + x)));
                    var (first, second) = Vector256.Widen(low);
                    var (third, fourth) = Vector256.Widen(high);
                    var weight = Vector256.Create(weights[t]);
                    a += first.AsInt32() * weight;
                    b += second.AsInt32() * weight;
                    c += third.AsInt32() * weight;
                    d += fourth.AsInt32() * weight;
                }
                Vector256.Narrow(Vector256.Narrow(Clip(a), Clip(b)).AsUInt16(), Vector256.Narrow(Clip(c), Clip(d)).AsUInt16())
                    .StoreUnsafe(ref output, (nuint)x);
            }
        }
        for (; x < stride; x++)
        {
            var sum = Half;
            for (var t = 0; t < weights.Length; t++)
                sum += weights[t] * rows[t * stride + x];
            target[x] = Clip(sum);
        }
    }

    private static byte Clip(int sum) => (byte)Math.Clamp(sum >> ResampleKernel.FractionBits, 0, 255);

    private static Vector128<int> Clip(Vector128<int> sum) =>
        Vector128.Min(Vector128.Max(sum >> ResampleKernel.FractionBits, Vector128<int>.Zero), Vector128.Create(255));

    private static Vector256<int> Clip(Vector256<int> sum) =>
        Vector256.Min(Vector256.Max(sum >> ResampleKernel.FractionBits, Vector256<int>.Zero), Vector256.Create(255));
}
