using System.Globalization;
using System.Text.RegularExpressions;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Data;

/// <summary>Where labels come from: the file names of UTKFace, or a table with one row per image.</summary>
public static partial class LabelSource
{
    /// <summary>The oldest age that is believed; the longest documented human life lasted 122 years.</summary>
    public const int OldestAge = 122;

    private static readonly string[] ImageColumns = ["image", "path", "file", "name", "id"];
    private static readonly string[] Genders = ["male", "female"];
    private static readonly string[] Races = ["White", "Black", "Asian", "Indian", "Other"];

    /// <summary>Labels for the images of a listing.</summary>
    /// <param name="source"><c>utkface</c>, or a table that <see cref="TableFile"/> reads.</param>
    /// <param name="images">The images to label.</param>
    /// <param name="imageColumn">The table's column that names the image; by default the first of image, path, file, name,
    /// id (in any case, also as the first word: image_path, file_name).</param>
    /// <returns>One row per image. A row of the table belongs to the image whose id or path it names, else to the only one
    /// of that file name, with or without extension. What does not fit is left out and reported, never guessed.</returns>
    /// <exception cref="FaceBiasException">The table cannot be read, has no image column or no label column, or not one row
    /// fits an image.</exception>
    public static LabelSet Load(string source, IReadOnlyList<ImageFile> images, string? imageColumn = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        var labels = source.Equals("utkface", StringComparison.OrdinalIgnoreCase)
            ? FromUtkFaceNames(images)
            : FromTable(source, TableFile.Read(source), images, imageColumn);
        if (!Array.Exists(labels.Labelled, l => l))
        {
            throw new FaceBiasException(
                $"No image has a label from '{source}' ({labels.Notices[0].Sentence.TrimEnd('.')}); check that images and labels belong together.");
        }
        return labels;
    }

    private static LabelSet FromUtkFaceNames(IReadOnlyList<ImageFile> images)
    {
        var age = new double[images.Count];
        var gender = new int[images.Count];
        var race = new int[images.Count];
        var labelled = new bool[images.Count];
        var bad = new List<string>();
        for (var i = 0; i < images.Count; i++)
        {
            var match = UtkFaceName().Match(Path.GetFileName(images[i].Path));
            age[i] = match.Success ? int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : double.NaN;
            labelled[i] = age[i] <= OldestAge;
            if (labelled[i])
                (gender[i], race[i]) = (match.Groups[2].ValueSpan[0] - '0', match.Groups[3].ValueSpan[0] - '0');
            else
            {
                (age[i], gender[i], race[i]) = (double.NaN, -1, -1);
                bad.Add(images[i].Id);
            }
        }
        List<LabelNotice> notices = bad.Count == 0 ? [] : [LabelNotice.From("bad-name", bad,
            "file names lack a field of age_gender_race_timestamp or hold an impossible value and are left out")];
        return new(new([new NumberColumn("age", age), new TextColumn("gender", gender, Genders), new TextColumn("race", race, Races)]),
            labelled, notices);
    }

