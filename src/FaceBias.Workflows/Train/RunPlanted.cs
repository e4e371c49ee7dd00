using FaceBias.Core.Curation.Faces;
using FaceBias.Core.Curation.Linear;
using FaceBias.Reporting;
using FaceBias.Synthesis;

namespace FaceBias.Workflows.Train;

/// <summary>Compares what was planted in drawn data with what a run found.</summary>
internal static class RunPlanted
{
    /// <summary>Rows for the report and the console.</summary>
    public static List<Reporting.PlantedRow> Compare(string plantedFile, Manifest manifest, ImageFeatures features,
        Table predictions, CancellationToken cancel)
    {
        IReadOnlySet<string> Flagged(ManifestFlags flag) => Enumerable.Range(0, manifest.Count)
            .Where(i => manifest.Flags[i].HasFlag(flag)).Select(i => manifest.Files[i].Id).ToHashSet();
        var found = new Dictionary<string, IReadOnlySet<string>>
        {
            [PlantedFindings.Unreadable] = Flagged(ManifestFlags.Unreadable),
            [PlantedFindings.ExactDuplicate] = Flagged(ManifestFlags.ExactCopy),
            [PlantedFindings.NearDuplicate] = Flagged(ManifestFlags.NearDuplicate),
            [PlantedFindings.LabelConflict] = Flagged(ManifestFlags.LabelConflict),
        };
        if (WithoutFace(manifest, features, cancel) is { } without)
            found.Add(PlantedFindings.NonFace, without);
        // Only the test split says what the model does with faces that it never saw.
        var split = predictions.Text("split");
        var test = Enumerable.Range(0, predictions.RowCount).Where(i => split[i] == "test").ToArray();
        TextColumn Part(string name) => predictions.Text(name).Take(test);
        var ofTest = predictions.Has("gender") && test.Length > 0
            ? new Table([Part("id"), Part("gender"), Part("gender_true")]) : null;
        return [.. PlantedFindings.Compare(PlantedRecord.Read(plantedFile), found, ofTest).Select(r =>
            new Reporting.PlantedRow(r.What, r.Planted, r.Comment.Length == 0 ? r.Found : $"{r.Found}; {r.Comment}"))];
    }
    /// <summary>Pictures whose features are far off the others, which takes no detector; null where there are too few
    /// images.</summary>
    private static HashSet<string>? WithoutFace(Manifest manifest, ImageFeatures features, CancellationToken cancel)
    {
        int[] rows = [.. Enumerable.Range(0, manifest.Count).Where(
            i => manifest.Problem[i] is null && manifest.ExactGroup[i] == i)];
        var failed = features.Ensure(manifest, rows, cancel: cancel);
        rows = [.. rows.Where(i => !failed.ContainsKey(i))];
        return FeatureDistance.Of(manifest, new UnitFeatures(manifest, features), rows, areFaces: null, cancel)
            is not var (_, farOff) ? null
            : rows.Where((_, r) => farOff[r]).Select(i => manifest.Files[i].Id).ToHashSet();
    }
}
