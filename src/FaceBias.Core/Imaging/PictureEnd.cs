using System.Buffers.Binary;

namespace FaceBias.Core.Imaging;

/// <summary>Whether a file ends before its picture does, from its outer structure alone. Decoders fill up what is
/// missing with grey or with what memory held, and a model answers that as confidently as a face.</summary>
internal static class PictureEnd
{
    /// <summary>Whether the end is missing. Bytes after the end do no harm.</summary>
    public static bool IsMissing(ReadOnlySpan<byte> bytes, ImageFormat format) => format switch
    {
        ImageFormat.Jpeg => !HasJpegEnd(bytes),
        ImageFormat.Png => !HasPngEnd(bytes),
        ImageFormat.Gif => !GifFrames.Count(bytes).IsWhole,
        ImageFormat.WebP => BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]) + 8L > bytes.Length,
        ImageFormat.Tiff => TiffStructure.IsCutOff(bytes),
        ImageFormat.Heif => !HasWholeBoxes(bytes),
        // Their decoders count rows themselves.
        _ => false,
    };

    /// <summary>Walks from marker to marker, over the coded data of every scan, to the end of the image. A thumbnail
    /// has an end of its own, inside a segment that is skipped.</summary>
    internal static bool HasJpegEnd(ReadOnlySpan<byte> bytes)
    {
        const byte Mark = 0xFF, End = 0xD9;
        for (var at = 2; at + 2 <= bytes.Length;)
        {
            if (bytes[at] != Mark)
            {
                // Coded data, or what a sloppy encoder left between segments: on to the next marker.
                var next = bytes[at..].IndexOf(Mark);
                if (next < 0)
                    return false;
                at += next;
                continue;
            }
            var marker = bytes[at + 1];
            if (marker == End)
                return true;
            // Stuffed zeros, fill bytes and restarts are part of the data; TEM and a second start have no length.
            if (marker is 0 or 1 or >= 0xD0 and <= 0xD8)
                at += 2;
            else if (marker == Mark)
                at++;
            else if (at + 4 > bytes.Length)
                return false;
            else
                at += 2 + BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 2)..]);
        }
        return false;
    }

    private static bool HasPngEnd(ReadOnlySpan<byte> bytes)
    {
        const int Around = 12; // length, type and checksum
        for (long at = 8; at + Around <= bytes.Length;)
        {
            var chunk = bytes[(int)at..];
            at += Around + BinaryPrimitives.ReadUInt32BigEndian(chunk);
            if (chunk[4..8].SequenceEqual("IEND"u8))
                return at <= bytes.Length;
        }
        return false;
    }

    /// <summary>Boxes of ISO 14496-12: a size, which counts itself, and a type; size 1 has 64 bits after the type, 0
    /// reaches to the end.</summary>
    private static bool HasWholeBoxes(ReadOnlySpan<byte> bytes)
    {
        for (ulong at = 0, length = (ulong)bytes.Length; at != length;)
        {
            if (length - at < 8)
                return false;
            var box = bytes[(int)at..];
            ulong size = BinaryPrimitives.ReadUInt32BigEndian(box);
            if (size == 1)
                size = box.Length < 16 ? 0 : BinaryPrimitives.ReadUInt64BigEndian(box[8..]);
            else if (size == 0)
                return true;
            if (size < 8 || size > length - at)
                return false;
            at += size;
        }
        return true;
    }
}
