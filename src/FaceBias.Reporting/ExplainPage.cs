using FaceBias.Core.Explaining.Groups;
using FaceBias.Core.Explaining.Methods;
using FaceBias.Core.Explaining;
using FaceBias.Core.Explaining.Reliability;

namespace FaceBias.Reporting;

/// <summary>Writes <c>explain.html</c>: each picture beside its heat maps, what they explain and how far they can be
/// relied on.</summary>
internal static class ExplainPage
{
    private const int MostPictures = 60;

    /// <param name="pictures">By id, JPEGs of the picture and of its maps.</param>
    public static void Write(
        string path, ExplanationFile record,
        IReadOnlyDictionary<string, (byte[] Picture, Dictionary<ExplanationMethod, byte[]> Maps)> pictures) =>
        AtomicFile.WriteText(path, Compose(record, pictures));

    internal static string Compose(ExplanationFile record,
        IReadOnlyDictionary<string, (byte[] Picture, Dictionary<ExplanationMethod, byte[]> Maps)> pictures) =>
        HtmlPage.Write($"Explanations of {record.Target}",
            $"{(record.Pictures.Count == 0 ? "Drawn faces" : $"{record.Pictures.Select(p => p.Id).Distinct().Count()} pictures explained")}; model: {record.Model}",
        [
            new("pictures", "Pictures",
                record.Pictures.Count == 0 ? Html.Empty
                    : Parts.Section("pictures", "Pictures and heat maps", Pictures(record, pictures))),
            new("reliability", "Reliability",
                record.Pictures.Count == 0 ? Html.Empty
                    : Parts.Section("reliability", "How far the maps can be relied on", Reliability(record))),
            new("groups", "Groups",
                record.Groups.Count == 0 ? Html.Empty
                    : Parts.Section("groups", "Where the model looks in each group", Groups(record))),
            new("effects", "Drawn faces",
                record.Effects.Count == 0 ? Html.Empty
                    : Parts.Section("effects", "What one attribute alone does, on drawn faces", Effects(record))),
            new("provenance", "Provenance",
                Parts.FoldedSection("provenance", "Provenance", Parts.Table("Where it comes from", ["What", "Value"],
            [
                .. record.Provenance.Select(p => (string[])[p.Key, p.Value]), ["explained answer", record.Target],
                ["seed", record.Options.Seed.ToString(CultureInfo.InvariantCulture)],
                ["superpixels", record.Options.Superpixels.ToString()], ["FaceBias", HtmlPage.Version()],
            ]))),
        ]);

    private static Html Pictures(ExplanationFile record,
        IReadOnlyDictionary<string, (byte[] Picture, Dictionary<ExplanationMethod, byte[]> Maps)> pictures)
    {
        IGrouping<string, ExplainedPicture>[] all =
            [.. record.Pictures.GroupBy(p => p.Id).Where(p => pictures.ContainsKey(p.Key))];
        if (all.Length == 0)
            return Parts.Text("This page was written without pictures; the heat maps lie in the folder maps.", "quiet");
        return Html.Of($"""
            {Parts.Text("Red raises the explained number, blue lowers it. A heat map shows where the model looks, not why, and not whether it is right to; maps of single pictures prove nothing about groups.")}
            <div class="clusters maps">{all.Take(MostPictures).Select(Picture)}</div>
            {(all.Length > MostPictures ? Parts.Text($"The first {MostPictures} pictures are shown; the others lie in the folder maps.", "quiet") : Html.Empty)}
            """);

        Html Picture(IGrouping<string, ExplainedPicture> picture)
        {
            var (original, maps) = pictures[picture.Key];
            return Html.Of($"""
                <div class="cluster">{Parts.Heading(picture.Key)}
                <ul class="faces">{Item(original, picture.Key, "the picture", "")}
                {picture.Where(p => maps.ContainsKey(p.Method)).Select(p => Item(maps[p.Method], $"{picture.Key} by {p.Method.Word()}", p.Method.Word(), string.Create(CultureInfo.InvariantCulture, $"{p.Explained}: {p.Score:0.000}")))}</ul>
                {picture.SelectMany(p => (p.Reliability?.Warnings ?? []).Select(w => $"{p.Method.Word()}: {w}")).Distinct().Select(w => Parts.Text(w))}</div>
                """);
        }
    }

