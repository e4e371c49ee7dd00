using System.Buffers.Binary;
using System.IO.Compression;
using NetVips;

namespace FaceBias.Core.Tests.Imaging;

/// <summary>Small pictures made by code.</summary>
internal static class TestImages
{
    /// <summary>A picture whose every pixel is known: a smooth colour gradient with a white mark at the top
    /// left.</summary>
    public static byte[] Rgb(int width, int height, int bands = 3)
    {
        var pixels = new byte[width * height * bands];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                for (var c = 0; c < bands; c++)
                {
                    pixels[(y * width + x) * bands + c] = x < width / 4 && y < height / 4
                        ? (byte)250
                        : (byte)(c switch { 0 => 200 * x / width, 1 => 200 * y / height,
                            2 => 100 + 50 * (x + y) / (width + height), _ => 255 });
                }
            }
        }
        return pixels;
    }

    public static Image Image(int width, int height, int bands = 3)
    {
        using var raw = NetVips.Image.NewFromMemory(Rgb(width, height, bands), width, height, bands,
            Enums.BandFormat.Uchar);
        return raw.Copy(interpretation: bands < 3 ? Enums.Interpretation.Bw : Enums.Interpretation.Srgb);
    }

    public static byte[] Jpeg(int width, int height, int quality = 95)
    {
        using var image = Image(width, height);
        return image.JpegsaveBuffer(q: quality);
    }

    public static byte[] Png(int width, int height, int bands = 3)
    {
        using var image = Image(width, height, bands);
        return image.PngsaveBuffer();
    }

    /// <summary>A valid PNG of any size, all black, that compresses to about a thousandth of its pixels.</summary>
    public static byte[] BlackPng(int width, int height)
    {
        using var stream = new MemoryStream();
        stream.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 1; // one bit a pixel, grey
        Chunk("IHDR", header);
        using var data = new MemoryStream();
        using (var zip = new ZLibStream(data, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            var row = new byte[1 + (width + 7) / 8];
            for (var y = 0; y < height; y++)
                zip.Write(row);
        }
        Chunk("IDAT", data.ToArray());
        Chunk("IEND", []);
        return stream.ToArray();

        void Chunk(string type, byte[] content)
        {
            Span<byte> word = stackalloc byte[4];
            BinaryPrimitives.WriteInt32BigEndian(word, content.Length);
            stream.Write(word);
            var body = System.Text.Encoding.ASCII.GetBytes(type).Concat(content).ToArray();
            stream.Write(body);
            BinaryPrimitives.WriteUInt32BigEndian(word, Crc(body));
            stream.Write(word);
        }
    }

    /// <summary>An uncompressed TIFF with its directory before its only strip, as Pillow writes them.</summary>
    public static byte[] Tiff(int width, int height, bool motorola = false)
    {
        (ushort Tag, int Value)[] tags = [(256, width), (257, height), (258, 8), (259, 1), (262, 1), (273, 0), (277, 1),
            (278, height), (279, width * height)];
        var data = 8 + 2 + 12 * tags.Length + 4;
        var bytes = new byte[data + width * height];
        (motorola ? "MM\0*"u8 : "II*\0"u8).CopyTo(bytes);
        Word(4, 8, 4);
        Word(8, tags.Length, 2);
        for (var i = 0; i < tags.Length; i++)
        {
            Word(10 + 12 * i, tags[i].Tag, 2);
            var size = tags[i].Tag is 273 or 279 ? 4 : 2;
            Word(12 + 12 * i, size == 4 ? 4 : 3, 2);
            Word(14 + 12 * i, 1, 4);
            Word(18 + 12 * i, tags[i].Tag == 273 ? data : tags[i].Value, size);
        }
        Rgb(width, height, 1).CopyTo(bytes, data);
        return bytes;

        void Word(int at, int value, int size)
        {
            for (var i = 0; i < size; i++)
                bytes[at + (motorola ? size - 1 - i : i)] = (byte)(value >> (8 * i));
        }
    }

    /// <summary>A bitmap of colours: 16 (5 bits each), 24 or 32 bits; with <paramref name="alpha"/> under a header that
    /// has masks.</summary>
    public static byte[] Bmp(int width, int height, int bits = 24, bool topDown = false, Func<int, byte>? alpha = null)
    {
        var (rgb, step, header) = (Rgb(width, height), bits / 8, alpha is null ? 40 : 108);
        var stride = (width * step + 3) / 4 * 4;
        var bytes = BmpHeader(width, topDown ? -height : height, bits, alpha is null ? 0 : 3, header, 0,
            stride * height);
        if (alpha is not null)
        {
            foreach (var (at, mask) in new[] { (54, 0xFF0000u), (58, 0xFF00u), (62, 0xFFu), (66, 0xFF000000u) })
                BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), mask);
        }
        for (var i = 0; i < width * height; i++)
        {
            var (y, at) = (i / width, 14 + header);
            at += (topDown ? y : height - 1 - y) * stride + i % width * step;
            if (bits == 16)
                BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(at),
                    (ushort)(rgb[3 * i] >> 3 << 10 | rgb[3 * i + 1] >> 3 << 5 | rgb[3 * i + 2] >> 3));
            else
                (bytes[at], bytes[at + 1], bytes[at + 2]) = (rgb[3 * i + 2], rgb[3 * i + 1], rgb[3 * i]);
            if (bits == 32)
                bytes[at + 3] = alpha?.Invoke(i) ?? 0;
        }
        return bytes;
    }

    /// <summary>A bitmap whose palette is black and white.</summary>
    public static byte[] PaletteBmp(int width, int height, int bits, int compression, byte[] data)
    {
        var bytes = BmpHeader(width, height, bits, compression, 40, 2, data.Length);
        bytes.AsSpan(58, 3).Fill(255);
        data.CopyTo(bytes, 14 + 40 + 8);
        return bytes;
    }

    private static byte[] BmpHeader(int width, int height, int bits, int compression, int header, int colours,
        int length)
    {
        var bytes = new byte[14 + header + 4 * colours + length];
        "BM"u8.CopyTo(bytes);
        foreach (var (at, value) in new[] { (2, bytes.Length), (10, bytes.Length - length), (14, header), (18, width),
            (22, height), (26, 1 | bits << 16), (30, compression), (46, colours) })
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at), value);
        return bytes;
    }

    /// <summary>P1 to P6; bits are set where the picture's red is below 100.</summary>
    public static byte[] Netpbm(int kind, int width, int height)
    {
        var rgb = Rgb(width, height, kind is 3 or 6 ? 3 : 1);
        using var stream = new MemoryStream();
        stream.Write(System.Text.Encoding.ASCII.GetBytes(
            $"P{kind}\n# made by a test\n{width} {height}\n{(kind is 1 or 4 ? "" : "255\n")}"));
        if (kind is 5 or 6)
            stream.Write(rgb);
        else if (kind is 2 or 3)
            stream.Write(System.Text.Encoding.ASCII.GetBytes(string.Join(' ', rgb) + "\n"));
        else if (kind == 1)
            stream.Write(System.Text.Encoding.ASCII.GetBytes(string.Concat(rgb.Select(v => v < 100 ? '1' : '0'))));
        else
        {
            for (var y = 0; y < height; y++)
            {
                var row = new byte[(width + 7) / 8];
                for (var x = 0; x < width; x++)
                    row[x / 8] |= (byte)(rgb[y * width + x] < 100 ? 0x80 >> (x % 8) : 0);
                stream.Write(row);
            }
        }
        return stream.ToArray();
    }

    public static uint Crc(byte[] bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
        }
        return ~crc;
    }
}
