using FaceBias.Core.Curation.Review;
using FaceBias.Core.Data;
using FaceBias.Core.Data.Labels;

namespace FaceBias.Core.Curation;

/// <summary>From what was found and what a person decided to which images are used.</summary>
internal static class KeepRules
{
    private const ManifestFlags AlwaysDropped =
        ManifestFlags.Unreadable | ManifestFlags.ExactCopy | ManifestFlags.LabelConflict;

    /// <summary>Sets <see cref="Manifest.Kept"/> and <see cref="Manifest.Decisions"/>.</summary>
    /// <returns>Sentences on decisions that could not be followed.</returns>
    public static IReadOnlyList<string> Apply(Manifest manifest, CurationOptions options)
    {
        for (var i = 0; i < manifest.Count; i++)
        {
            manifest.Decisions[i] = null;
            manifest.Kept[i] = (manifest.Flags[i] & (AlwaysDropped | options.Drop)) == 0;
        }
        var (actions, notices) = Fitting(manifest, options.Decisions);
        foreach (var (row, action) in actions)
        {
            manifest.Decisions[row] = action.ToString().ToLowerInvariant();
            if (action == ReviewAction.Drop)
                manifest.Kept[row] = false;
        }
        DropNear(manifest, options.Near, actions);
        foreach (var (row, action) in actions)
        {
            if (action != ReviewAction.Drop)
                manifest.Kept[row] = true;
        }
        return notices;
    }

    private static (Dictionary<int, ReviewAction> Actions, List<string> Notices) Fitting(Manifest manifest,
        IReadOnlyList<ReviewDecision> decisions)
    {
        var actions = new Dictionary<int, ReviewAction>();
        if (decisions.Count == 0)
            return (actions, []);
        var rows = ImageIndex.ById(manifest.Files);
        List<string> absent = [], changed = [], unreadable = [];
        foreach (var decision in decisions)
        {
            if (rows.Find(decision.Id) is not (>= 0 and var row))
                absent.Add(decision.Id);
            else if (manifest.Problem[row] is not null)
                unreadable.Add(decision.Id);
            else if (!ReviewFile.Fits(decision, manifest.Sha256[row]))
                changed.Add(decision.Id);
            else
                actions.Add(row, decision.Action);
        }
        var notices = new List<string>();
        void Notice(List<string> ids, string what)
        {
            if (ids.Count > 0)
                notices.Add(LabelNotice.From("review", ids, what).Sentence);
        }
        Notice(absent, "decisions of the review name no image that was found");
        Notice(unreadable, "decisions of the review are on files that cannot be read");
        Notice(changed, "decisions of the review were made on other pictures than the files hold now and are not "
            + "followed; look again and clear 'sha256'");
        return (actions, notices);
    }

    /// <summary>Drops near duplicates, all or all but one of each cluster. Where a person chose some of a cluster, only
    /// these stay.</summary>
    private static void DropNear(Manifest manifest, NearPolicy policy, Dictionary<int, ReviewAction> actions)
    {
        var best = new Dictionary<int, int>();
        var chosen = actions.Where(a => a.Value != ReviewAction.Drop).Select(a => manifest.Cluster[a.Key]).ToHashSet();
        for (var i = 0; i < manifest.Count; i++)
        {
            if (!manifest.Flags[i].HasFlag(ManifestFlags.NearDuplicate) || !manifest.Kept[i])
                continue;
            manifest.Kept[i] = false;
            var cluster = manifest.Cluster[i];
            if (policy == NearPolicy.DropAll || chosen.Contains(cluster))
                continue;
            if (!best.TryGetValue(cluster, out var other)
                || (policy == NearPolicy.KeepBest && IsBetter(manifest, i, other)))
                best[cluster] = i;
        }
        foreach (var row in best.Values)
            manifest.Kept[row] = true;
    }

    private static bool IsBetter(Manifest manifest, int a, int b)
    {
        long sizeA = (long)manifest.Width[a] * manifest.Height[a], sizeB = (long)manifest.Width[b] * manifest.Height[b];
        // A comparison with NaN, the blur of a flat picture, is false: it is never better.
        return sizeA != sizeB ? sizeA > sizeB
            : manifest.Measure(ManifestMeasures.Blur) is { } blur && blur[a] < blur[b];
    }
}
