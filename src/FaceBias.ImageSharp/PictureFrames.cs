using FaceBias.Core.Imaging;
using System.Buffers.Binary;

namespace FaceBias.ImageSharp;

/// <summary>What a file's outer structure says that ImageSharp does not: whether there are several frames, and whether its
/// end is missing.</summary>
internal static class PictureFrames
{
    /// <summary>Whether there is more than one frame or page.</summary>
    public static bool IsAnimated(ReadOnlySpan<byte> bytes, ImageFormat format) => format switch
    {
        ImageFormat.Gif => Frames(bytes) > 1,
        // The extended header's flag.
        ImageFormat.WebP => bytes.Length > 20 && bytes[12..16].SequenceEqual("VP8X"u8) && (bytes[20] & 2) != 0,
        _ => false,
    };

    /// <summary>Whether a WebP has an alpha channel: a flag of the extended header, or of the lossless stream.</summary>
    public static bool IsTransparentWebP(ReadOnlySpan<byte> bytes) => bytes.Length > 24
        && (bytes[12..16].SequenceEqual("VP8X"u8) ? (bytes[20] & 0x10) != 0 : bytes[12..16].SequenceEqual("VP8L"u8) && (bytes[24] & 0x10) != 0);

    /// <summary>Whether the file ends before its picture does.</summary>
    public static bool IsCutOff(ReadOnlySpan<byte> bytes, ImageFormat format) => format switch
    {
        // The end of the image after the last scan; a thumbnail before it has an end of its own.
        ImageFormat.Jpeg => bytes.LastIndexOf<byte>([0xFF, 0xD9]) < bytes.LastIndexOf<byte>([0xFF, 0xDA]),
        ImageFormat.Png => bytes.LastIndexOf("IEND"u8) < 0,
        ImageFormat.Gif => Frames(bytes) == 0,
        ImageFormat.WebP => BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]) + 8L > bytes.Length,
        _ => false,
    };

    /// <summary>Counts the frames that are whole.</summary>
    private static int Frames(ReadOnlySpan<byte> gif)
    {
        const byte Extension = 0x21, Picture = 0x2C;
        var frames = 0;
        for (var at = 13 + (gif.Length > 10 ? Table(gif[10]) : 0); at + 10 < gif.Length && gif[at] is Extension or Picture; at++)
        {
            var isPicture = gif[at] == Picture;
            at += isPicture ? 11 + Table(gif[at + 9]) : 2;
            // Blocks of data, each after its length, up to one of length 0.
            while (at < gif.Length && gif[at] != 0)
                at += 1 + gif[at];
            if (at >= gif.Length)
                break;
            frames += isPicture ? 1 : 0;
        }
        return frames;
    }

    private static int Table(byte flags) => (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);
}
