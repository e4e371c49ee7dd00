using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FaceBias.Core.Imaging;

/// <summary>Grey as Pillow's <c>convert("L")</c> (ITU-R 601): (19595 R + 38470 G + 7471 B + 32768) / 65536.</summary>
internal static class GreyPixels
{
    /// <summary>Pixels at once: four loads of four.</summary>
    private const int AtOnce = 16;

    /// <summary>Takes three bytes of four pixels apart into four lanes of 32 bits; an index beyond the vector gives
    /// zero.</summary>
    private static readonly Vector128<byte> s_lanes =
        Vector128.Create(0, 1, 2, 0xFF, 3, 4, 5, 0xFF, 6, 7, 8, 0xFF, 9, 10, 11, 0xFF);

    /// <summary>The same to red and green, or blue and green, of 16 bits each.</summary>
    private static readonly Vector256<byte> s_redGreen =
        Twice(Vector128.Create(0, 0xFF, 1, 0xFF, 3, 0xFF, 4, 0xFF, 6, 0xFF, 7, 0xFF, 9, 0xFF, 10, 0xFF)),
        s_blueGreen = Twice(Vector128.Create(2, 0xFF, 1, 0xFF, 5, 0xFF, 4, 0xFF, 8, 0xFF, 7, 0xFF, 11, 0xFF, 10, 0xFF));

    public static byte Of(byte red, byte green, byte blue) =>
        (byte)((19595 * red + 38470 * green + 7471 * blue + 32768) >> 16);

    /// <summary>Grey of interleaved RGB.</summary>
    public static void From(ReadOnlySpan<byte> rgb, Span<byte> grey)
    {
        var i = 0;
        if (Vector128.IsHardwareAccelerated)
        {
            ref var source = ref MemoryMarshal.GetReference(rgb);
            ref var target = ref MemoryMarshal.GetReference(grey);
            // The last of four loads of 16 bytes, of which 12 are used, reaches 4 beyond the pixels.
            for (; 3 * (i + AtOnce) + 4 <= rgb.Length; i += AtOnce)
            {
                var at = (nuint)(3 * i);
                var levels = Vector256.Narrow(
                    Eight(Vector128.LoadUnsafe(ref source, at), Vector128.LoadUnsafe(ref source, at + 12)),
                    Eight(Vector128.LoadUnsafe(ref source, at + 24), Vector128.LoadUnsafe(ref source, at + 36)));
                Vector128.Narrow(levels.GetLower(), levels.GetUpper()).StoreUnsafe(ref target, (nuint)i);
            }
        }
        for (; i < grey.Length; i++)
            grey[i] = Of(rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]);
    }

    private static Vector256<uint> Eight(Vector128<byte> four, Vector128<byte> next)
    {
        if (Avx2.IsSupported)
        {
            // Half of green goes with red, half with blue: products of 16 bits are added in pairs, and 38470 is no
            // short.
            var both = Vector256.Create(four, next);
            var sums = Avx2.MultiplyAddAdjacent(Avx2.Shuffle(both, s_redGreen).AsInt16(),
                Vector256.Create(19595 | 19235 << 16).AsInt16())
                + Avx2.MultiplyAddAdjacent(Avx2.Shuffle(both, s_blueGreen).AsInt16(),
                    Vector256.Create(7471 | 19235 << 16).AsInt16());
            return (sums + Vector256.Create(32768)).AsUInt32() >> 16;
        }
        var pixels = Vector256.Create(Vector128.Shuffle(four, s_lanes), Vector128.Shuffle(next, s_lanes)).AsUInt32();
        var level = Vector256.Create(0xFFu);
        return (pixels & level) * 19595 + (pixels >> 8 & level) * 38470 + (pixels >> 16) * 7471
            + Vector256.Create(32768u) >> 16;
    }

    private static Vector256<byte> Twice(Vector128<byte> lanes) => Vector256.Create(lanes, lanes);
}
