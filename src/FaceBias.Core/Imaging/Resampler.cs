using System.Buffers;

namespace FaceBias.Core.Imaging;

/// <summary>
/// Resizes 8-bit pictures exactly as Pillow's <c>Image.resize(size, filter, box)</c> does: along the rows, rounded to 8
/// bit, then along the columns, rounded to 8 bit. One algorithm for every decoder, so a result never depends on which
/// one ran, and anybody with Pillow can repeat it.
/// </summary>
internal static class Resampler
{
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
            Along(source.Slice(y * width * channels, width * channels), channels, horizontal, rented.AsSpan((y - first) * stride, stride));
        for (var y = 0; y < rows; y++)
        {
            Across(rented.AsSpan((vertical.Starts[y] - first) * stride), stride,
                vertical.Weights.AsSpan(y * vertical.Taps, vertical.Counts[y]), target.Slice(y * stride, stride));
        }
        ArrayPool<byte>.Shared.Return(rented);
    }

    private static void Along(ReadOnlySpan<byte> row, int channels, ResampleKernel kernel, Span<byte> target)
    {
        for (var x = 0; x < kernel.Starts.Length; x++)
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

    private static void Across(ReadOnlySpan<byte> rows, int stride, ReadOnlySpan<int> weights, Span<byte> target)
    {
        for (var x = 0; x < stride; x++)
        {
            var sum = Half;
            for (var t = 0; t < weights.Length; t++)
                sum += weights[t] * rows[t * stride + x];
            target[x] = Clip(sum);
        }
    }

    private static byte Clip(int sum) => (byte)Math.Clamp(sum >> ResampleKernel.FractionBits, 0, 255);
}
