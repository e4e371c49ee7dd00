using System.Globalization;
using FaceBias.Auditing;
using FaceBias.Core.Data;
using FaceBias.Primitives.Tables;

namespace FaceBias.Reporting;

public static partial class CurationPage
{
    private const int MostGroups = 16, MostOfGroup = 8, MostOfFlag = 14;

    private static void Conflicts(HtmlWriter html, CurationPageInput input, ContactSheet sheet)
    {
        var m = input.Manifest;
        var groups = Rows(m, ManifestFlags.LabelConflict).GroupBy(i => m.ExactGroup[i]).ToArray();
        html.Raw("<section id=\"conflicts\">").Heading(2, "Label conflicts among exact copies");
        if (m.Labels.Count == 0)
            html.Paragraph("No labels were given, so nothing can be said about conflicts.");
        else if (groups.Length == 0)
            html.Paragraph("No exact copies carry different labels.");
        else
        {
            html.Paragraph($"The same bytes, labelled differently: {Shown("groups", groups.Length, MostGroups)}, one picture each. All are in curation.json and review.csv.");
            var first = groups.Take(MostGroups).ToDictionary(g => g.First(), g => g.ToArray());
            sheet.Write(html, [.. first.Keys], i => $"{first[i].Length} copies",
                i => string.Join(" / ", first[i].Select(c => LabelText.Of(m.Labels, c) ?? "no labels").Distinct()));
        }
        html.Raw("</section>");
    }

    private static void Near(HtmlWriter html, CurationPageInput input, ContactSheet sheet)
    {
        var m = input.Manifest;
        var clusters = Rows(m, ManifestFlags.NearDuplicate).GroupBy(i => m.Cluster[i])
            .OrderByDescending(c => c.Count()).ThenBy(c => c.Key).ToArray();
        html.Raw("<section id=\"near\">").Heading(2, "Near duplicates");
        html.Paragraph(clusters.Length == 0 ? "None." : $"{Shown("clusters", clusters.Length, MostGroups)}, the largest first, with at most {MostOfGroup} members each.");
        html.Paragraph(input.Summary.SecondLook is { } second
            ? $"{Figures.Count(second.Candidates)} pairs have near hashes; features of {second.Backbone} confirm {Figures.Count(second.Confirmed)} of them, the others are taken for different pictures."
            : "By perceptual hash alone: pictures of different people can be among them, above all where faces were aligned. Features (--backbone) tell them apart.", "quiet");
        foreach (var cluster in clusters.Take(MostGroups))
        {
            html.Paragraph($"{Figures.Count(cluster.Count())} images", "quiet");
            sheet.Write(html, [.. cluster.Take(MostOfGroup)], i => m.Kept[i] ? "kept" : "left out", i => Caption(m, i));
        }
        html.Raw("</section>");
    }

    private static void Persons(HtmlWriter html, CurationPageInput input, ContactSheet sheet)
    {
        if (input.Summary.PersonLeak is not { } leak)
            return;
        var m = input.Manifest;
        html.Raw("<section id=\"persons\">").Heading(2, "The same person in different splits");
        html.Paragraph(FormattableString.Invariant($"{leak.Pairs:N0} of {leak.Compared:N0} pairs of images in different splits may show one person (cosine of {leak.Network} from {leak.Similarity} on), {leak.Images:N0} images; of {leak.Contradicted:N0} pairs the labels differ. {Shown("pairs", leak.Most.Count, MostGroups)}, the most similar first."));
        html.Paragraph("Networks that tell people apart confuse some groups, and children, more often than others: a pair is for a person to judge, and a person may be in both splits without being found.", "quiet");
        var rows = Enumerable.Range(0, m.Count).ToDictionary(i => m.Files[i].Id, StringComparer.Ordinal);
        foreach (var pair in leak.Most.Take(MostGroups))
        {
            html.Paragraph(FormattableString.Invariant($"similarity {pair.Similarity:0.00}{(pair.Contradicted ? "; labels differ" : "")}"), "quiet");
            sheet.Write(html, [.. pair.Ids.Select(id => rows[id])], i => m.Splits[i].ToString().ToLowerInvariant(), i => Caption(m, i));
        }
        html.Raw("</section>");
    }

    private static void Flagged(HtmlWriter html, CurationPageInput input, ContactSheet sheet)
    {
        var m = input.Manifest;
        html.Raw("<section id=\"flags\">").Heading(2, "Flagged images");
        html.Paragraph("The worst of each first. The score under a picture is what the threshold is compared with.", "quiet");
        foreach (var (flag, measure, falling) in s_sheets)
        {
            var rows = Rows(m, flag);
            if (rows.Length == 0)
                continue;
            var score = measure is null ? null : m.Measure(measure);
            int[] sorted = score is null ? rows : [.. rows.OrderBy(i => falling ? -score[i] : score[i])];
            html.Heading(3, $"{Figures.Title(Words(flag.Column()))}: {Shown("images", rows.Length, MostOfFlag)}");
            sheet.Write(html, [.. sorted.Take(MostOfFlag)],
                i => m.Suspects[i] is { } suspect && flag == ManifestFlags.SuspiciousLabel ? suspect
                    : score is null ? m.Format[i].ToString().ToLowerInvariant() : score[i].ToString("0.00", CultureInfo.InvariantCulture),
                i => Caption(m, i));
        }
        html.Raw("</section>");
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

    private static string Caption(Manifest manifest, int row) =>
        LabelText.Of(manifest.Labels, row) is { } labels ? $"{labels} ({manifest.Files[row].Id})" : manifest.Files[row].Id;

    private static string Shown(string what, int count, int most) =>
        count > most ? $"{most} of {Figures.Count(count)} {what}" : $"{Figures.Count(count)} {what}";
}
