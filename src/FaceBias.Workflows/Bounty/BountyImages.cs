namespace FaceBias.Workflows.Bounty;

/// <summary>The images of a folder of the competition with their labels. Rows without labels have empty
/// cells.</summary>
internal sealed class BountyImages
{
    public const string LabelsFile = "labels.csv";

    private BountyImages(IReadOnlyList<ImageFile> files, int[][] codes, Table labels) =>
        (Files, Codes, Labels) = (files, codes, labels);

    /// <summary>The pictures, in the order of their names.</summary>
    public IReadOnlyList<ImageFile> Files { get; }

    /// <summary>For each task the class of every picture, -1 where it has none.</summary>
    public int[][] Codes { get; }

    /// <summary>The table as it was read.</summary>
    public Table Labels { get; }

    /// <summary>Whether a picture has a label for every task; the entry drops the others.</summary>
    public bool IsLabelled(int image) => Codes.All(c => c[image] >= 0);

    /// <param name="folder">Images and labels.csv.</param>
    /// <exception cref="FaceBiasException">A column or an image is missing, or a class is none of the
    /// competition's.</exception>
    public static BountyImages Read(string folder)
    {
        var path = Path.Combine(folder, LabelsFile);
        if (!Directory.Exists(folder))
            throw new FaceBiasException(
                $"There is no folder '{folder}'; name the folders of the competition, with images and {LabelsFile} in each.",
                ErrorKind.Missing);
        var labels = TableFile.Read(path, reading: new());
        foreach (var column in new[] { BountyClasses.Name }.Concat(BountyClasses.Tasks.Select(t => t.Name)))
            if (!labels.Has(column))
                throw new FaceBiasException(
                    $"'{path}' has no column '{column}'; the competition's table has name, skin_tone, gender, age and "
                        + "real_face.", ErrorKind.Missing);
        var files = ImageFolder.List([folder]).Files;
        var rows = new Dictionary<string, int>(StringComparer.Ordinal);
        var names = labels.Text(BountyClasses.Name);
        for (var row = 0; row < labels.RowCount; row++)
        {
            if (names[row] is not { } name)
                throw new FaceBiasException($"Row {row + 1} of '{path}' has no name; name the image.");
            if (!rows.TryAdd(name, row))
                throw new FaceBiasException($"'{path}' names '{name}' twice; keep one of the rows.");
        }
        int[] labelled = [.. files.Select(f => rows.GetValueOrDefault(Path.GetFileName(f.Path), -1))];
        if (labelled.Count(r => r >= 0) is var found && found < rows.Count)
        {
            var there = files.Select(f => Path.GetFileName(f.Path)).ToHashSet(StringComparer.Ordinal);
            throw new FaceBiasException(
                found == 0 ? $"None of the {rows.Count:N0} images that '{path}' names lies in '{folder}'; unpack the "
                    + "images there."
                : $"{rows.Count - found:N0} images that '{path}' names are not in '{folder}', "
                    + $"'{rows.Keys.First(n => !there.Contains(n))}' among them; unpack them all.");
        }
        int[][] codes = [.. BountyClasses.Tasks.Select(t =>
        {
            var text = labels.Text(t.Name);
            return labelled.Select(
                r => r < 0 || text.IsMissing(r) ? -1 : Array.IndexOf(t.Classes, text[r]) is >= 0 and var code ? code
                : throw new FaceBiasException(
                    $"'{path}' has the {t.Name} '{text[r]}' of '{names[r]}'; the competition's are "
                        + $"{string.Join(", ", t.Classes)}.")).ToArray();
        })];
        return new(files, codes, labels);
    }
}
