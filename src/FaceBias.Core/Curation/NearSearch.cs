using FaceBias.Core.Data;

namespace FaceBias.Core.Curation;

/// <summary>What the second look at near duplicates found.</summary>
/// <param name="Similarity">Similarity from which on a pair is confirmed: 1 for equal features, 0 for those of two
/// images by chance.</param>
/// <param name="Chance">Mean cosine of two images by chance, which is 0 on this scale.</param>
/// <param name="Candidates">Pairs whose hashes are near.</param>
/// <param name="Confirmed">Those that the features confirm.</param>
internal sealed record SecondLook(string Backbone, double Similarity, double Chance, int Candidates, int Confirmed);

/// <summary>From near hashes to near duplicates. Perceptual hashes of aligned faces are near each other for different
/// people too; a second look at a backbone's features tells a picture made from another one from a picture of somebody
/// else.</summary>
internal sealed class NearSearch(Manifest manifest, CurationOptions options, IProgress<StepProgress>? progress,
    CancellationToken cancel)
{
    /// <summary>The second look, if there was one.</summary>
    public SecondLook? Second { get; private set; }

    /// <summary>Flags near duplicates among images and sets their clusters, exact copies with the one that stands for
    /// them.</summary>
    /// <param name="unique">Readable images, one of each group of exact copies.</param>
    public void Flag(int[] unique)
    {
        var near = options is { Features: null, Orientations: false, DifferenceDistance: null }
            ? NearDuplicates.Find(Array.ConvertAll(unique, i => manifest.PHash[i]), options.NearDistance, cancel,
                progress)
            : Cluster(unique.Length, Confirmed(unique, Candidates(unique)));
        // An exact copy shares the fate of the one that stands for its group.
        var standsFor = new int[manifest.Count];
        for (var u = 0; u < unique.Length; u++)
        {
            standsFor[manifest.ExactGroup[unique[u]]] = u;
            if (near.Nearest[u] != NearResult.None)
                manifest.Flags[unique[u]] |= ManifestFlags.NearDuplicate;
        }
        for (var row = 0; row < manifest.Count; row++)
        {
            if (manifest.Problem[row] is null)
                manifest.Cluster[row] = manifest.ExactGroup[unique[near.Cluster[standsFor[manifest.ExactGroup[row]]]]];
        }
    }

    /// <summary>Pairs that are near by any of the hashes, and whether they are so in some other orientation
    /// only.</summary>
    private Dictionary<(int A, int B), bool> Candidates(int[] unique)
    {
        var pairs = new Dictionary<(int A, int B), bool>();
        var hashes = Array.ConvertAll(unique, i => manifest.PHash[i]);
        foreach (var pair in NearDuplicates.Pairs(hashes, options.NearDistance, cancel, progress))
            pairs[pair] = false;
        if (options.DifferenceDistance is { } differing)
        {
            foreach (var pair in NearDuplicates.Pairs(Array.ConvertAll(unique, i => manifest.DHash[i]), differing,
                cancel))
                pairs[pair] = false;
        }
        if (!options.Orientations)
            return pairs;
        var n = hashes.Length;
        // A wide search lives on the second look, which turned pairs do not get.
        var distance = options.Features is null ? options.NearDistance
            : Math.Min(options.NearDistance, NearDuplicates.DefaultDistance);
        for (var orientation = 1; orientation < HashOrientation.Count; orientation++)
        {
            // As they are first, then all turned: a pair of which one is turned is what is looked for.
            ulong[] both = [.. hashes, .. hashes.Select(h => HashOrientation.Apply(h, orientation))];
            foreach (var (a, b) in NearDuplicates.Pairs(both, distance, cancel, progress))
            {
                if (a < n && b >= n && a != b - n)
                    pairs.TryAdd((Math.Min(a, b - n), Math.Max(a, b - n)), true);
            }
        }
        return pairs;
    }

    /// <summary>Pairs that the features confirm. Features know nothing of turned pictures, so pairs that are near only
    /// in another orientation stand as they are.</summary>
    private (int A, int B)[] Confirmed(int[] unique, Dictionary<(int A, int B), bool> pairs)
    {
        if (options.Features is not { } features)
            return [.. pairs.Keys];
        int[] rows = [.. pairs.Keys.SelectMany(p => new[] { p.A, p.B }).Distinct().Order().Select(u => unique[u])];
        var sample = FeatureSimilarity.Sample(manifest, unique);
        var failed = features.Ensure(manifest, [.. rows.Union(sample)], progress, cancel);
        var similarity = new FeatureSimilarity(manifest, features, [.. sample.Where(i => !failed.ContainsKey(i))]);
        var looked = pairs.Where(
            p => !p.Value && !failed.ContainsKey(unique[p.Key.A]) && !failed.ContainsKey(unique[p.Key.B]))
            .Select(p => p.Key).ToArray();
        var confirmed = looked.Where(p => similarity.Of(unique[p.A], unique[p.B]) >= options.NearSimilarity).ToArray();
        Second = new(features.Backbone.Name, options.NearSimilarity, Math.Round(similarity.Chance, 4), looked.Length,
            confirmed.Length);
        return [.. confirmed, .. pairs.Keys.Except(looked)];
    }

    private static NearResult Cluster(int count, (int A, int B)[] pairs)
    {
        var clusters = new DisjointSets(count);
        var nearest = new byte[count];
        Array.Fill(nearest, NearResult.None);
        foreach (var (a, b) in pairs)
        {
            clusters.Join(a, b);
            nearest[a] = nearest[b] = 0;
        }
        return new(0, [pairs.Length], nearest, [.. Enumerable.Range(0, count).Select(clusters.Root)]);
    }
}
