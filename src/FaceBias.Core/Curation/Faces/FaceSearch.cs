using FaceBias.Core.Backbones;
using FaceBias.Core.Data;
using FaceBias.Onnx.Graphs;
using FaceBias.Primitives.Hashing;

namespace FaceBias.Core.Curation.Faces;

/// <summary>Looks for faces in all images of a manifest and writes number, score, box and landmarks into it. Results
/// are kept by SHA-256 beside the features, so a second run looks at no picture again and an interrupted one is
/// resumed.</summary>
internal static class FaceSearch
{
    /// <summary>The detector's name in the catalogue.</summary>
    public const string Detector = "retinaface";

    /// <summary>Least score of a face.</summary>
    public const float Least = 0.5f;

    /// <summary>A face that fills a picture is found on a small canvas; what shows none there is searched again larger,
    /// for small faces, which costs four times as much.</summary>
    public static readonly int[] Canvases = [320, 640];

    private const int Values = 1 + 1 + 4 + DetectedFace.LandmarkValues;

    /// <returns>Images that could not be read (any more), with the reason.</returns>
    public static IReadOnlyDictionary<int, string> Run(
        Manifest manifest, string home, int threads, IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        var model = new ModelStore(home).Get(Detector, progress, cancel);
        var rows = Enumerable.Range(0, manifest.Count).Where(
            i => manifest.Problem[i] is null && manifest.ExactGroup[i] == i).ToArray();
        var store = FeatureStore.Open(Path.Combine(home, "faces"), $"{model.Key}-{FaceDetector.Version}", Values);
        var missing = rows.Where(i => !store.Contains(manifest.Sha256[i])).ToArray();
        var failures = new Dictionary<int, string>();
        var cached = rows.Length - missing.Length;
        var done = cached;
        if (missing.Length > 0)
        {
            using var detector = new FaceDetector(OnnxFile.Read(model.OnnxPath));
            var without = new List<int>();
            (string, Digest) File(int image) => (manifest.Files[image].Path, manifest.Sha256[image]);
            void Keep(Detection detection)
            {
                store.Append([manifest.Sha256[detection.Index]], Row(detection.Faces));
                progress?.Report(new("faces", ++done, rows.Length, "images", cached));
            }
            detector.Run(Canvases[0], missing, File, detection =>
            {
                if (detection.Faces.Count > 0)
                    Keep(detection);
                else
                    without.Add(detection.Index);
            }, (i, reason) => failures[i] = reason, Least, threads, cancel);
            without.Sort();
            detector.Run(Canvases[1], without, File, Keep, (i, reason) => failures[i] = reason, Least, threads, cancel);
        }
        using var found = store.OpenRows();
        for (var i = 0; i < manifest.Count; i++)
        {
            if (manifest.Problem[i] is null && store.Contains(manifest.Sha256[i]))
                Write(manifest, i, found[manifest.Sha256[i]]);
        }
        return failures;
    }

    private static float[] Row(IReadOnlyList<DetectedFace> faces)
    {
        var row = new float[Values];
        row[0] = faces.Count;
        if (faces.MaxBy(f => f.Area) is { } largest)
        {
            (row[1], row[2], row[3], row[4], row[5]) =
                (largest.Score, largest.Left, largest.Top, largest.Right, largest.Bottom);
            for (var p = 0; p < DetectedFace.LandmarkValues; p++)
                row[6 + p] = largest.Landmarks[p];
        }
        return row;
    }

    private static void Write(Manifest manifest, int row, ReadOnlySpan<float> values)
    {
        manifest.Measured(ManifestMeasures.Faces)[row] = values[0];
        if (values[0] == 0)
            return;
        manifest.Measured(ManifestMeasures.FaceScore)[row] = values[1];
        for (var b = 0; b < 4; b++)
            manifest.Measured(ManifestMeasures.FaceBox[b])[row] = values[2 + b];
        for (var p = 0; p < DetectedFace.LandmarkValues; p++)
            manifest.Measured(ManifestMeasures.Landmarks[p])[row] = values[6 + p];
    }
}
