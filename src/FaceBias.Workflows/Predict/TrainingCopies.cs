using FaceBias.Core.Curation;

namespace FaceBias.Workflows.Predict;

/// <summary>Images that were made from one that trained a model (scaled, compressed again), on which it looks better
/// than it is: near duplicates as curation finds them.</summary>
internal static class TrainingCopies
{
    private const int Named = 3;

    /// <summary>Says how many images are near duplicates of training images; null where none is.</summary>
    /// <param name="manifestFile">The manifest beside the model.</param>
    /// <param name="images">Readable images that are no training images themselves.</param>
    public static string? Say(string manifestFile, IReadOnlyList<(string Id, ulong Hash)> images, int all,
        CancellationToken cancel)
    {
        // A plain picture has the hash of every other plain one.
        static bool Tells(ulong hash) => ulong.PopCount(hash) is > 16 and < 48;
        var manifest = Manifest.Read(manifestFile);
        var trained = Enumerable.Range(0, manifest.Count)
            .Where(i => manifest.Splits[i] is Split.Train or Split.Validation && Tells(manifest.PHash[i]))
            .Select(i => (manifest.Files[i].Id, Hash: manifest.PHash[i])).ToArray();
        var others = images.Where(h => Tells(h.Hash)).ToArray();
        if (trained.Length == 0 || others.Length == 0)
            return null;
        var near = NearDuplicates.Pairs(
                [.. trained.Select(t => t.Hash), .. others.Select(o => o.Hash)], NearDuplicates.DefaultDistance, cancel)
            .Where(p => p.A < trained.Length && p.B >= trained.Length)
            .GroupBy(p => p.B).Select(g => (others[g.Key - trained.Length].Id, Of: trained[g.First().A].Id)).ToArray();
        return near.Length == 0 ? null : string.Create(CultureInfo.InvariantCulture,
            $"{near.Length:N0} of {all:N0} images look like copies of images that trained this model (perceptual "
                + $"hashes at most {NearDuplicates.DefaultDistance} bits apart): ")
            + string.Join(", ", near.Take(Named).Select(n => $"'{n.Id}' of '{n.Of}'"))
            + (near.Length > Named ? $" and {near.Length - Named:N0} more" : "")
            + ". If they are, the model looks better on them than it is; leave them out of an audit.";
    }
}
