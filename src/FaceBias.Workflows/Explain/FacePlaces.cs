using FaceBias.Core.Curation.Faces;
using FaceBias.Core.Explaining;
using FaceBias.Core.Explaining.Groups;
using FaceBias.Core.Imaging;
using FaceBias.Onnx.Graphs;

namespace FaceBias.Workflows.Explain;

/// <summary>Finds the faces of explained pictures, as the model sees them, so that a part of the face is the same part
/// in each of them.</summary>
internal sealed class FacePlaces : IDisposable
{
    private readonly FaceDetector? _detector;
    private readonly string? _missing;

    private FacePlaces(FaceDetector? detector, string? missing) => (_detector, _missing) = (detector, missing);

    /// <summary>Opens the detector; without one, pictures are taken for aligned crops.</summary>
    public static FacePlaces Open(string? home, bool aligned, IProgress<StepProgress>? progress,
        CancellationToken cancel)
    {
        if (aligned)
            return new(null, null);
        var store = home is null ? new ModelStore() : new ModelStore(home);
        try
        {
            var path = store.Get(FaceSearch.Detector, progress, cancel).OnnxPath;
            return new(new FaceDetector(OnnxFile.Read(path)), null);
        }
        catch (FaceBiasException e)
        {
            return new(null, e.Message);
        }
    }

    /// <summary>The landmarks of the largest face; null where none is found.</summary>
    public IReadOnlyList<float>? Find(ReadOnlySpan<float> picture, ImageSpec spec) =>
        _detector?.Largest(PictureEncoder.Interleaved(picture, spec), spec.Width, spec.Height, FaceSearch.Canvases,
            FaceSearch.Least)?.Landmarks;

    /// <summary>Where the relevance of a map lies.</summary>
    public static FaceRelevance Relevance(ReadOnlySpan<float> map, ImageSpec spec, IReadOnlyList<float>? landmarks) =>
        new(landmarks, FaceRegions.Shares(map, spec, landmarks),
            FaceRegions.Aligned(map, spec, landmarks, ExplainedPicture.Cells));

    /// <summary>How the parts were placed.</summary>
    public string Sentence(IReadOnlyList<(string Level, IReadOnlyList<ExplainedPicture> Pictures)> groups)
    {
        const string Aligned =
            "those of an aligned crop such as UTKFace's, and lie elsewhere in pictures cut otherwise";
        if (_detector is null && _missing is null)
            return $"The parts of the face are {Aligned}.";
        if (_missing is not null)
            return $"The face detector could not be opened ({_missing.TrimEnd('.')}), so the parts of the face are "
                + $"{Aligned}.";
        int all = groups.Sum(g => g.Pictures.Count), without = groups.Sum(g => Without(g.Pictures));
        return string.Create(CultureInfo.InvariantCulture,
            $"The parts of the face were placed by the landmarks of the detector {FaceSearch.Detector} in "
                + $"{all - without:N0} of {all:N0} pictures.")
            + (without == 0 ? "" : " In the others it found no face ("
                + string.Join(", ", groups.Select(g => string.Create(CultureInfo.InvariantCulture,
                    $"{g.Level} {Without(g.Pictures):N0} of {g.Pictures.Count:N0}")))
                + $"), and the parts are {Aligned}.");
    }

    private static int Without(IReadOnlyList<ExplainedPicture> pictures) =>
        pictures.Count(p => p.Face!.Landmarks is null);

    public void Dispose() => _detector?.Dispose();
}
