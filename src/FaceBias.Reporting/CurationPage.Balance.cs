using FaceBias.Core.Curation;
using FaceBias.Core.Data;
using FaceBias.Primitives.Tables;

namespace FaceBias.Reporting;

internal static partial class CurationPage
{
    private static readonly Split[] s_splits = [Split.Train, Split.Validation, Split.Test];

    /// <summary>Who is in the data: groups by split, combinations that are missing, values that stand out, and whom
    /// each check flags more often.</summary>
    private static Html Balance(CurationPageInput input)
    {
        var m = input.Manifest;
        if (input.Targets.Count == 0)
            return Parts.Text("No labels were given, so nothing can be said about groups.");
        int[] kept = [.. Enumerable.Range(0, m.Count).Where(i => m.Kept[i])];
        var spikes = input.Targets.SelectMany(t => GroupBalance.Spikes(t, kept)).ToArray();
        var sparse = GroupBalance.Sparse(input.Targets, kept);
        return Html.Of($"""
            {(spikes.Length == 0 ? Html.Empty : Parts.Table("Values that far more images have than those around them: often a habit of the annotators",
                ["Label", "Value", "Images", "Median of the five values to either side"],
                spikes.Take(LongestTable).Select(s => (string[])[s.Label, s.Value.ToString(CultureInfo.InvariantCulture), MetricText.Count(s.Count), s.Around.ToString("0.#", CultureInfo.InvariantCulture)]), 1, 2, 3))}
            {(sparse.Count == 0 ? Html.Empty : Parts.Table($"Combinations with less than half the images that the two labels by themselves would give: {Shown("cells", sparse.Count, LongestTable)}",
                ["Combination", "Images", "Expected"], sparse.Take(LongestTable).Select(c => (string[])[c.Cell, MetricText.Count(c.Count), c.Expected.ToString("N0", CultureInfo.InvariantCulture)]), 1, 2))}
            <div class="tables">{input.Targets.Select(Rows)}</div>
            {FlagRates(input)}
            """);

        Html Rows(Target target)
        {
            var (names, group) = GroupBalance.Groups(target, kept);
            return Parts.Table($"Kept images by {target.Name}",
                [MetricText.Title(target.Name), "Images", .. s_splits.Select(s => s.ToString())],
                Enumerable.Range(0, names.Count).Select(
                    g => (string[])[names[g], MetricText.Count(group.Count(k => k == g)),
                    .. s_splits.Select(
                        s => MetricText.Count(
                            Enumerable.Range(0, kept.Length).Count(k => group[k] == g && m.Splits[kept[k]] == s)))]), 1,
                            2, 3, 4);
        }
    }

    private static IEnumerable<Html> FlagRates(CurationPageInput input)
    {
        var m = input.Manifest;
        int[] readable = [.. Enumerable.Range(0, m.Count).Where(i => m.Problem[i] is null)];
        ManifestFlags[] flags =
            [.. ManifestFlagNames.All.Where(
                f => f != ManifestFlags.Unreadable && Array.Exists(readable, i => m.Flags[i].HasFlag(f)))];
        foreach (var target in input.Targets.Where(t => t.Kind == TargetKind.Categorical && flags.Length > 0))
        {
            var (names, group) = GroupBalance.Groups(target, readable);
            int[][] members =
                [.. Enumerable.Range(0, names.Count).Select(
                    g => Enumerable.Range(0, readable.Length).Where(k => group[k] == g).Select(k => readable[k])
                        .ToArray())];
            double? Share(int g, ManifestFlags flag) =>
                members[g].Length == 0 ? null : (double)members[g].Count(i => m.Flags[i].HasFlag(flag))
                    / members[g].Length;
            // Of each check by itself: what is orange is flagged more often than the other groups.
            double Strength(int g, ManifestFlags flag)
            {
                double[] all = [.. Enumerable.Range(0, names.Count).Select(x => Share(x, flag)).OfType<double>()];
                return all.Max() <= 0 ? 0 : (Share(g, flag)!.Value - all.Min()) / all.Max();
            }
            yield return HeatTable.Draw(
                $"Share of readable images flagged, by {target.Name}: a check that flags one group more often removes "
                    + $"more of it", MetricText.Title(target.Name),
                Enumerable.Range(0, names.Count).SelectMany(g => flags.Select(f => Share(g, f) is { } share
                    ? new HeatCell($"{names[g]} (n = {MetricText.Count(members[g].Length)})", Words(f.Column()),
                        (100 * share).ToString("0.00", CultureInfo.InvariantCulture) + "%", "", Strength(g, f))
                    : new HeatCell($"{names[g]} (n = 0)", Words(f.Column()), "not estimable", "", null))));
        }
    }
}
