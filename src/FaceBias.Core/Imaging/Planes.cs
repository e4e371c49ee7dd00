using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Imaging;

/// <summary>From interleaved bytes to planes of floats.</summary>
internal static class Planes
{
    private const int Bands = 3, Lanes = 16;

    /// <summary>For band c the places of its bytes in each of three vectors that hold 16 pixels; 255 selects
    /// nothing.</summary>
    private static readonly Vector128<byte>[] s_places = [.. from band in Enumerable.Range(0, Bands)
                                                             from part in Enumerable.Range(0, Bands)
                                                             select Vector128.Create(
                                                                 [.. Enumerable.Range(0, Lanes).Select(i =>
                                                                 (band + Bands * i) / Lanes == part
                                                                     ? (byte)((band + Bands * i) % Lanes)
                                                                     : (byte)255)])];

    /// <summary>Writes pixels R G B R G B ... as all red, all green, all blue, 0 to 255.</summary>
    public static void Split(ReadOnlySpan<byte> pixels, Span<float> planes)
    {
        var size = planes.Length / Bands;
        Span<float> red = planes[..size], green = planes.Slice(size, size), blue = planes[(2 * size)..];
        var i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            ref var source = ref MemoryMarshal.GetReference(pixels);
            for (; i + Lanes <= size; i += Lanes)
            {
                var at = (nuint)(Bands * i);
                Vector128<byte> a = Vector128.LoadUnsafe(ref source, at),
                    b = Vector128.LoadUnsafe(ref source, at + Lanes),
                    c = Vector128.LoadUnsafe(ref source, at + 2 * Lanes);
                Store(Band(a, b, c, 0), red[i..]);
                Store(Band(a, b, c, 1), green[i..]);
                Store(Band(a, b, c, 2), blue[i..]);
            }
        }
        for (; i < size; i++)
            (red[i], green[i], blue[i]) = (pixels[Bands * i], pixels[Bands * i + 1], pixels[Bands * i + 2]);
    }

    private static Vector128<byte> Band(Vector128<byte> a, Vector128<byte> b, Vector128<byte> c, int band) =>
        Vector128.Shuffle(a, s_places[Bands * band]) | Vector128.Shuffle(b,
            s_places[Bands * band + 1]) | Vector128.Shuffle(c, s_places[Bands * band + 2]);

    private static void Store(Vector128<byte> levels, Span<float> target)
    {
        var (low, high) = Vector256.Widen(Vector256.WidenLower(levels.ToVector256Unsafe()));
        Vector256.ConvertToSingle(low.AsInt32()).CopyTo(target);
        Vector256.ConvertToSingle(high.AsInt32()).CopyTo(target[Vector256<int>.Count..]);
    }
}
