using FaceBias.Core.Data;
using FaceBias.Primitives.Tables;

namespace FaceBias.Reporting;

internal static partial class CurationPage
{
    private const int MostGroups = 24, MostOfGroup = 8, MostOfFlag = 28, MostOpen = 7, MostLabels = 3;

    private static Html Conflicts(CurationPageInput input, Gallery gallery)
    {
        var m = input.Manifest;
        var groups = Rows(m, ManifestFlags.LabelConflict).GroupBy(i => m.ExactGroup[i]).ToArray();
        if (groups.Length == 0)
            return Html.Empty;
        var first = groups.Take(MostGroups).ToDictionary(g => g.First(), g => g.ToArray());
        return Html.Of($"""
            {Parts.Text($"The same bytes, labelled differently: {Shown("groups", groups.Length, MostGroups)}, one picture each. All are in curation.json and review.csv.", "quiet")}
            {gallery.Cards(first.Keys, i => $"{first[i].Length} copies", i => string.Join("; ", m.Labels.Where(l => first[i].Select(c => LabelText.Of(l, c)).Distinct().Count() > 1)
                .Select(l => $"{l.Name}: {string.Join(" or ", first[i].Select(c => LabelText.Of(l, c) ?? "none").Distinct())}")))}
            """);
    }

    private static Html Near(CurationPageInput input, Gallery gallery)
    {
        var m = input.Manifest;
        var clusters = Rows(m, ManifestFlags.NearDuplicate).GroupBy(i => m.Cluster[i])
            .OrderByDescending(c => c.Count()).ThenBy(c => c.Key).ToArray();
        if (clusters.Length == 0)
            return Html.Empty;
        return Html.Of($"""
            {Parts.Text($"{Shown("clusters", clusters.Length, MostGroups)}, the largest first, with at most {MostOfGroup} members each. " + (input.Summary.SecondLook is { } second
                ? $"{MetricText.Count(second.Candidates)} pairs have near hashes; features of {second.Backbone} confirm {MetricText.Count(second.Confirmed)} of them, the others are taken for different pictures."
                : "By perceptual hash alone: pictures of different people can be among them, above all where faces were aligned. Features of a backbone tell them apart."), "quiet")}
            <div class="clusters">{clusters.Take(MostGroups).Select(c => Cluster($"{MetricText.Count(c.Count())} images", gallery.Cards(c.Take(MostOfGroup), i => m.Kept[i] ? "kept" : "left out", i => Caption(m, i))))}</div>
            """);
    }

    private static Html Cluster(string title, Html cards) =>
        Html.Of($"<div class=\"cluster\"><p class=\"quiet\">{title}</p>{cards}</div>");

    private static Html Persons(CurationPageInput input, Gallery gallery)
    {
        if (input.Summary.PersonLeak is not { } leak)
            return Html.Empty;
        var m = input.Manifest;
        var rows = Enumerable.Range(0, m.Count).ToDictionary(i => m.Files[i].Id, StringComparer.Ordinal);
        return Html.Of($"""
            {Parts.Text(FormattableString.Invariant($"{leak.Pairs:N0} of {leak.Compared:N0} pairs of images in different splits may show one person (cosine of {leak.Network} from {leak.Similarity} on), {leak.Images:N0} images; of {leak.Contradicted:N0} pairs the labels differ. {Shown("pairs", leak.Most.Count, MostGroups)}, the most similar first."))}
            {Parts.Text("Networks that tell people apart confuse some groups, and children, more often than others: a pair is for a person to judge, and a person may be in both splits without being found.", "quiet")}
            <div class="clusters">{leak.Most.Take(MostGroups).Select(pair => Cluster(FormattableString.Invariant($"similarity {pair.Similarity:0.00}{(pair.Contradicted ? "; labels differ" : "")}"),
                gallery.Cards(pair.Ids.Select(id => rows[id]), i => m.Splits[i].ToString().ToLowerInvariant(), i => Caption(m, i))))}</div>
            """);
    }

    private static Html Flagged(CurationPageInput input, Gallery gallery)
    {
        var m = input.Manifest;
        Html[] sheets = [.. s_sheets.Select(s => Sheet(s.Flag, s.Measure, s.Falling)).Where(s => !s.IsEmpty)];
        return sheets.Length == 0 ? Html.Empty
            : Html.Of($"{Parts.Text("The worst of each first. The score under a picture is what the threshold is compared with.", "quiet")}{sheets}");

        Html Sheet(ManifestFlags flag, string? measure, bool falling)
        {
            var rows = Rows(m, flag);
            if (rows.Length == 0)
                return Html.Empty;
            var score = measure is null ? null : m.Measure(measure);
            int[] sorted = score is null ? rows : [.. rows.OrderBy(i => falling ? -score[i] : score[i])];
            var (first, rest) = (sorted.Take(MostOpen), sorted.Take(MostOfFlag).Skip(MostOpen).ToArray());
            Html Cards(IEnumerable<int> which) => gallery.Cards(which,
                i => m.Suspects[i] is { } suspect && flag == ManifestFlags.SuspiciousLabel ? suspect
                    : score is null ? m.Format[i].ToString().ToLowerInvariant()
                        : score[i].ToString("0.00", CultureInfo.InvariantCulture), i => Caption(m, i));
            return Html.Of($"{Parts.Heading($"{MetricText.Title(Words(flag.Column()))}: {Shown("images", rows.Length, MostOfFlag)}")}{Cards(first)}{(rest.Length == 0 ? Html.Empty : Parts.Fold($"{rest.Length} more", Cards(rest)))}");
        }
    }

    /// <summary>Flags with the score that ranks them, and whether the worst score is the highest.</summary>
    private static readonly (ManifestFlags Flag, string? Measure, bool Falling)[] s_sheets =
    [
        (ManifestFlags.SuspiciousLabel, ManifestMeasures.Suspicion, true),
        (ManifestFlags.NotFace, ManifestMeasures.FeatureDistance, true),
        (ManifestFlags.Dark, ManifestMeasures.Lights, false),
        (ManifestFlags.Bright, ManifestMeasures.Shadows, true),
        (ManifestFlags.Blurred, ManifestMeasures.Blur, true),
        (ManifestFlags.LowInformation, ManifestMeasures.Information, false),
        (ManifestFlags.Padded, ManifestMeasures.Padding, true),
        (ManifestFlags.OddAspect, ManifestMeasures.Aspect, true),
        (ManifestFlags.Grey, ManifestMeasures.Colour, false),
        (ManifestFlags.WrongExtension, null, false),
        (ManifestFlags.Leak, null, false),
    ];

    private static int[] Rows(Manifest manifest, ManifestFlags flag) =>
        [.. Enumerable.Range(0, manifest.Count).Where(i => manifest.Flags[i].HasFlag(flag))];

    /// <summary>The first labels and the id; review.csv has all labels.</summary>
    private static string Caption(Manifest manifest, int row) =>
        LabelText.Of([.. manifest.Labels.Take(MostLabels)], row) is { } labels
            ? $"{labels} ({manifest.Files[row].Id})" : manifest.Files[row].Id;

    private static string Shown(string what, int count, int most) =>
        count > most ? $"{most} of {MetricText.Count(count)} {what}" : $"{MetricText.Count(count)} {what}";
}