    private static Html Reliability(ExplanationFile record)
    {
        string[] notes = [.. record.Pictures.SelectMany(p => p.Notes).Distinct()];
        return Html.Of($"""
            {Parts.Text("What each column says stands under Terms.", "quiet")}
            {Parts.Table("Reliability of each map", ["Picture", "Method", "Score", "R²", "Agreement", "Deletion", "random", "Insertion", "random ", "ROAD", "Completeness error"],
                record.Pictures.Select(p => (string[])[p.Id, p.Method.Word(), F(p.Score), F(p.Surrogate?.R2), F(p.Reliability?.Agreement),
                    F(p.Reliability?.Curves?.DeletionArea), F(p.Reliability?.Curves?.RandomDeletionArea), F(p.Reliability?.Curves?.InsertionArea), F(p.Reliability?.Curves?.RandomInsertionArea),
                    F(p.Reliability?.Road?.Combined), F(p.CompletenessError)]), 2, 3, 4, 5, 6, 7, 8, 9, 10)}
            {(notes.Length == 0 ? Html.Empty : Html.Of($"{Parts.Heading("Notes")}{Parts.List(notes.Take(20))}"))}
            {(record.Failures.Count == 0 ? Html.Empty : Parts.Table("Not explained", ["Picture", "Method", "Reason"], record.Failures.Select(f => (string[])[f.Id, f.Method?.Word() ?? "all", f.Reason])))}
            """);
    }

    private static Html Groups(ExplanationFile record) => Html.Of($"""
        {Parts.Text("Mean maps over the pictures of a group in the frame of the face, with the places of eyes, nose and mouth, each picture's relevance adding up to 1. p is the share of shuffled group labels under which the largest difference of all parts is at least as large, times the number of pairs.")}
        {record.Groups.Select(g => Html.Of($"{Parts.Heading($"{g.Attribute}, by {g.Method.Word()}")}{Parts.Text(g.Faces)}<ul class=\"faces\">{g.Means.Select(m => Item(MeanMap(m.Value), $"Mean map of {g.Attribute} {m.Key}", m.Key, ""))}</ul>{g.Pairs.Select(Pair)}"))}
        """);

    private static Html Pair(GroupRelevance pair) =>
        pair.Reason is { } reason ? Parts.Text($"{pair.First} and {pair.Second}: not compared, {reason}.", "quiet")
        : Parts.Table($"Share of the relevance by part of the face: {pair.First} (n = {pair.FirstCount}) and "
            + $"{pair.Second} (n = {pair.SecondCount})", ["Part", pair.First, pair.Second, "p"],
            pair.Regions.OrderBy(r => r.AdjustedP).Select(
                r => (string[])[r.Name, Percent(r.First), Percent(r.Second), F(r.AdjustedP)]), 1, 2, 3);

    private static Html Effects(ExplanationFile record) => Html.Of($"""
        {Parts.Text("Each face is drawn twice with everything else the same. A change is the attribute's own effect on this model. Drawings are not photographs: the effect may be larger or smaller there, and an effect that is not shown here may exist there.")}
        {Parts.Table($"Change of the {record.EffectsOn}", ["Attribute", "From", "To", "Change", "Interval", "Faces", "Shown"], record.Effects.OrderByDescending(e => Math.Abs(e.Change)).Select(e => (string[])
            [e.Attribute, e.From, e.To, F(e.Change), $"{F(e.Low)} to {F(e.High)}", e.Faces.ToString(CultureInfo.InvariantCulture), e.IsShown ? "yes" : "no"]), 3, 4, 5)}
        """);

    private static byte[] MeanMap(double[] grid)
    {
        const int Side = 112;
        var map = GradCam.Enlarge(
            new("", ExplainedPicture.Cells, ExplainedPicture.Cells, [.. grid.Select(v => (float)v)]), new(Side, Side));
        var grey = new float[3 * Side * Side];
        Array.Fill(grey, 235);
        foreach (var (x, y) in FaceRegions.Places(Side))
            for (var c = 0; c < 3; c++)
                for (var dy = -2; dy <= 2; dy++)
                    for (var dx = -2; dx <= 2; dx++)
                        if (dx * dx + dy * dy <= 5)
                            grey[(c * Side + y + dy) * Side + x + dx] = 90;
        return HeatMap.Png(grey, map, new(Side, Side));
    }

    private static string Percent(double share) => (100 * share).ToString("0.0", CultureInfo.InvariantCulture) + "%";

    private static Html Item(byte[] picture, string alternative, string heading, string caption) => Html.Of(
        $"<li><img src=\"data:image/{(picture[0] == 0xff ? "jpeg" : "png")};base64,"
            + $"{new Html(Convert.ToBase64String(picture))}\" loading=\"lazy\" alt=\"{alternative}\"><b>{heading}</b>"
            + $"{caption}</li>");

    private static string F(double? value) => value is { } v ? v.ToString("0.000", CultureInfo.InvariantCulture) : "–";
}