    private static LabelSet FromTable(string source, Table table, IReadOnlyList<ImageFile> images, string? imageColumn)
    {
        var key = table.Text(ImageColumn(source, table, imageColumn));
        var columns = table.Columns.Where(c => c.Name != key.Name && c.Name != "id").ToArray();
        if (columns.Length == 0)
            throw new FaceBiasException($"'{source}' has no column beside '{key.Name}'; add the labels.");
        var index = new ImageIndex(images);
        var rowOf = new int[images.Count];
        Array.Fill(rowOf, -1);
        var conflicted = new HashSet<int>();
        List<string> absent = [], ambiguous = [], merged = [];
        var nameless = 0;
        for (var row = 0; row < table.RowCount; row++)
        {
            if (key[row] is not { } name)
            {
                nameless++;
                continue;
            }
            switch (index.Find(name))
            {
                case ImageIndex.Absent:
                    absent.Add(name);
                    break;
                case ImageIndex.Ambiguous:
                    ambiguous.Add(name);
                    break;
                case var image when rowOf[image] < 0:
                    rowOf[image] = row;
                    break;
                case var image when Array.TrueForAll(columns, c => SameValue(c, rowOf[image], row)):
                    merged.Add(name);
                    break;
                case var image:
                    conflicted.Add(image);
                    break;
            }
        }
        foreach (var image in conflicted)
            rowOf[image] = -1;
        var notices = new List<LabelNotice>();
        void Notice(string kind, IReadOnlyList<string> names, string what)
        {
            if (names.Count > 0)
                notices.Add(LabelNotice.From(kind, names, what));
        }
        Notice("no-such-image", absent, "rows of labels name no image that was found and are left out");
        Notice("ambiguous", ambiguous, "rows of labels fit several images and are left out (give the path relative to the image folder)");
        Notice("conflict", [.. conflicted.Order().Select(i => images[i].Id)], "images have rows of labels that contradict each other and are left out");
        Notice("duplicate", merged, "rows of labels repeat another row and are merged");
        if (nameless > 0)
            notices.Add(new("no-name", nameless, $"{nameless:N0} rows of labels have no '{key.Name}' and are left out."));
        Notice("unlabelled", [.. images.Where((_, i) => rowOf[i] < 0 && !conflicted.Contains(i)).Select(f => f.Id)], "images have no labels");
        var labels = columns.Select(c => Take(c, rowOf, images, Notice));
        return new(new(labels), [.. rowOf.Select(r => r >= 0)], notices);
    }

    private static string ImageColumn(string source, Table table, string? given)
    {
        if (given is not null)
            return table.Has(given) ? given : throw new FaceBiasException($"'{source}' has no column '{given}'; it has {Names(table)}.");
        bool FirstWord(Column c, string word) => c.Name.StartsWith(word, StringComparison.OrdinalIgnoreCase)
            && c.Name.Length > word.Length && !char.IsLetterOrDigit(c.Name[word.Length]);
        return (ImageColumns.Select(n => table.Columns.FirstOrDefault(c => c.Name.Equals(n, StringComparison.OrdinalIgnoreCase))).FirstOrDefault(c => c is not null)
            ?? ImageColumns.Select(n => table.Columns.FirstOrDefault(c => FirstWord(c, n))).FirstOrDefault(c => c is not null))?.Name
            ?? throw new FaceBiasException($"'{source}' has no column that names the image ({string.Join(", ", ImageColumns)}); it has {Names(table)}; name it with --image-column.");
    }

    private static string Names(Table table) => string.Join(", ", table.Columns.Take(40).Select(c => $"'{c.Name}'"));

    private static bool SameValue(Column column, int a, int b) => column is TextColumn text
        ? text.Codes[a] == text.Codes[b]
        : ((NumberColumn)column)[a].Equals(((NumberColumn)column)[b]);

    private static Column Take(Column column, int[] rows, IReadOnlyList<ImageFile> images, Action<string, IReadOnlyList<string>, string> notice)
    {
        if (column is TextColumn text)
            return new TextColumn(text.Name, [.. rows.Select(r => r < 0 ? -1 : text.Codes[r])], text.Levels);
        var values = rows.Select(r => r < 0 ? double.NaN : ((NumberColumn)column)[r]).ToArray();
        var bad = new List<string>();
        var isAge = column.Name.Equals("age", StringComparison.OrdinalIgnoreCase);
        for (var i = 0; i < values.Length; i++)
        {
            if (rows[i] < 0 || (double.IsFinite(values[i]) && !(isAge && values[i] is < 0 or > OldestAge)))
                continue;
            values[i] = double.NaN;
            bad.Add(images[i].Id);
        }
        notice("bad-value", bad, $"images have no '{column.Name}'{(isAge ? $", or one below 0 or above {OldestAge}," : "")} and are left out of it");
        return new NumberColumn(column.Name, values);
    }

    [GeneratedRegex(@"^(\d{1,3})_([01])_([0-4])_\d", RegexOptions.CultureInvariant)]
    private static partial Regex UtkFaceName();
}
