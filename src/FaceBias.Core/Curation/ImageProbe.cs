using System.Buffers;
using System.Security.Cryptography;
using FaceBias.Core.Curation.Quality;
using FaceBias.Core.Data;
using FaceBias.Core.Imaging;
using FaceBias.Primitives.Hashing;

namespace FaceBias.Core.Curation;

/// <summary>What one look at a file found out.</summary>
/// <param name="Problem">Why it cannot be decoded, as the end of a sentence, or null.</param>
/// <param name="Sha256">Hash of its bytes; zero where they could not be read.</param>
/// <param name="PHash">Perceptual hash; 0 where there is a problem.</param>
/// <param name="Width">Stored width in pixels, 0 where unknown.</param>
/// <param name="Height">Stored height in pixels, 0 where unknown.</param>
/// <param name="DHash">Difference hash; 0 where there is a problem.</param>
internal readonly record struct ProbeResult(
    string? Problem, Digest Sha256, ulong PHash, ImageFormat Format, int Width, int Height, ImageTraits Traits,
    PictureQuality Quality, ulong DHash = 0);

/// <summary>Looks at every file once, on all cores: SHA-256 of the bytes, format and size, whether it decodes,
/// perceptual hash, scores of its quality. Results go to a journal as they come, so that neither a second run nor one
/// after an interruption looks again at a file whose path, size and time of change are the same.</summary>
internal sealed class ImageProbe
{
    private readonly ImageDecoder _decoder;
    private readonly string? _cacheFolder;

    /// <summary>Creates a probe.</summary>
    /// <param name="cacheFolder">Where to keep the journal, or null for none.</param>
    /// <param name="decoder">A decoder with a limit of its own.</param>
    public ImageProbe(string? cacheFolder = null, ImageDecoder? decoder = null) =>
        (_cacheFolder, _decoder) = (cacheFolder, decoder ?? new());

    /// <summary>Threads; one per core by default.</summary>
    internal int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Takes what was found about a file; called from many threads, and again for a file that was looked at
    /// more than once: the last call counts.</summary>
    internal delegate void Receive(int file, in ProbeResult result);

    /// <summary>Looks at all files.</summary>
    /// <returns>One result per file, in their order.</returns>
    /// <exception cref="FaceBiasException">The journal cannot be written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; what was found so far is in the journal.</exception>
    public ProbeResult[] Run(IReadOnlyList<ImageFile> files, IProgress<StepProgress>? progress = null,
        CancellationToken cancel = default)
    {
        var results = new ProbeResult[files.Count];
        Run(files, (int file, in ProbeResult result) => results[file] = result, progress, cancel);
        return results;
    }

    /// <summary>The same, with results handed on as they come.</summary>
    internal void Run(IReadOnlyList<ImageFile> files, Receive receive, IProgress<StepProgress>? progress,
        CancellationToken cancel)
    {
        long done = 0, cached = 0;
        var reader = new PictureReader(files);
        var options = new ParallelOptions { CancellationToken = cancel,
            MaxDegreeOfParallelism = Threads };
        // Zero where there is no key; SHA-256 gives it to no file.
        var keys = new UInt128[files.Count];
        Parallel.For(0, files.Count, options, i => keys[i] = ProbeJournal.Key(files[i].Path, _decoder.MaxPixels) ?? 0);
        var isKnown = new bool[files.Count];
        using var journal = Open(keys, (file, result) =>
        {
            receive(file, result);
            isKnown[file] = true;
        }, () => progress?.Report(new("waiting for another run", 0, files.Count, "images")), cancel);
        Parallel.For(0, files.Count, options, i =>
        {
            if (isKnown[i])
                Interlocked.Increment(ref cached);
            else
            {
                var result = Look(reader, i);
                receive(i, result);
                // A file that could not be read at all may be readable the next time, and one that was changed since
                // its key was made is not what the key says.
                if (keys[i] != 0 && result.Sha256 != default
                    && ProbeJournal.Key(files[i].Path, _decoder.MaxPixels) == keys[i])
                    journal?.Add(keys[i], result);
            }
            var now = Interlocked.Increment(ref done);
            if (now % 64 == 0 || now == files.Count)
                progress?.Report(new("looking at images", now, files.Count, "images", Interlocked.Read(ref cached)));
        });
    }

    private ProbeJournal? Open(UInt128[] keys, Action<int, ProbeResult> known, Action waiting, CancellationToken cancel)
    {
        if (_cacheFolder is null)
            return null;
        var rows = new RowIndex<UInt128>(keys.Length, i => keys[i]).AddAll();
        return ProbeJournal.Open(_cacheFolder, (key, result) =>
        {
            if (rows.Find(key) is >= 0 and var row)
                known(row, result);
        }, waiting, cancel);
    }

    /// <summary>Looks at one file.</summary>
    public ProbeResult Look(string path) => Look(new PictureReader([new("", path)]), 0);

    private ProbeResult Look(PictureReader reader, int index)
    {
        if (!reader.TryRead(index, out var bytes, out var problem))
            return new(problem, default, 0, ImageFormat.Unknown, 0, 0, ImageTraits.None, PictureQuality.None);
        var digest = new Digest(SHA256.HashData(bytes));
        using var pixels = new PixelBuffer();
        var decoded = _decoder.DecodePixels(bytes, pixels, target: null);
        var (hash, difference, quality) = decoded.Ok ? Measure(pixels) : (0, 0, PictureQuality.None);
        return new(decoded.Problem, digest, hash, decoded.Format, decoded.Width, decoded.Height, decoded.Traits,
            quality, difference);
    }

    /// <summary>The perceptual hash of a picture that somebody has read; null where it cannot be decoded.</summary>
    public static ulong? Hash(ImageDecoder decoder, byte[] bytes)
    {
        using var pixels = new PixelBuffer();
        // The hash is of 32 x 32 means: a large JPEG may be decoded smaller.
        if (!decoder.DecodePixels(bytes, pixels, new ImageSpec(256, 256)).Ok)
            return null;
        var rented = ArrayPool<byte>.Shared.Rent(pixels.Width * pixels.Height);
        var grey = rented.AsSpan(0, pixels.Width * pixels.Height);
        GreyPixels.From(pixels.Span, grey);
        var hash = PerceptualHash.Of(grey, pixels.Width, pixels.Height);
        ArrayPool<byte>.Shared.Return(rented);
        return hash;
    }

    private static (ulong Hash, ulong Difference, PictureQuality Quality) Measure(PixelBuffer pixels)
    {
        var rgb = pixels.Span;
        var rented = ArrayPool<byte>.Shared.Rent(pixels.Width * pixels.Height);
        var grey = rented.AsSpan(0, pixels.Width * pixels.Height);
        GreyPixels.From(rgb, grey);
        var hash = PerceptualHash.Of(grey, pixels.Width, pixels.Height);
        var difference = PerceptualHash.Difference(grey, pixels.Width, pixels.Height);
        var quality = QualityMeter.Measure(rgb, grey, pixels.Width, pixels.Height);
        ArrayPool<byte>.Shared.Return(rented);
        return (hash, difference, quality);
    }
}
