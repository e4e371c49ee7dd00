using System.Security.Cryptography;
using FaceBias.Primitives.Hashing;
using FaceBias.Primitives.Storage;

namespace FaceBias.Core.Imaging;

/// <summary>What is unusual about a picture that can be read.</summary>
[Flags]
internal enum ImageTraits : byte
{
    /// <summary>Nothing.</summary>
    None = 0,
    /// <summary>It has several frames or pages; the first is used.</summary>
    Animated = 1,
    /// <summary>It is stored rotated or mirrored and says so (EXIF); this is undone.</summary>
    Oriented = 2,
    /// <summary>It has an alpha channel; it is laid on white.</summary>
    Transparent = 4,
    /// <summary>It is stored in the colours of print.</summary>
    Cmyk = 8,
    /// <summary>It has a single channel.</summary>
    Grey = 16,
    /// <summary>It has more than 8 bits a channel.</summary>
    Deep = 32,
    /// <summary>Its samples are floating point, signed or 32 bit wide, and nothing says what white is: taken by their
    /// largest value to run from 0 to 1, 255, 65,535 or 4,294,967,295.</summary>
    Scaled = 64,
}

/// <summary>What a decoder says about one file.</summary>
public readonly record struct DecodeResult
{
    internal DecodeResult(string? problem, ImageFormat format = ImageFormat.Unknown, int width = 0, int height = 0,
        ImageTraits traits = ImageTraits.None) =>
        (Problem, Format, Width, Height, Traits) = (problem, format, width, height, traits);

    /// <summary>Why it cannot be used, as the end of a sentence, or null if it was decoded.</summary>
    public string? Problem { get; init; }

    /// <summary>What it is by content.</summary>
    internal ImageFormat Format { get; init; }

    /// <summary>Stored width in pixels, 0 where unknown.</summary>
    public int Width { get; init; }

    /// <summary>Stored height in pixels, 0 where unknown.</summary>
    public int Height { get; init; }

    /// <summary>What is unusual about it.</summary>
    internal ImageTraits Traits { get; init; }

    /// <summary>Whether the pixels were written.</summary>
    public bool Ok => Problem is null;

    internal DecodeResult TooLarge(long maxPixels) => this with
    {
        Problem = $"it has {Width:N0} x {Height:N0} pixels, more than the limit of "
            + (maxPixels < 1_000_000 ? $"{maxPixels:N0}" : $"{maxPixels / 1e6:0.#} million"),
    };

    /// <summary>How much smaller a JPEG can be decoded (1, 2, 4, 8) and still be at least twice as large as
    /// needed.</summary>
    internal int Shrink(ImageSpec? target)
    {
        if (target is null || Format != ImageFormat.Jpeg)
            return 1;
        // A quarter turn swaps the sides; the smaller requirement of both ways is met by either.
        var upright = Math.Min(Width / (2 * target.Width), Height / (2 * target.Height));
        var turned = Math.Min(Width / (2 * target.Height), Height / (2 * target.Width));
        var factor = Traits.HasFlag(ImageTraits.Oriented) ? Math.Min(upright, turned) : upright;
        return factor >= 8 ? 8 : factor >= 4 ? 4 : factor >= 2 ? 2 : 1;
    }
}

/// <summary>Turns the bytes of a picture into what a model takes. In this order: the first frame is decoded; turned
/// upright by its EXIF orientation; converted to 8-bit sRGB (through its colour profile where it has another one); laid
/// on white where it is transparent; cut to the target's proportions around its centre (<see cref="ImageFit.Cover"/>);
/// resized with an antialiasing triangle filter, rounded to 8 bit. In Pillow:
/// <c>ImageOps.exif_transpose(image).convert("RGB").resize((W, H), Image.BILINEAR, box)</c>, bit for bit for 8-bit sRGB
/// pictures. The triangle is what torchvision and TF.js resize with, so backbones see what they were trained on. A JPEG
/// at least 4 times as large as needed is decoded at 1/2, 1/4 or 1/8, as far as twice the target size remains; a part
/// of a pixel left over at the right or bottom edge is dropped (Pillow: <c>image.draft("RGB", (2W, 2H))</c>, then a
/// crop to the original sizes divided, rounded down).</summary>
public sealed partial class ImageDecoder
{
    /// <summary>The default of <see cref="MaxPixels"/>.</summary>
    public const long DefaultMaxPixels = 100_000_000;

