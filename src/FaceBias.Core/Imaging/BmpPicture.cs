using System.Buffers.Binary;
using System.Numerics;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Imaging;

/// <summary>Windows and OS/2 bitmaps: 1 to 32 bits, palettes, bit fields, run lengths, either way up. libvips' packaged
/// build has no loader for them.</summary>
internal static class BmpPicture
{
    private const int FileHeader = 14, CoreHeader = 12, InfoHeader = 40, WithAlphaMask = 56;
    private const uint Plain = 0, RunLengths8 = 1, RunLengths4 = 2, Fields = 3, AlphaFields = 6;

    private readonly record struct Header(int Width, int Height, bool TopDown, int Bits, uint Compression, int Colours,
        int ColourSize, int Palette, int Data);

    public static DecodeResult Decode(ReadOnlySpan<byte> bytes, PixelBuffer pixels, long maxPixels)
    {
        if (Read(bytes) is not { } header)
            return new("the Bmp data is damaged or cut off (no header)", ImageFormat.Bmp);
        var result = new DecodeResult(null, ImageFormat.Bmp, header.Width, header.Height);
        if ((long)header.Width * header.Height > maxPixels)
            return result.TooLarge(maxPixels);
        if (!IsKnown(header))
            return result with
                { Problem = $"it is a bitmap of {header.Bits} bits with compression {header.Compression}, which is "
                    + "not read; convert it to PNG" };
        var whole = header.Compression is RunLengths8 or RunLengths4
            ? Unpack(bytes, header) is { } indices && Paint(bytes, header, indices, 8, pixels)
            : Rows(bytes, header) is var rows && !rows.IsEmpty
                && (header.Bits <= 8 ? Paint(bytes, header, rows, header.Bits, pixels)
                    : Colours(bytes, header, rows, pixels, ref result));
        return whole ? result
            : result with { Problem = "the Bmp data is cut off: the file ends before its picture does" };
    }

    private static bool IsKnown(Header h) => h.Compression switch
    {
        Plain => h.Bits is 1 or 2 or 4 or 8 or 16 or 24 or 32,
        RunLengths8 => h.Bits == 8 && !h.TopDown,
        RunLengths4 => h.Bits == 4 && !h.TopDown,
        Fields or AlphaFields => h.Bits is 16 or 32,
        _ => false,
    };

