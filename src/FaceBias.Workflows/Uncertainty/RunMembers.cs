using FaceBias.Core.Uncertainty.Ensembles;
using FaceBias.Onnx.Graphs;
using FaceBias.Primitives.Hashing;
using FaceBias.Workflows.RunFolders;

namespace FaceBias.Workflows.Uncertainty;

/// <summary>The models of several runs as one that averages them, if none of them was trained on what the first is
/// tested on.</summary>
internal static class RunMembers
{
    /// <param name="run">The run whose test images stay those of the average.</param>
    /// <param name="members">Further runs.</param>
    /// <param name="fits">Whether further outputs are fitted on the validation images of the first.</param>
    /// <exception cref="FaceBiasException">A folder is no finished run, two are one, a test image was trained on, or
    /// the models cannot be averaged.</exception>
    public static JoinedModels Join(string run, IReadOnlyList<string> members, bool fits)
    {
        string[] folders = [run, .. members];
        var opened = folders.Select((folder, i) =>
        {
            using var read = RunFolder.Open(folder, i == 0 ? "‹Run›" : "‹Members›");
            var path = read.Checked(RunFolder.ModelFile);
            return (Path: path, Sha256: Sha256.OfFile(path),
                Manifest: Manifest.Read(read.Checked(RunFolder.ManifestFile)));
        }).ToArray();
        for (var i = 1; i < folders.Length; i++)
            if (Array.FindIndex(opened, o => o.Sha256 == opened[i].Sha256) is var first && first < i)
                throw new FaceBiasException(
                    $"'{folders[i]}' and '{folders[first]}' hold the same model; an average needs models of different "
                        + "trainings, such as with another ‹Seed›.");
        var trained = Array.ConvertAll(opened, o => TrainedImages.Of(o.Manifest));
        for (var i = 1; i < folders.Length; i++)
        {
            Refuse(run, folders[i], "test", Seen(Split.Test, trained[i].ContainsKey));
            if (fits)
                Refuse(run, folders[i], "validation",
                    Seen(Split.Validation, h => trained[i].GetValueOrDefault(h, Split.None) == Split.Train));
        }
        var joined = JoinedModels.Of([.. folders.Select((folder, i) => (folder, OnnxFile.Read(opened[i].Path)))]);
        TrainedImages.Add(joined.Model, trained.Skip(1).SelectMany(t => t.Keys).Where(h => !trained[0].ContainsKey(h)));
        return joined;

        (int Seen, int Of) Seen(Split split, Func<Digest, bool> isSeen)
        {
            var manifest = opened[0].Manifest;
            int[] images = [.. Enumerable.Range(0, manifest.Count).Where(r => manifest.Splits[r] == split)];
            return (images.Count(r => isSeen(manifest.Sha256[r])), images.Length);
        }
    }

    private static void Refuse(string run, string member, string split, (int Seen, int Of) images)
    {
        if (images.Seen > 0)
            throw new FaceBiasException(string.Create(CultureInfo.InvariantCulture,
                $"{images.Seen:N0} of the {images.Of:N0} {split} images of '{run}' were used to train '{member}', so the average would look better on them than it is; train every member on the splits of the first: 'facebias train' with the labels {Path.Combine(run, RunFolder.ManifestFile)} and another ‹Seed›."));
    }
}
