using FaceBias.Core.Backbones;
using FaceBias.Core.Curation.Linear;
using FaceBias.Core.Data;

namespace FaceBias.Core.Curation.Faces;

/// <summary>Flags pictures without a face: in which the detector found none, or whose features are far off; with both,
/// only where both say so, because a detector that misses a face must not remove a person.</summary>
internal static class NotFaceCheck
{
    /// <summary>Flags, from what the detector wrote into the manifest and, if given, features.</summary>
    /// <param name="features">Features of <paramref name="rows"/>, or null.</param>
    /// <param name="rows">Readable images, one of each group of copies, that have features.</param>
    public static void Flag(Manifest manifest, ImageFeatures? features, IReadOnlyList<int> rows,
        CancellationToken cancel)
    {
        var far = new HashSet<int>();
        var faces = manifest.Measure(ManifestMeasures.Faces);
        if (features is not null
            && FeatureDistance.Of(manifest, new UnitFeatures(manifest, features), rows,
                faces is null ? null : i => faces[i] > 0, cancel) is var (distances, farOff))
        {
            var measured = manifest.Measured(ManifestMeasures.FeatureDistance);
            for (var i = 0; i < rows.Count; i++)
            {
                measured[rows[i]] = distances[i];
                if (farOff[i])
                    far.Add(rows[i]);
            }
        }
        var distance = manifest.Measure(ManifestMeasures.FeatureDistance);
        for (var i = 0; i < manifest.Count; i++)
        {
            // A copy shares what was found about the one that stands for it.
            var stand = manifest.ExactGroup[i];
            bool? none = faces is null || double.IsNaN(faces[stand]) ? null : faces[stand] == 0;
            bool? isFar = distance is null || double.IsNaN(distance[stand]) ? null : far.Contains(stand);
            if (manifest.Problem[i] is null && (none, isFar) is not (null, null) && (none ?? true) && (isFar ?? true))
                manifest.Flags[i] |= ManifestFlags.NotFace;
        }
    }
}
