using System.Buffers.Binary;

namespace FaceBias.Core.Imaging;

/// <summary>Formats that are recognised by content.</summary>
internal enum ImageFormat : byte
{
    /// <summary>None of those below.</summary>
    Unknown,
    /// <summary>JPEG.</summary>
    Jpeg,
    /// <summary>PNG.</summary>
    Png,
    /// <summary>GIF.</summary>
    Gif,
    /// <summary>WebP.</summary>
    WebP,
    /// <summary>TIFF.</summary>
    Tiff,
    /// <summary>AVIF and HEIC; libvips' packaged build decodes the former alone.</summary>
    Heif,
    /// <summary>Windows bitmap.</summary>
    Bmp,
    /// <summary>Netpbm: PBM, PGM, PPM.</summary>
    Pnm,
}

/// <summary>What the first bytes of a file say.</summary>
internal static class ImageHeader
{
    /// <summary>The format by its signature, whatever the file is called.</summary>
    public static ImageFormat Format(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith<byte>([0xFF, 0xD8, 0xFF]))
            return ImageFormat.Jpeg;
        if (bytes.StartsWith<byte>([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
            return ImageFormat.Png;
        if (bytes.StartsWith("GIF8"u8))
            return ImageFormat.Gif;
        if (bytes.Length >= 12 && bytes.StartsWith("RIFF"u8) && bytes[8..12].SequenceEqual("WEBP"u8))
            return ImageFormat.WebP;
        if (bytes.StartsWith("II*\0"u8) || bytes.StartsWith("MM\0*"u8) || bytes.StartsWith("II+\0"u8)
            || bytes.StartsWith("MM\0+"u8))
            return ImageFormat.Tiff;
        if (IsMedia(bytes))
            return IsVideo(bytes) ? ImageFormat.Unknown : ImageFormat.Heif;
        if (bytes.Length >= 3 && bytes[0] == 'P' && bytes[1] is >= (byte)'1' and <= (byte)'6'
            && (bytes[2] is >= 9 and <= 13 or 32 or (byte)'#'))
            return ImageFormat.Pnm;
        return bytes.StartsWith("BM"u8) ? ImageFormat.Bmp : ImageFormat.Unknown;
    }

    /// <summary>Whether a HEIF file says that it is coded as AV1.</summary>
    public static bool IsAvif(ReadOnlySpan<byte> bytes)
    {
        // The brand at 8, a version, then compatible brands to the end of the first box.
        var end = Math.Min(BinaryPrimitives.ReadUInt32BigEndian(bytes), (uint)bytes.Length);
        for (var at = 8; at + 4 <= end; at += 4)
        {
            if (at != 12 && (bytes[at..].StartsWith("avif"u8) || bytes[at..].StartsWith("avis"u8)))
                return true;
        }
        return false;
    }

    private static bool IsMedia(ReadOnlySpan<byte> bytes) => bytes.Length >= 12 && bytes[4..8].SequenceEqual("ftyp"u8);

    private static bool IsVideo(ReadOnlySpan<byte> bytes) =>
        bytes[8..].StartsWith("isom"u8) || bytes[8..].StartsWith("iso2"u8) || bytes[8..].StartsWith("mp4"u8)
            || bytes[8..].StartsWith("qt  "u8)
        || bytes[8..].StartsWith("M4V"u8) || bytes[8..].StartsWith("avc1"u8) || bytes[8..].StartsWith("3gp"u8);

    /// <summary>What a file without a known signature looks like, for the reason it is refused.</summary>
    public static string Describe(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return "the file is empty (0 bytes)";
        if (bytes.StartsWith("%PDF"u8))
            return "it is a PDF document, not an image";
        if (bytes.StartsWith("PK\u0003\u0004"u8))
            return "it is a ZIP archive, not an image";
        if (IsMedia(bytes))
            return "it is a video, not an image";
        if (bytes.StartsWith("8BPS"u8))
            return "it is a Photoshop document; export it as PNG";
        if (bytes.StartsWith<byte>([0, 0, 0, 12]) && bytes.Length > 8
            && (bytes[4..].StartsWith("jP  "u8) || bytes[4..].StartsWith("JXL "u8))
            || bytes.StartsWith<byte>([0xFF, 0x0A]))
            return "it is JPEG 2000 or JPEG XL, which is not read; convert it to PNG";
        if (bytes.StartsWith<byte>([0, 0, 1, 0]))
            return "it is an icon, which is not read; convert it to PNG";
        var head = bytes[..Math.Min(bytes.Length, 512)];
        if (head.TrimStart(" \t\r\n\uFEFF"u8).StartsWith("<"u8))
            return "it is text such as HTML, XML or SVG, not an image";
        return head.IndexOfAnyExceptInRange((byte)9, (byte)126) < 0 ? "it is text, not an image"
            : "its content is no image format that is known";
    }

    /// <summary>Width and height of a JPEG from its frame header, how it is coded, and whether anything in it asks for
    /// more than plain decoding; false where there is none to be found.</summary>
    public static bool TryReadJpeg(ReadOnlySpan<byte> bytes, out JpegHeader header)
    {
        header = default;
        var plain = true;
        for (var at = 2; at + 9 < bytes.Length;)
        {
            if (bytes[at] != 0xFF)
                return false;
            var marker = bytes[at + 1];
            if (marker == 0xFF)
            {
                at++;
                continue;
            }
            var length = BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 2)..]);
            if (length < 2)
                return false;
            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC))
            {
                header = new(BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 7)..]),
                    BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 5)..]),
                    bytes[at + 9], marker is 0xC0 or 0xC1 or 0xC2, plain && bytes[at + 4] == 8);
                return true;
            }
            // EXIF may ask for rotation, APP2 for a colour profile, APP14 (Adobe) for other colours than YCbCr.
            if (marker is 0xE1 or 0xE2 or 0xEE)
                plain = false;
            at += 2 + length;
        }
        return false;
    }
}

/// <summary>A JPEG's frame header.</summary>
/// <param name="Components">1 for grey, 3 for colour, 4 for CMYK.</param>
/// <param name="Common">Whether it is baseline, extended sequential or progressive, with Huffman codes.</param>
/// <param name="Plain">Whether it is 8 bit without EXIF, colour profile or Adobe marker.</param>
internal readonly record struct JpegHeader(int Width, int Height, int Components, bool Common, bool Plain);
