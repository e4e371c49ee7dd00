using FaceBias.Core.Curation.Faces;
using FaceBias.Core.Prediction;
using FaceBias.Core.Uncertainty.Novelty;
using FaceBias.Onnx.Graphs;
using FaceBias.Primitives.Hashing;
using FaceBias.Primitives.Storage;

namespace FaceBias.Workflows.Predict;

/// <summary>How unlike the training pictures each picture is, where the model knows (<see cref="NoveltyScore"/>): a
/// model answers a shark as confidently as a face.</summary>
internal sealed class PictureNovelty
{
    /// <summary>The column of the predictions: the distance from what is usual, 1 at its limit.</summary>
    public const string Column = PredictorOutput.Novelty;

    private const int MostNamed = 10, Digits = 6;

    /// <summary>Backbones that were trained on faces.</summary>
    private static readonly string[] s_faceBackbones = ["faceres", "faceres-deep", "gear", "sface"];

    private readonly bool _ofFaces;
    private readonly double[] _novelty;

    private readonly int _output;

    private PictureNovelty(bool ofFaces, int output, int files)
    {
        (_ofFaces, _output, _novelty) = (ofFaces, output, new double[files]);
        Array.Fill(_novelty, double.NaN);
    }

    /// <summary>Prepares to collect it; null where the model cannot tell.</summary>
    public static PictureNovelty? Of(OnnxPredictor predictor, int files) =>
        predictor.Outputs.ToList().FindIndex(o => o.Name == Column) is >= 0 and var output
            ? new(s_faceBackbones.Contains(predictor.Backbone), output, files) : null;

    /// <summary>Takes the outputs for some pictures.</summary>
    public void Set(ReadOnlySpan<int> rows, IReadOnlyList<float[]> outputs)
    {
        for (var i = 0; i < rows.Length; i++)
            _novelty[rows[i]] = Math.Round((double)outputs[_output][i], Digits);
    }

    public NumberColumn ToColumn(IReadOnlyList<int> rows) => new(Column, [.. rows.Select(r => _novelty[r])]);

    /// <summary>What there is to say about pictures beyond the limit.</summary>
    public IEnumerable<string> Lines(IReadOnlyList<ImageFile> files, IReadOnlyList<int> rows, int threads,
        CancellationToken cancel)
    {
        int[] strange = [.. rows.Where(r => _novelty[r] > 1).OrderByDescending(r => _novelty[r])];
        if (strange.Length == 0)
            yield break;
        var faces = _ofFaces ? Faces(files, [.. strange.Take(MostNamed)], threads, cancel) : null;
        foreach (var row in strange.Take(MostNamed))
        {
            var seen = faces is null ? _ofFaces ? "it is probably no face" : ""
                : faces.GetValueOrDefault(row) ? "though a face was found in it" : "no face was found in it";
            yield return string.Create(CultureInfo.InvariantCulture,
                $"'{files[row].Id}' is unlike the pictures that the model was trained on ({Column} "
                    + $"{_novelty[row]:0.00}, more than 1){(seen.Length > 0 ? ", and " + seen : "")}: its answers "
                    + $"mean little.").Replace("and though", "though", StringComparison.Ordinal);
        }
        yield return string.Create(CultureInfo.InvariantCulture,
            $"{strange.Length:N0} of {rows.Count:N0} pictures are unlike those that the model was trained on (column "
                + $"'{Column}' above 1).");
    }

    /// <summary>Which pictures a face is found in; null where the detector was not pulled.</summary>
    private static Dictionary<int, bool>? Faces(IReadOnlyList<ImageFile> files, int[] rows, int threads,
        CancellationToken cancel)
    {
        var store = new ModelStore();
        if (!store.IsReady(Catalogue.BuiltIn.Find(FaceSearch.Detector)!))
            return null;
        using var detector = new FaceDetector(OnnxFile.Read(store.Get(FaceSearch.Detector, null, cancel).OnnxPath));
        var found = new Dictionary<int, bool>();
        foreach (var canvas in FaceSearch.Canvases)
        {
            int[] open = [.. rows.Where(r => !found.GetValueOrDefault(r))];
            detector.Run(canvas, open, r => (files[r].Path, StoredFile.Sha256(files[r].Path)),
                detection => found[detection.Index] = detection.Faces.Count > 0, (_, _) => { }, FaceSearch.Least,
                threads, cancel);
        }
        return found;
    }
}