    /// <summary>Longer files are refused before they are read: 256 MiB, three times what the default of
    /// <see cref="MaxPixels"/> takes as 8-bit RGB is the most that a picture needs.</summary>
    public const long MaxBytes = 1L << 28;

    /// <summary>The problem of a file that is not there.</summary>
    internal const string Absent = "the file does not exist";

    private const int RgbBands = 3;

    [ThreadStatic]
    private static KernelCache? s_kernels;

    /// <summary>Creates a decoder; it is safe to use from many threads.</summary>
    /// <exception cref="FaceBiasException">No library that decodes pictures can be loaded.</exception>
    public ImageDecoder() => Codec = PictureCodecs.Default;

    /// <summary>What decodes, but for ordinary JPEGs.</summary>
    internal IPictureCodec Codec { get; init; }

    /// <summary>Pictures with more pixels are refused by their header, before anything is allocated for them.</summary>
    public long MaxPixels { get; init; } = DefaultMaxPixels;

    /// <summary>Whether ordinary JPEGs are decoded by libturbojpeg where it is installed: the same pixels, several
    /// times as fast for small pictures, for which setting libvips up costs more than decoding.</summary>
    public bool FastJpeg { get; init; } = true;

    /// <summary>Reads a file and decodes it; see <see cref="Decode(byte[], ImageSpec, Span{float})"/>.</summary>
    public DecodeResult Decode(string path, ImageSpec spec, Span<float> destination) =>
        TryReadFile(path, out var bytes, out var problem) ? Decode(bytes, spec, destination) : new(problem);

    /// <summary>Decodes a picture into planes R, G, B of values 0 to 255.</summary>
    /// <param name="bytes">A whole file.</param>
    /// <param name="spec">The size and how to reach it.</param>
    /// <param name="destination"><see cref="ImageSpec.Length"/> floats; untouched if there is a problem.</param>
    /// <returns>Whether it worked, or why not. Bad pictures never throw.</returns>
    public DecodeResult Decode(byte[] bytes, ImageSpec spec, Span<float> destination) =>
        Decode(bytes, spec, destination, Box);

    /// <summary>Decodes the part of a picture that a function of its width and height, as decoded, chooses.</summary>
    internal DecodeResult Decode(
        byte[] bytes, ImageSpec spec, Span<float> destination,
        Func<int, int, ImageSpec, (double Left, double Top, double Right, double Bottom)> choose)
    {
        if (destination.Length != spec.Length)
            throw new ArgumentException(
                $"The destination holds {destination.Length} floats where {spec.Length} are needed.",
                nameof(destination));
        using var pixels = new PixelBuffer();
        var result = DecodePixels(bytes, pixels, spec);
        if (!result.Ok)
            return result;
        Fit(pixels.Span, pixels.Width, pixels.Height, choose(pixels.Width, pixels.Height, spec), spec, destination);
        return result;
    }

    /// <summary>Fits interleaved RGB as a decoded file would be: cut to the target's proportions, resized, split into
    /// planes.</summary>
    internal static void Fit(ReadOnlySpan<byte> rgb, int width, int height, ImageSpec spec, Span<float> destination) =>
        Fit(rgb, width, height, Box(width, height, spec), spec, destination);

    private static void Fit(
        ReadOnlySpan<byte> rgb, int width, int height, (double Left, double Top, double Right, double Bottom) box,
        ImageSpec spec, Span<float> destination)
    {
        var kernels = s_kernels ??= new();
        using var resized = new PixelBuffer();
        resized.Allocate(spec.Width, spec.Height, RgbBands);
        Resampler.Resize(rgb, width, RgbBands,
            kernels.Horizontal(width, box.Left, box.Right, spec.Width),
            kernels.Vertical(height, box.Top, box.Bottom, spec.Height), resized.Span);
        Planes.Split(resized.Span, destination);
    }

