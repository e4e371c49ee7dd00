using System.Buffers.Binary;
using System.IO.Compression;
using NetVips;

namespace FaceBias.Core.Tests.Imaging;

/// <summary>Small pictures made by code.</summary>
internal static class TestImages
{
    /// <summary>A picture whose every pixel is known: a smooth colour gradient with a white mark at the top left.</summary>
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
                        : (byte)(c switch { 0 => 200 * x / width, 1 => 200 * y / height, 2 => 100 + 50 * (x + y) / (width + height), _ => 255 });
                }
            }
        }
        return pixels;
    }

    public static Image Image(int width, int height, int bands = 3)
    {
        using var raw = NetVips.Image.NewFromMemory(Rgb(width, height, bands), width, height, bands, Enums.BandFormat.Uchar);
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
