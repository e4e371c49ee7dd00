using FaceBias.Core.Backbones;
using FaceBias.Core.Curation;
using FaceBias.Core.Curation.Faces;
using FaceBias.Core.Data;
using FaceBias.Core.Data.Labels;
using FaceBias.Primitives.Statistics;
using FaceBias.Primitives.Tables;

namespace FaceBias.Benchmarks.Curation;

/// <summary>Faces that are taken for something else, per subgroup, and other pictures that are taken for faces, with
/// 95% intervals.</summary>
internal static class FaceProof
{
    public static void Run(string data, int every, string backbone)
    {
        var listing = ImageFolder.List(Path.Combine(data, "utkface", "images"), Path.Combine(data, "nonfaces"),
            Path.Combine(data, "mit_faces"));
        var labels = LabelSource.Load("utkface", listing.Files);
        int[] chosen = [
            .. Enumerable.Range(0, listing.Files.Count).Where(
                i => !listing.Files[i].Id.StartsWith("images/", StringComparison.Ordinal) || i % every == 0)];
        ImageFile[] files = [.. chosen.Select(i => listing.Files[i])];
        Target gender = labels.Target("gender"), race = labels.Target("race");
        string Group(int i) => files[i].Id.Split('/') switch
        {
            ["images", ..] => labels.Labelled[chosen[i]]
                ? $"UTKFace {race.Classes[race.Codes[chosen[i]]]} {gender.Classes[gender.Codes[chosen[i]]]}" : "UTKFace, no label",
            [var set, var part, _] => $"{set} {part}",
            var parts => parts[0],
        };
        var manifest = Curator.Run(files).Manifest;
        var failed = FaceSearch.Run(manifest, FaceBiasHome.Folder, 0, null, default);
        using var features = ImageFeatures.Open(FaceBiasHome.Folder, backbone, 0);
        int[] rows = [.. Enumerable.Range(0, manifest.Count).Where(
            i => manifest.Problem[i] is null && manifest.ExactGroup[i] == i && !failed.ContainsKey(i))];
        features.Ensure(manifest, rows);
        NotFaceCheck.Flag(manifest, features, rows, default);
        double[] faces = manifest.Measure(ManifestMeasures.Faces)!,
            scores = manifest.Measure(ManifestMeasures.FaceScore)!;
        Console.WriteLine($"one image in {every} of UTKFace; retinaface, {backbone}; share with 95% interval");
        Console.WriteLine(
            "| pictures | number | no face by the detector | none or a score below 0.9 | not_face (detector and features) |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var group in rows.GroupBy(Group).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            int[] all = [.. group];
            Console.WriteLine($"| {group.Key} | {all.Length:N0} | {Share(all, i => faces[i] == 0)} | {Share(all, i => !(scores[i] >= 0.9))} | {Share(all, i => manifest.Flags[i].HasFlag(ManifestFlags.NotFace))} |");
        }
    }

    private static string Share(int[] rows, Func<int, bool> has)
    {
        var count = rows.Count(has);
        var (low, high) = Interval.Wilson(count, rows.Length, Interval.Z(0.95));
        return FormattableString.Invariant(
            $"{count} ({100.0 * count / rows.Length:0.0}%, {100 * low:0.0} to {100 * high:0.0})");
    }
}
