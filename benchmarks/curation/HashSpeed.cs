using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using FaceBias.Core.Curation;
using FaceBias.Core.Curation.Quality;
using FaceBias.Core.Data;
using FaceBias.Core.Imaging;
using NetVips;

namespace FaceBias.Benchmarks.Curation;

/// <summary>Hashes from files per second of one core: the whole look at a file, its steps, libvips decoding alone, and
/// ImageHash's definition in Python.</summary>
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
        var (decoding, codes) = Steps([.. files.Select(File.ReadAllBytes)]);
        if (PythonPeer.Run("phash.py", ["rate", folder, $"{Count}"]) is not { } output)
            return;
        double[] peer = [.. output.Split('\n').Select(line => double.Parse(line, CultureInfo.InvariantCulture))];
        Console.WriteLine($"Python with Pillow, numpy and scipy: ImageHash's phash {peer[0]:N0} per core-second, Pillow "
            + $"decoding alone {peer[1]:N0}, brightness alone {peer[2]:N0}, which changes {peer[3]:N0} of "
            + $"{files.Length:N0} hashes");
        Console.WriteLine($"against ImageHash in Python: a look at a file {rates[1] / peer[0]:0.0} times as fast per core, "
            + $"decoding alone {decoding / peer[0]:0.0} times, the Huffman codes alone {codes / peer[0]:0.0} times");
    }

    private static void Decode(string path)
    {
        using var image = Image.JpegloadBuffer(File.ReadAllBytes(path));
        NetVips.NetVips.Free(image.WriteToMemory(out _));
    }

    /// <summary>The rates of decoding and of reading the Huffman codes.</summary>
    private static (double Decoding, double Codes) Steps(byte[][] files)
    {
        var decoder = new ImageDecoder();
        using var pixels = new PixelBuffer();
        var pictures = Array.ConvertAll(files, bytes =>
        {
            decoder.DecodePixels(bytes, pixels, target: null);
            return (Rgb: pixels.Span.ToArray(), Grey: Greys(pixels), pixels.Width, pixels.Height);
        });
        var rates = Measure.InTurns(files.Length,
            ("  SHA-256", () => { foreach (var f in files) SHA256.HashData(f); }),
            ("  decoding", () => { foreach (var f in files) decoder.DecodePixels(f, pixels, target: null); }),
            ("  libturbojpeg, brightness alone", () => Brightness(files, 1)),
            ("  libturbojpeg, brightness at an eighth: little more than reading the Huffman codes",
                () => Brightness(files, 8)),
            ("  grey", () => { foreach (var p in pictures) GreyPixels.From(p.Rgb, p.Grey); }),
            ("  perceptual hash", () => { foreach (var p in pictures) PerceptualHash.Of(p.Grey, p.Width, p.Height); }),
            ("  difference hash",
                () => { foreach (var p in pictures) PerceptualHash.Difference(p.Grey, p.Width, p.Height); }),
            ("  scores", () => { foreach (var p in pictures) QualityMeter.Measure(p.Rgb, p.Grey, p.Width, p.Height);
                }));
        return (rates[1], rates[3]);
    }

    /// <summary>What no definition of a hash allows, to see how far decoding less could go.</summary>
    private static unsafe void Brightness(byte[][] files, int shrink)
    {
        const int Grey = 6, Side = 4096;
        var decoder = tjInitDecompress();
        var pixels = new byte[Side * Side];
        fixed (byte* target = pixels)
        {
            foreach (var file in files)
            {
                fixed (byte* source = file)
                {
                    int width = 0, height = 0, sampling = 0, colours = 0;
                    if (tjDecompressHeader3(decoder, source, new((nuint)file.Length), &width, &height, &sampling,
                        &colours) != 0
                        || tjDecompress2(decoder, source, new((nuint)file.Length), target,
                            (width + shrink - 1) / shrink, Side, (height + shrink - 1) / shrink, Grey, 0) != 0)
                        throw new InvalidOperationException("libturbojpeg cannot decode a picture.");
                }
            }
        }
        _ = tjDestroy(decoder);
    }

    [DllImport("libturbojpeg.so.0")]
    private static extern nint tjInitDecompress();

    [DllImport("libturbojpeg.so.0")]
    private static extern int tjDestroy(nint decoder);

    [DllImport("libturbojpeg.so.0")]
    private static extern unsafe int tjDecompressHeader3(nint decoder, byte* jpeg, CULong size, int* width, int* height,
        int* sampling, int* colours);

    [DllImport("libturbojpeg.so.0")]
    private static extern unsafe int tjDecompress2(nint decoder, byte* jpeg, CULong size, byte* pixels, int width,
        int pitch, int height, int format, int flags);

    private static byte[] Greys(PixelBuffer pixels)
    {
        var grey = new byte[pixels.Width * pixels.Height];
        GreyPixels.From(pixels.Span, grey);
        return grey;
    }
}
