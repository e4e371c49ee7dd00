using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FaceBias.Core.Imaging;

/// <summary>Resizes 8-bit pictures exactly as Pillow's <c>Image.resize(size, filter, box)</c> does: along the rows,
/// rounded to 8 bit, then along the columns, rounded to 8 bit. One algorithm for every decoder, so a result never
/// depends on which one ran, and anybody with Pillow can repeat it. Sums are of integers, so vectors give what the
/// plain loop gives.</summary>
internal static class Resampler
{
    /// <summary>Pixels of a grey row that are weighted at once.</summary>
    internal const int GreyLanes = 8;

    private const int Rgb = 3, RowsAtOnce = 4;
    private const int Half = 1 << (ResampleKernel.FractionBits - 1);

    /// <summary>Resizes <paramref name="source"/> ([height, width, <paramref name="channels"/>], rows without gaps) to
    /// <paramref name="target"/> ([rows, columns, channels]). <paramref name="horizontal"/> and
    /// <paramref name="vertical"/> carry the box and the sizes.</summary>
    public static void Resize(ReadOnlySpan<byte> source, int width, int channels, ResampleKernel horizontal,
        ResampleKernel vertical, Span<byte> target)
    {
        int columns = horizontal.Starts.Length, rows = vertical.Starts.Length, stride = columns * channels;
        // Only source rows that the vertical pass will look at.
        var first = vertical.Starts[0];
        var last = vertical.Starts[rows - 1] + vertical.Counts[rows - 1];
        var rented = ArrayPool<byte>.Shared.Rent((last - first) * stride);
        var done = first;
        if (channels == Rgb && Vector256.IsHardwareAccelerated)
        {
            for (; done + RowsAtOnce <= last; done += RowsAtOnce)
                AlongFourRgb(source.Slice(done * width * Rgb, RowsAtOnce * width * Rgb), horizontal,
                    rented.AsSpan((done - first) * stride, RowsAtOnce * stride));
        }
        if (channels == 1 && Avx2.IsSupported)
        {
            // Whole vectors are loaded, past the end of a row into the next; of the last rows there is none.
            for (; done + RowsAtOnce <= last && (done + RowsAtOnce) * width + GreyLanes <= source.Length;
                done += RowsAtOnce)
                AlongFourGrey(source[(done * width)..], width, horizontal,
                    rented.AsSpan((done - first) * stride, RowsAtOnce * stride));
        }
        for (; done < last; done++)
        {
            var from = source.Slice(done * width * channels, width * channels);
            var to = rented.AsSpan((done - first) * stride, stride);
            if (channels == 1 && Vector256.IsHardwareAccelerated)
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

    /// <summary>One pixel of four rows at a time, as all rows have the same weights: its red, green and blue, and the
    /// next pixel's red that is ignored, make four lanes each.</summary>
    private static void AlongFourRgb(ReadOnlySpan<byte> rows, ResampleKernel kernel, Span<byte> target)
    {
        var outputs = kernel.Starts.Length;
        int from = rows.Length / RowsAtOnce, to = outputs * Rgb;
        ref var source = ref MemoryMarshal.GetReference(rows);
        ref var output = ref MemoryMarshal.GetReference(target);
        ref var weights = ref MemoryMarshal.GetArrayDataReference(kernel.Weights);
        // Four bytes are read and written where three are meant, so the last pixel of either row is left to the plain
        // loop.
        var x = 0;
        for (; x < outputs - 1 && (kernel.Starts[x] + kernel.Counts[x]) * Rgb < from; x++)
        {
            Vector256<int> upper = Vector256.Create(Half), lower = upper;
            ref var pixel = ref Unsafe.Add(ref source, kernel.Starts[x] * Rgb);
            ref var weight = ref Unsafe.Add(ref weights, x * kernel.Taps);
            for (var t = kernel.Counts[x]; t > 0; t--)
            {
                var four = Vector128.Create(Word(ref pixel), Word(ref Unsafe.Add(ref pixel, from)),
                    Word(ref Unsafe.Add(ref pixel, 2 * from)), Word(ref Unsafe.Add(ref pixel, 3 * from))).AsByte();
                var (first, second) = Vector256.Widen(Vector256.WidenLower(four.ToVector256Unsafe()));
                var scale = Vector256.Create(weight);
                upper += first.AsInt32() * scale;
                lower += second.AsInt32() * scale;
                pixel = ref Unsafe.Add(ref pixel, Rgb);
                weight = ref Unsafe.Add(ref weight, 1);
            }
            var levels = Vector256.Narrow(Clip(upper), Clip(lower)).AsUInt16();
            var packed = Vector128.Narrow(levels.GetLower(), levels.GetUpper()).AsUInt32();
            ref var place = ref Unsafe.Add(ref output, x * Rgb);
            Unsafe.WriteUnaligned(ref place, packed[0]);
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref place, to), packed[1]);
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref place, 2 * to), packed[2]);
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref place, 3 * to), packed[3]);
        }
        for (var row = 0; row < RowsAtOnce; row++)
            Along(rows.Slice(row * from, from), Rgb, kernel, x, target.Slice(row * to, to));

        static uint Word(ref byte at) => Unsafe.ReadUnaligned<uint>(ref at);
    }

    /// <summary>Eight source pixels of one output at a time. Weights beyond an output's count are zero, so whole
    /// vectors can be taken unless they would reach beyond the row.</summary>
    private static void AlongGrey(ReadOnlySpan<byte> row, ResampleKernel kernel, Span<byte> target)
    {
        ref var source = ref MemoryMarshal.GetReference(row);
        ref var weights = ref MemoryMarshal.GetArrayDataReference(kernel.Weights);
        for (var x = 0; x < kernel.Starts.Length; x++)
        {
            var (start, count) = (kernel.Starts[x], kernel.Counts[x]);
            ref var weight = ref Unsafe.Add(ref weights, x * kernel.Taps);
            var sums = Vector256<int>.Zero;
            var t = 0;
            for (; t < count && start + t + GreyLanes <= row.Length; t += GreyLanes)
            {
                sums += Eight(ref Unsafe.Add(ref source, start + t)) * Vector256.LoadUnsafe(ref weight, (nuint)t);
            }
            var sum = Half + Vector256.Sum(sums);
            for (; t < count; t++)
                sum += Unsafe.Add(ref weight, t) * Unsafe.Add(ref source, start + t);
            target[x] = Clip(sum);
        }
    }

    /// <summary>The same output of four rows at a time: their sums are added up together. Weights beyond an output's
    /// count are zero, so it does not matter what stands after a row, only that something does.</summary>
    private static void AlongFourGrey(ReadOnlySpan<byte> rows, int width, ResampleKernel kernel, Span<byte> target)
    {
        var outputs = kernel.Starts.Length;
        ref var source = ref MemoryMarshal.GetReference(rows);
        ref var output = ref MemoryMarshal.GetReference(target);
        ref var weights = ref MemoryMarshal.GetArrayDataReference(kernel.Weights);
        for (var x = 0; x < outputs; x++)
        {
            ref var pixel = ref Unsafe.Add(ref source, kernel.Starts[x]);
            ref var weight = ref Unsafe.Add(ref weights, x * kernel.Taps);
            Vector256<int> a = Vector256<int>.Zero, b = a, c = a, d = a;
            for (var t = 0; t < kernel.Counts[x]; t += GreyLanes)
            {
                var eight = Vector256.LoadUnsafe(ref weight, (nuint)t);
                a += Eight(ref Unsafe.Add(ref pixel, t)) * eight;
                b += Eight(ref Unsafe.Add(ref pixel, width + t)) * eight;
                c += Eight(ref Unsafe.Add(ref pixel, 2 * width + t)) * eight;
                d += Eight(ref Unsafe.Add(ref pixel, 3 * width + t)) * eight;
            }
            // Neighbours are added until each half holds a part of the four sums, in the order of the rows.
            var halves = Avx2.HorizontalAdd(Avx2.HorizontalAdd(a, b), Avx2.HorizontalAdd(c, d));
            var sums = halves.GetLower() + halves.GetUpper() + Vector128.Create(Half);
            var levels = Vector128.Min(Vector128.Max(sums >> ResampleKernel.FractionBits, Vector128<int>.Zero),
                Vector128.Create(255));
            var narrow = Vector128.Narrow(levels, levels).AsUInt16();
            var four = Vector128.Narrow(narrow, narrow).AsUInt32()[0];
            ref var place = ref Unsafe.Add(ref output, x);
            place = (byte)four;
            Unsafe.Add(ref place, outputs) = (byte)(four >> 8);
            Unsafe.Add(ref place, 2 * outputs) = (byte)(four >> 16);
            Unsafe.Add(ref place, 3 * outputs) = (byte)(four >> 24);
        }
    }

    private static Vector256<int> Eight(ref byte at)
    {
        var bytes = Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(ref at)).AsByte();
        return Avx2.IsSupported ? Avx2.ConvertToVector256Int32(bytes)
            : Vector256.WidenLower(Vector128.WidenLower(bytes).ToVector256Unsafe()).AsInt32();
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
                Vector256.Narrow(Vector256.Narrow(Clip(a), Clip(b)).AsUInt16(),
                    Vector256.Narrow(Clip(c), Clip(d)).AsUInt16())
                    .StoreUnsafe(ref output, (nuint)x);
            }
            // Small pictures have rows that are narrower.
            for (; x + GreyLanes <= stride; x += GreyLanes)
            {
                var sums = Vector256.Create(Half);
                for (var t = 0; t < weights.Length; t++)
                    sums += Eight(ref Unsafe.Add(ref source, t * stride + x)) * weights[t];
                var levels = Vector256.Narrow(Clip(sums), Vector256<int>.Zero).AsUInt16().GetLower();
                Unsafe.WriteUnaligned(ref Unsafe.Add(ref output, x), Vector128.Narrow(levels, levels).AsUInt64()[0]);
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

    private static Vector256<int> Clip(Vector256<int> sum) =>
        Vector256.Min(Vector256.Max(sum >> ResampleKernel.FractionBits, Vector256<int>.Zero), Vector256.Create(255));
}
