using FaceBias.Core.Imaging;
using FaceBias.Onnx.Import;
using FaceBias.Onnx.Runtime;
using FaceBias.Primitives.Hashing;

namespace FaceBias.Core.Backbones;

/// <summary>Computes the features of images that a <see cref="FeatureStore"/> does not have yet.</summary>
internal static class FeatureExtractor
{
    /// <summary>The folder of all feature stores in a home folder.</summary>
    public static string StoreRoot(string home) => Path.Combine(home, PictureCodecs.Cache("features"));

    /// <param name="store">Where features go; it stays consistent at every moment.</param>
    /// <param name="sha256">SHA-256 of each file as curation read it.</param>
    /// <param name="fail">Takes the images that cannot be read (any more), with the reason.</param>
    /// <param name="mirrored">Whether pictures go in mirrored; such features need a store of their own.</param>
    public static void Fill(
        FeatureStore store, Backbone backbone, IReadOnlyList<string> paths, IReadOnlyList<Digest> sha256,
        Action<int, string> fail, int threads = 0, IProgress<StepProgress>? progress = null,
        CancellationToken cancel = default,
        bool mirrored = false)
    {
        var missing = Enumerable.Range(0, paths.Count).Where(i => !store.Contains(sha256[i])).ToList();
        var step = $"features ({backbone.Name}{(mirrored ? ", mirrored" : "")})";
        var cached = paths.Count - missing.Count;
        var done = cached;
        progress?.Report(new StepProgress(step, done, paths.Count, "images", cached));
        if (missing.Count == 0)
            return;
        var decoder = new ImageDecoder();
        using var session = new OnnxSession(backbone.OnnxPath, new OnnxSessionOptions { Threads = 1 });
        ParallelInference.Run(
            session, backbone.Input, [BackboneMetadata.Features], missing,
            (i, pixels) => DecodeUnchanged(decoder, backbone.Input, paths[i], sha256[i], pixels, mirrored),
            (indices, outputs) =>
            {
                if (!IsFinite(outputs[0]))
                    throw new FaceBiasException(
                        $"The backbone '{backbone.Name}' gives features that are not finite for '{paths[indices[0]]}' "
                            + "or its neighbours; check its normalisation with 'facebias models inspect'.");
                var hashes = new Digest[indices.Length];
                for (var i = 0; i < indices.Length; i++)
                    hashes[i] = sha256[indices[i]];
                store.Append(hashes, outputs[0]);
                done += indices.Length;
                progress?.Report(new StepProgress(step, done, paths.Count, "images", cached));
            },
            fail, threads, cancel);
    }

    private static string? DecodeUnchanged(ImageDecoder decoder, ImageSpec spec, string path, Digest sha256,
        Span<float> pixels, bool mirrored)
    {
        if (!ImageDecoder.TryReadUnchanged(path, sha256, out var bytes, out var changed))
            return changed;
        var problem = decoder.Decode(bytes, spec, pixels).Problem;
        if (mirrored && problem is null)
            Augmentation.MirrorRows(pixels, spec.Width);
        return problem;
    }

    private static bool IsFinite(ReadOnlySpan<float> values)
    {
        foreach (var v in values)
            if (!float.IsFinite(v))
                return false;
        return true;
    }
}
