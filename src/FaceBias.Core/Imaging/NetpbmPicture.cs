using System.Buffers.Binary;

namespace FaceBias.Core.Imaging;

/// <summary>PBM, PGM and PPM, as text and as bytes; the first picture of a file.</summary>
internal static class NetpbmPicture
{
    private const int MostDigits = 9;

    public static DecodeResult Decode(ReadOnlySpan<byte> bytes, PixelBuffer pixels, long maxPixels)
    {
        var kind = bytes[1] - '0';
        bool isText = kind <= 3, isBits = kind is 1 or 4;
        var bands = kind is 3 or 6 ? 3 : 1;
        var at = 2;
        int width = Number(bytes, ref at), height = Number(bytes, ref at), white = isBits ? 1 : Number(bytes, ref at);
        // One blank after the header; in text there may be more, and numbers skip them.
        at++;
        if (width < 1 || height < 1 || white is < 1 or > ushort.MaxValue)
            return new("the Pnm data is damaged or cut off (no header)", ImageFormat.Pnm);
        var result = new DecodeResult(null, ImageFormat.Pnm, width, height,
            (bands == 1 ? ImageTraits.Grey : ImageTraits.None) | (white > byte.MaxValue ? ImageTraits.Deep
                : ImageTraits.None));
        if ((long)width * height > maxPixels)
            return result.TooLarge(maxPixels);
        var size = white > byte.MaxValue ? 2 : 1;
        var stride = isBits ? (width + 7) / 8 : width * bands * size;
        if (bytes.Length - (long)at < (isText ? (long)width * height * bands : (long)stride * height))
            return Cut(result);
        pixels.Allocate(width, height, 3);
        var target = pixels.Span;
        for (var y = 0; y < height; y++)
        {
            var row = isText ? default : bytes.Slice(at + y * stride, stride);
            for (var i = 0; i < width * bands; i++)
            {
                int value = isText ? isBits ? Bit(bytes, ref at) : Number(bytes, ref at)
                    : isBits ? row[i >> 3] >> (7 - (i & 7)) & 1
                        : size == 1 ? row[i] : BinaryPrimitives.ReadUInt16BigEndian(row[(2 * i)..]);
                if (value < 0)
                    return Cut(result);
                // A set bit is black.
                var level = (byte)((Math.Min(isBits ? 1 - value : value, white) * 255 + white / 2) / white);
                if (bands == 3)
                    target[y * width * 3 + i] = level;
                else
                    target.Slice((y * width + i) * 3, 3).Fill(level);
            }
        }
        return result;
    }

    private static DecodeResult Cut(DecodeResult result) =>
        result with { Problem = "the Pnm data is cut off: the file ends before its picture does" };

    /// <summary>The next number, over blanks and comments; -1 where there is none.</summary>
    private static int Number(ReadOnlySpan<byte> bytes, ref int at)
    {
        Skip(bytes, ref at);
        int value = 0, start = at;
        for (; at < bytes.Length && bytes[at] is >= (byte)'0' and <= (byte)'9' && at - start < MostDigits; at++)
            value = 10 * value + bytes[at] - '0';
        return at == start ? -1 : value;
    }

    /// <summary>The next bit; they may stand without blanks.</summary>
    private static int Bit(ReadOnlySpan<byte> bytes, ref int at)
    {
        Skip(bytes, ref at);
        return at < bytes.Length && bytes[at] is (byte)'0' or (byte)'1' ? bytes[at++] - '0' : -1;
    }

    private static void Skip(ReadOnlySpan<byte> bytes, ref int at)
    {
        for (var isComment = false; at < bytes.Length && (isComment || bytes[at] is >= 9 and <= 13 or 32 or (byte)'#');
            at++)
            isComment = bytes[at] == '#' || isComment && bytes[at] is not 10 and not 13;
    }
}
