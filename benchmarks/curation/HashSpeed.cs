using System.Globalization;
using System.Security.Cryptography;
using FaceBias.Core.Curation;
using FaceBias.Core.Curation.Quality;
using FaceBias.Core.Data;
using FaceBias.Core.Imaging;
using NetVips;

namespace FaceBias.Benchmarks.Curation;

/// <summary>Hashes from files per second of one core: the whole look at a file, its steps, libvips decoding alone, and ImageHash's definition in Python.</summary>
internal static class HashSpeed
{
    private const int Count = 2000;

    public static void Run(string folder)
    {
        string[] files = [.. ImageFolder.List(folder).Files.Take(Count).Select(f => f.Path)];
        var probe = new ImageProbe();
        var slow = new ImageProbe(decoder: new ImageDecoder { FastJpeg = false });
        var rates = Measure.InTurns(files.Length,
            ("libvips decodes to pixels, nothing else", () => { foreach (var f in files) Decode(f); }),
            ("look at a file (SHA-256, both hashes, scores)", () => { foreach (var f in files) probe.Look(f); }),
            ("the same without libturbojpeg", () => { foreach (var f in files) slow.Look(f); }));
        Steps([.. files.Select(File.ReadAllBytes)]);
        Console.WriteLine("ImageHash's phash alone, in Python with Pillow, numpy and scipy:");
        if (PythonPeer.Run(["rate", folder, $"{Count}"]) is not { } output)
            return;
        Console.WriteLine("  " + output);
        var peer = double.Parse(output.Split(' ')[0], CultureInfo.InvariantCulture);
        Measure.Line($"look at a file against ImageHash in Python: {rates[1] / peer:0.0} times as fast per core");
    }

    private static void Decode(string path)
    {
        using var image = Image.JpegloadBuffer(File.ReadAllBytes(path));
        NetVips.NetVips.Free(image.WriteToMemory(out _));
    }

    private static void Steps(byte[][] files)
    {
        var decoder = new ImageDecoder();
        using var pixels = new PixelBuffer();
        var pictures = Array.ConvertAll(files, bytes =>
        {
            decoder.DecodePixels(bytes, pixels, target: null, asStored: true);
            return (Rgb: pixels.Span.ToArray(), Grey: Greys(pixels), pixels.Width, pixels.Height);
        });
        Measure.InTurns(files.Length,
            ("  SHA-256", () => { foreach (var f in files) SHA256.HashData(f); }),
            ("  decoding", () => { foreach (var f in files) decoder.DecodePixels(f, pixels, target: null, asStored: true); }),
            ("  grey", () => { foreach (var p in pictures) GreyPixels.From(p.Rgb, p.Grey); }),
            ("  perceptual hash", () => { foreach (var p in pictures) PerceptualHash.Of(p.Grey, p.Width, p.Height); }),
            ("  difference hash", () => { foreach (var p in pictures) PerceptualHash.Difference(p.Grey, p.Width, p.Height); }),
            ("  scores", () => { foreach (var p in pictures) QualityMeter.Measure(p.Rgb, p.Grey, p.Width, p.Height); }));
    }

    private static byte[] Greys(PixelBuffer pixels)
    {
        var grey = new byte[pixels.Width * pixels.Height];
        GreyPixels.From(pixels.Span, grey);
        return grey;
    }
}
