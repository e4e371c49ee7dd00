using System.Globalization;
using FaceBias.Auditing;
using FaceBias.Core.Curation;
using FaceBias.Core.Data;
using FaceBias.Primitives.Tables;

namespace FaceBias.Reporting;

public static partial class CurationPage
{
    private static readonly Split[] s_splits = [Split.Train, Split.Validation, Split.Test];

    /// <summary>Who is in the data: groups by split, combinations that are missing, values that stand out, and whom each check
    /// flags more often.</summary>
    private static void Balance(HtmlWriter html, CurationPageInput input)
    {
        var m = input.Manifest;
        html.Raw("<section id=\"balance\">").Heading(2, "Balance");
        if (input.Targets.Count == 0)
        {
            html.Paragraph("No labels were given, so nothing can be said about groups.").Raw("</section>");
            return;
        }
        int[] kept = [.. Enumerable.Range(0, m.Count).Where(i => m.Kept[i])];
        var spikes = input.Targets.SelectMany(t => GroupBalance.Spikes(t, kept)).ToArray();
        if (spikes.Length > 0)
        {
            html.Table("Values that far more images have than those around them: often a habit of the annotators",
                ["Label", "Value", "Images", "Median of the five values to either side"],
                spikes.Take(LongestTable).Select(s => (string[])[s.Label, s.Value.ToString(CultureInfo.InvariantCulture), Figures.Count(s.Count), s.Around.ToString("0.#", CultureInfo.InvariantCulture)]), 1, 2, 3);
        }
        var sparse = GroupBalance.Sparse(input.Targets, kept);
        if (sparse.Count > 0)
        {
            html.Table($"Combinations with less than half the images that the two labels by themselves would give: {Shown("cells", sparse.Count, LongestTable)}",
                ["Combination", "Images", "Expected"], sparse.Take(LongestTable).Select(c => (string[])[c.Cell, Figures.Count(c.Count), c.Expected.ToString("N0", CultureInfo.InvariantCulture)]), 1, 2);
        }
        foreach (var target in input.Targets)
        {
            var (names, group) = GroupBalance.Groups(target, kept);
            html.Table($"Kept images by {target.Name}", [Figures.Title(target.Name), "Images", .. s_splits.Select(s => s.ToString())],
                Enumerable.Range(0, names.Count).Select(g => (string[])[names[g], Figures.Count(group.Count(k => k == g)),
                    .. s_splits.Select(s => Figures.Count(Enumerable.Range(0, kept.Length).Count(k => group[k] == g && m.Splits[kept[k]] == s)))]), 1, 2, 3, 4);
        }
        FlagRates(html, input);
        html.Raw("</section>");
    }

    private static void FlagRates(HtmlWriter html, CurationPageInput input)
    {
        var m = input.Manifest;
        int[] readable = [.. Enumerable.Range(0, m.Count).Where(i => m.Problem[i] is null)];
        ManifestFlags[] flags = [.. ManifestFlagNames.All.Where(f => f != ManifestFlags.Unreadable && Array.Exists(readable, i => m.Flags[i].HasFlag(f)))];
        foreach (var target in input.Targets.Where(t => t.Kind == TargetKind.Categorical && flags.Length > 0))
        {
            var (names, group) = GroupBalance.Groups(target, readable);
            html.Table($"Share of readable images flagged, by {target.Name}: a check that flags one group more often removes more of it",
                [Figures.Title(target.Name), "Images", .. flags.Select(f => Words(f.Column()))],
                Enumerable.Range(0, names.Count).Select(g =>
                {
                    int[] members = [.. Enumerable.Range(0, readable.Length).Where(k => group[k] == g).Select(k => readable[k])];
                    return (string[])[names[g], Figures.Count(members.Length), .. flags.Select(f => members.Length == 0 ? "not estimable"
                        : (100.0 * members.Count(i => m.Flags[i].HasFlag(f)) / members.Length).ToString("0.00", CultureInfo.InvariantCulture) + "%")];
                }), [.. Enumerable.Range(1, flags.Length + 1)]);
        }
    }
}