    private static Header? Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < FileHeader + CoreHeader)
            return null;
        long data = BinaryPrimitives.ReadUInt32LittleEndian(bytes[10..]),
            size = BinaryPrimitives.ReadUInt32LittleEndian(bytes[FileHeader..]);
        if (data > bytes.Length || size is not CoreHeader and < InfoHeader || FileHeader + size > bytes.Length)
            return null;
        if (size == CoreHeader)
        {
            var bits = BinaryPrimitives.ReadUInt16LittleEndian(bytes[24..]);
            return Checked(new(BinaryPrimitives.ReadUInt16LittleEndian(bytes[18..]),
                BinaryPrimitives.ReadUInt16LittleEndian(bytes[20..]),
                false, bits, Plain, bits <= 8 ? 1 << bits : 0, 3, FileHeader + CoreHeader, (int)data));
        }
        var height = BinaryPrimitives.ReadInt32LittleEndian(bytes[22..]);
        var depth = BinaryPrimitives.ReadUInt16LittleEndian(bytes[28..]);
        var compression = BinaryPrimitives.ReadUInt32LittleEndian(bytes[30..]);
        var used = BinaryPrimitives.ReadUInt32LittleEndian(bytes[46..]);
        // A header of 40 bytes has its masks behind it; later headers have them inside, at the same place.
        var masks = size > InfoHeader ? 0 : compression switch { Fields => 12, AlphaFields => 16, _ => 0 };
        return Checked(new(BinaryPrimitives.ReadInt32LittleEndian(bytes[18..]),
            height == int.MinValue ? 0 : Math.Abs(height), height < 0, depth, compression,
            depth > 8 ? 0 : used is 0 or > 256 ? 1 << depth : (int)used, 4, FileHeader + (int)size + masks, (int)data));
    }

    private static Header? Checked(Header h) => h.Width > 0 && h.Height > 0 ? h : null;

    /// <summary>Bytes of a row, which ends at a multiple of four.</summary>
    private static long Stride(long width, int bits) => (width * bits + 31) / 32 * 4;

    private static ReadOnlySpan<byte> Rows(ReadOnlySpan<byte> bytes, Header h)
    {
        var length = Stride(h.Width, h.Bits) * h.Height;
        return length <= bytes.Length - h.Data ? bytes.Slice(h.Data, (int)length) : [];
    }

    private static bool Paint(ReadOnlySpan<byte> bytes, Header h, ReadOnlySpan<byte> rows, int bits, PixelBuffer pixels)
    {
        if (h.Palette + h.Colours * h.ColourSize > bytes.Length)
            return false;
        var palette = bytes.Slice(h.Palette, h.Colours * h.ColourSize);
        // Run lengths are unpacked without gaps.
        var stride = h.Compression == Plain ? (int)Stride(h.Width, bits) : h.Width;
        pixels.Allocate(h.Width, h.Height, 3);
        for (var y = 0; y < h.Height; y++)
        {
            var row = rows.Slice(y * stride, stride);
            var target = Target(pixels, h, y);
            for (var x = 0; x < h.Width; x++)
            {
                var bit = x * bits;
                var index = row[bit >> 3] >> (8 - bits - (bit & 7)) & ((1 << bits) - 1);
                var colour = palette[(Math.Min(index, h.Colours - 1) * h.ColourSize)..];
                (target[3 * x], target[3 * x + 1], target[3 * x + 2]) = (colour[2], colour[1], colour[0]);
            }
        }
        return true;
    }

    private static bool Colours(ReadOnlySpan<byte> bytes, Header h, ReadOnlySpan<byte> rows, PixelBuffer pixels,
        ref DecodeResult result)
    {
        var size = (int)BinaryPrimitives.ReadUInt32LittleEndian(bytes[FileHeader..]);
        var masks = h.Bits == 16 ? new uint[] { 0x7C00, 0x3E0, 0x1F, 0 } : [0xFF0000, 0xFF00, 0xFF, 0];
        if (h.Compression is Fields or AlphaFields)
        {
            if (FileHeader + InfoHeader + 16 > bytes.Length)
                return false;
            for (var m = 0; m < 4; m++)
                masks[m] = m < 3 || size >= WithAlphaMask || h.Compression == AlphaFields
                    ? BinaryPrimitives.ReadUInt32LittleEndian(bytes[(FileHeader + InfoHeader + 4 * m)..]) : 0;
        }
        // Many writers leave the alpha of every pixel at zero and mean a picture that hides nothing.
        var isTransparent = masks[3] != 0 && HasAlpha(h, rows, masks[3]);
        if (isTransparent)
            result = result with { Traits = ImageTraits.Transparent };
        int step = h.Bits / 8, stride = (int)Stride(h.Width, h.Bits);
        pixels.Allocate(h.Width, h.Height, 3);
        for (var y = 0; y < h.Height; y++)
        {
            var row = rows.Slice(y * stride, stride);
            var target = Target(pixels, h, y);
            for (var x = 0; x < h.Width; x++)
            {
                var value = Value(row[(x * step)..], step);
                var alpha = isTransparent ? Level(value, masks[3]) : byte.MaxValue;
                for (var c = 0; c < 3; c++)
                    target[3 * x + c] = (byte)((Level(value, masks[c]) * alpha + 255 * (255 - alpha) + 127) / 255);
            }
        }
        return true;
    }

    private static bool HasAlpha(Header h, ReadOnlySpan<byte> rows, uint mask)
    {
        int step = h.Bits / 8, stride = (int)Stride(h.Width, h.Bits);
        for (var i = 0; i < h.Width * h.Height; i++)
        {
            if ((Value(rows[(i / h.Width * stride + i % h.Width * step)..], step) & mask) != 0)
                return true;
        }
        return false;
    }

    private static uint Value(ReadOnlySpan<byte> at, int size) => size switch
    {
        2 => BinaryPrimitives.ReadUInt16LittleEndian(at),
        3 => (uint)(at[0] | at[1] << 8 | at[2] << 16),
        _ => BinaryPrimitives.ReadUInt32LittleEndian(at),
    };

    /// <summary>The bits of a mask as 0 to 255.</summary>
    private static int Level(uint value, uint mask)
    {
        if (mask == 0)
            return 0;
        var shift = BitOperations.TrailingZeroCount(mask);
        ulong largest = mask >> shift;
        return (int)((((value & mask) >> shift) * 255UL + largest / 2) / largest);
    }

    private static Span<byte> Target(PixelBuffer pixels, Header h, int y) =>
        pixels.Span.Slice((h.TopDown ? y : h.Height - 1 - y) * h.Width * 3, h.Width * 3);

    /// <summary>One index a byte, rows from the bottom up; null where the file ends before the bitmap does.</summary>
    private static byte[]? Unpack(ReadOnlySpan<byte> bytes, Header h)
    {
        const int EndOfRow = 0, EndOfPicture = 1, Move = 2;
        var indices = new byte[h.Width * h.Height];
        var wide = h.Compression == RunLengths8;
        int x = 0, y = 0;
        void Set(int index)
        {
            if (x < h.Width && y < h.Height)
                indices[y * h.Width + x] = (byte)index;
            x++;
        }
        for (var at = h.Data; at + 1 < bytes.Length;)
        {
            int count = bytes[at], value = bytes[at + 1];
            at += 2;
            if (count > 0)
            {
                for (var i = 0; i < count; i++)
                    Set(wide ? value : i % 2 == 0 ? value >> 4 : value & 15);
            }
            else if (value == EndOfPicture)
                return indices;
            else if (value == EndOfRow)
                (x, y) = (0, y + 1);
            else if (value == Move)
            {
                if (at + 2 > bytes.Length)
                    return null;
                (x, y) = (x + bytes[at], y + bytes[at + 1]);
                at += 2;
            }
            else
            {
                // Pixels one by one, to a multiple of two bytes.
                var length = wide ? value : (value + 1) / 2;
                if (at + length > bytes.Length)
                    return null;
                for (var i = 0; i < value; i++)
                    Set(wide ? bytes[at + i] : i % 2 == 0 ? bytes[at + i / 2] >> 4 : bytes[at + i / 2] & 15);
                at += length + length % 2;
            }
        }
        // Some writers leave the end of the picture out.
        return y >= h.Height || y == h.Height - 1 && x >= h.Width ? indices : null;
    }
}
