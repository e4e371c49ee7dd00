using System.Numerics.Tensors;
using FaceBias.Core.Backbones;
using FaceBias.Core.Curation.Faces;
using FaceBias.Core.Data;
using FaceBias.Core.Imaging;
using FaceBias.Onnx.Import;
using FaceBias.Onnx.Runtime;
using FaceBias.Primitives.Hashing;

namespace FaceBias.Core.Curation.Persons;

/// <summary>Features that tell people apart, of the largest face of an image, of length 1. They are kept by SHA-256
/// beside those of backbones.</summary>
internal static class PersonFeatures
{
    /// <summary>The network's name in the catalogue.</summary>
    public const string Network = "sface";

    /// <summary>Changes with everything that changes a result.</summary>
    private const int Version = 1;

    /// <summary>Computes the features of all images of which the detector wrote landmarks into the manifest, one of
    /// each group of copies.</summary>
    /// <returns>These rows, and [rows, values].</returns>
    public static (int[] Rows, float[] Features, int Count) Of(Manifest manifest, string home, int threads,
        IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        var network = new ModelStore(home).Get(Network, progress, cancel);
        double[][] landmarks = [.. ManifestMeasures.Landmarks.Select(name => manifest.Measure(name) ?? [])];
        int[] rows = landmarks.Any(l => l.Length == 0) ? [] : [.. Enumerable.Range(0, manifest.Count).Where(i =>
            manifest.Problem[i] is null && manifest.ExactGroup[i] == i && !double.IsNaN(landmarks[0][i]))];
        var store = FeatureStore.Open(FeatureExtractor.StoreRoot(home),
            $"{network.Key}-{FaceDetector.Version}-{Version}", network.FeatureCount);
        int[] missing = [.. rows.Where(i => !store.Contains(manifest.Sha256[i]))];
        var failed = new HashSet<int>();
        if (missing.Length > 0)
        {
            var decoder = new ImageDecoder();
            var done = 0;
            using var session = new OnnxSession(network.OnnxPath, new OnnxSessionOptions { Threads = 1 });
            ParallelInference.Run(session, network.Input, [BackboneMetadata.Features], missing,
                (i, planes) =>
                {
                    if (!ImageDecoder.TryReadUnchanged(manifest.Files[i].Path, manifest.Sha256[i], out var bytes,
                        out var problem))
                        return problem;
                    using var picture = new PixelBuffer();
                    var decoded = decoder.DecodePixels(bytes, picture, target: null);
                    if (decoded.Ok)
                        new FaceAlignment(Array.ConvertAll(landmarks, l => (float)l[i])).Cut(picture.Span,
                            picture.Width, picture.Height, planes);
                    return decoded.Problem;
                },
                (indices, outputs) =>
                {
                    var hashes = new Digest[indices.Length];
                    for (var i = 0; i < indices.Length; i++)
                        hashes[i] = manifest.Sha256[indices[i]];
                    store.Append(hashes, outputs[0]);
                    progress?.Report(
                        new("persons", rows.Length - missing.Length + (done += indices.Length), rows.Length, "images",
                            rows.Length - missing.Length));
                },
                (i, _) => failed.Add(i), threads, cancel);
        }
        rows = [.. rows.Where(i => !failed.Contains(i))];
        var size = network.FeatureCount;
        var features = new float[rows.Length * size];
        using var found = store.OpenRows();
        for (var r = 0; r < rows.Length; r++)
        {
            var to = features.AsSpan(r * size, size);
            var values = found[manifest.Sha256[rows[r]]];
            TensorPrimitives.Divide(values, Math.Max(TensorPrimitives.Norm(values), float.Epsilon), to);
        }
        return (rows, features, size);
    }
}