    /// <summary>Decodes to interleaved RGB, the pixels that models, hashes and thumbnails see: upright, in sRGB, on
    /// white. <paramref name="target"/> allows a large JPEG to be decoded smaller.</summary>
    internal DecodeResult DecodePixels(byte[] bytes, PixelBuffer pixels, ImageSpec? target)
    {
        var format = ImageHeader.Format(bytes);
        if (format == ImageFormat.Unknown)
            return new(ImageHeader.Describe(bytes));
        try
        {
            if (format == ImageFormat.Bmp)
                return BmpPicture.Decode(bytes, pixels, MaxPixels);
            if (format == ImageFormat.Pnm)
                return NetpbmPicture.Decode(bytes, pixels, MaxPixels);
            if (PictureEnd.IsMissing(bytes, format))
                return new($"the {format} data is cut off: the file ends before its picture does", format);
            if (format == ImageFormat.Jpeg && FastJpeg && TryDecodePlainJpeg(bytes, pixels, target, out var fast))
                return fast;
            var result = Codec.Decode(bytes, format, pixels, MaxPixels, target);
            return format == ImageFormat.Heif && !result.Ok && !ImageHeader.IsAvif(bytes)
                ? result with { Problem =
                    "it is a HEIC photo, whose coding (HEVC) cannot be decoded here; convert it to JPEG" } : result;
        }
        catch (OutOfMemoryException)
        {
            // Other pictures are smaller.
            pixels.Dispose();
            return new("there is not enough memory to decode it", format);
        }
    }

    /// <summary>Reads a whole file, object or member of a tar, or says why it cannot be read.</summary>
    /// <exception cref="FaceBiasException">A service does not answer, or denies access: no fault of one
    /// picture.</exception>
    internal static bool TryReadFile(string path, out byte[] bytes, out string problem)
    {
        try
        {
            bytes = StoredFile.ReadAllBytes(path, MaxBytes, out var refused);
            problem = refused ?? "";
            return refused is null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OutOfMemoryException
            or ArgumentException)
        {
            bytes = [];
            problem = e switch
            {
                FileNotFoundException when path.Contains('\uFFFD', StringComparison.Ordinal) =>
                    "its name is not UTF-8; rename it",
                FileNotFoundException or DirectoryNotFoundException =>
                    Directory.Exists(path) ? "it is a folder" : Absent,
                UnauthorizedAccessException => "the file cannot be read without permission",
                OutOfMemoryException => "there is not enough memory to read it",
                ArgumentException => "no file can have this name",
                _ => $"the file cannot be read ({e.Message.TrimEnd('.')})",
            };
            return false;
        }
    }

    /// <summary>Reads a whole file that must still be what it was: caches are keyed by content, and results of other
    /// bytes must not get in under its hash.</summary>
    internal static bool TryReadUnchanged(string path, Digest sha256, out byte[] bytes, out string problem)
    {
        if (!TryReadFile(path, out bytes, out problem))
            return false;
        if (new Digest(SHA256.HashData(bytes)) == sha256)
            return true;
        problem = "it changed while the run was reading it";
        return false;
    }

    /// <summary>The part of the picture that is scaled to the target.</summary>
    internal static (double Left, double Top, double Right, double Bottom) Box(int width, int height, ImageSpec spec)
    {
        if (spec.Fit == ImageFit.Stretch)
            return (0, 0, width, height);
        var boxWidth = Math.Min(width, (double)height * spec.Width / spec.Height);
        var boxHeight = Math.Min(height, (double)width * spec.Height / spec.Width);
        var (left, top) = ((width - boxWidth) / 2, (height - boxHeight) / 2);
        return (left, top, left + boxWidth, top + boxHeight);
    }

    /// <summary>The last kernel of each direction: pictures of one data set tend to have one size.</summary>
    private sealed class KernelCache
    {
        private readonly (int, double, double, int)[] _keys = new (int, double, double, int)[2];
        private readonly ResampleKernel?[] _kernels = new ResampleKernel?[2];

        public ResampleKernel Horizontal(int inputs, double from, double to, int outputs) =>
            Get(0, (inputs, from, to, outputs));

        public ResampleKernel Vertical(int inputs, double from, double to, int outputs) =>
            Get(1, (inputs, from, to, outputs));

        private ResampleKernel Get(int slot, (int Inputs, double From, double To, int Outputs) key)
        {
            if (_kernels[slot] is { } kernel && _keys[slot] == key)
                return kernel;
            _keys[slot] = key;
            return _kernels[slot] = new(key.Inputs, key.From, key.To, key.Outputs, ResampleFilter.Triangle);
        }
    }
}
