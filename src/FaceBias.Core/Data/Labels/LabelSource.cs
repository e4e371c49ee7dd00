using FaceBias.Core.Data;

namespace FaceBias.Core.Data.Labels;

/// <summary>Where labels come from: file names, folders, or tables with a row per image. docs/reference/reads.md says
/// what is understood.</summary>
internal static class LabelSource
{
    /// <summary>The oldest age that is believed; the longest documented human life lasted 122 years.</summary>
    public const int OldestAge = 122;

    /// <param name="options">Where from, and how to read it.</param>
    /// <param name="used">Columns that somebody asked for: only they are read closely, and no other can do harm; null
    /// for all.</param>
    /// <returns>One row per image. A row of a table belongs to the image whose id or path it names, else to the only
    /// one whose path ends so, with or without extension. What does not fit is left out and reported, never
    /// guessed.</returns>
    /// <exception cref="FaceBiasException">A source cannot be read, names no image, or has splits that cannot be
    /// understood.</exception>
    public static LabelSet Load(LabelOptions options, IReadOnlyList<ImageFile> images,
        IReadOnlyCollection<string>? used = null)
    {
        if (options.Sources.Count == 0 || options.Sources.Any(string.IsNullOrWhiteSpace))
            throw new FaceBiasException("‹Labels› is empty; give utkface, folder, webdataset, or one or more tables.");
        var labels = One(options, "utkface") ? UtkFaceNames.Read(images)
            : One(options, "folder") ? FolderLabels.Read(images, options.SplitValues)
            : One(options, "webdataset") ? OfTars(options, images, used)
            : TableLabels.Read(options, images, used);
        if (!Array.Exists(labels.Labelled, l => l))
        {
            var why = labels.Notices.FirstOrDefault(n => n.Kind == "no-such-image") ?? labels.Notices.FirstOrDefault();
            throw new FaceBiasException($"No image has a label from '{options}'"
                + $"{(why is null ? "" : $" ({why.Sentence.TrimEnd('.')})")}, but images are called "
                + $"{images.Take(3).Select(i => i.Id).Quoted()}; name them alike, "
                + "or give ‹ImageColumn›.");
        }
        labels = GivenSplits.Take(labels, options, used);
        labels = MultiLabel.Expand(labels, options.MultiLabel);
        return LabelColumns.Decide(labels, options.Kinds, used is null ? null : labels.Expand(used));
    }

    private static LabelSet OfTars(LabelOptions options, IReadOnlyList<ImageFile> images,
        IReadOnlyCollection<string>? used)
    {
        var folder = Directory.CreateTempSubdirectory("facebias-");
        try
        {
            var table = Path.Combine(folder.FullName, "webdataset.jsonl");
            WebDatasetLabels.Write(images, table);
            return TableLabels.Read(options with { Sources = [table], ImageColumn = "image" }, images, used);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static bool One(LabelOptions options, string word) =>
        options.Sources.Count == 1 && options.Sources[0].Equals(word, StringComparison.OrdinalIgnoreCase)
            && !File.Exists(options.Sources[0]);
}
