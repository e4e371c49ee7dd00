using FaceBias.Core.Data;
using FaceBias.Core.Data.Tables;
using FaceBias.Core.Heads.Model;
using FaceBias.Primitives.Tables;

namespace FaceBias.Exporting;

/// <summary>The training data of a Model Builder project: a folder with a folder of images per class, given or made
/// beside the project, or for a number a tab-separated table of labels and image paths that is written there.</summary>
/// <param name="Place">The folder's or the table's path.</param>
internal sealed record ModelBuilderData(string Place, bool IsFolder)
{
    /// <summary>Columns of the table, and of the model's input class.</summary>
    public const string ImageColumn = "ImageSource", LabelColumn = "Label";

    private static readonly string[] s_pathColumns = [ImageColumn, "path", "image", "file", "name", "id"];

    /// <summary>Path and label of each image; empty for a folder.</summary>
    private IReadOnlyList<(string Path, string Label)> Rows { get; init; } = [];

    /// <summary>Finds the data.</summary>
    /// <param name="data">A folder or a table; null for the manifest beside the model.</param>
    /// <param name="folder">Where the project goes.</param>
    /// <param name="name">The project's name.</param>
    public static ModelBuilderData Of(ExportedModel model, OutputSpec target, string? data, string folder, string name)
    {
        if (Directory.Exists(data))
            return OfFolder(data, target);
        var manifest = Path.Combine(model.Folder, "manifest.parquet");
        if (data is null && !File.Exists(manifest))
            throw new FaceBiasException(
                $"There is no manifest.parquet beside '{model.File}', so the training data are not known; "
                + "give ‹Data›: a folder with a folder of images per class, or a table of image paths and labels.",
                ErrorKind.Missing);
        var file = data ?? manifest;
        var rows = Read(file, TableFile.Read(file), target);
        if (target is not CategoricalOutput { Classes: var classes })
            return new(Path.Combine(folder, $"{name}.tsv"), IsFolder: false) { Rows = rows };
        if (classes.FirstOrDefault(c => c is "." or ".." || c.AsSpan().IndexOfAny(Path.GetInvalidFileNameChars()) >= 0)
            is { } odd)
            throw new FaceBiasException(
                $"'{odd}' is a class of '{target.Name}' and cannot be the name of a folder; give ‹Data› a folder with "
                    + "a folder of images per class, or use ‹Dotnet›.");
        return new(Path.Combine(folder, "images"), IsFolder: true)
            { Rows = [.. rows.Where(r => classes.Contains(r.Label))] };
    }

    /// <summary>Writes the table, or fills the folder of a table of classes; a folder that was given stays as it
    /// is.</summary>
    public void Write(IProgress<StepProgress>? progress)
    {
        if (!IsFolder)
        {
            AtomicFile.WriteText(Place,
                $"{LabelColumn}\t{ImageColumn}\n" + string.Concat(
                    Rows.Select(r => $"{Field(r.Label)}\t{Field(r.Path)}\n")));
            return;
        }
        try
        {
            if (Rows.Count > 0 && Directory.Exists(Place))
                Directory.Delete(Place, recursive: true);
            for (var i = 0; i < Rows.Count; i++)
            {
                var inner = Directory.CreateDirectory(Path.Combine(Place, Rows[i].Label)).FullName;
                // Images of several folders may have one name.
                Link(Path.Combine(inner, $"{i:000000}-{Path.GetFileName(Rows[i].Path)}"), Rows[i].Path);
                progress?.Report(new("training images", i + 1, Rows.Count, "images"));
            }
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            throw FileFault.Of($"Cannot make the folder of training images '{Place}'", e);
        }
    }

    private static void Link(string link, string image)
    {
        if (!File.Exists(image))
            return;
        try
        {
            File.CreateSymbolicLink(link, image);
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            // Windows lets only some users make links.
            File.Copy(image, link);
        }
    }

    private static ModelBuilderData OfFolder(string data, OutputSpec target)
    {
        if (target is not CategoricalOutput { Classes: var classes })
            throw new FaceBiasException(
                $"'{target.Name}' is a number, and a folder per class has none; give ‹Data› a table.");
        if (classes.FirstOrDefault(c => !Directory.Exists(Path.Combine(data, c))) is { } missing)
            throw new FaceBiasException(
                $"'{data}' has no folder '{missing}'; it takes one folder of images per class of '{target.Name}': "
                    + $"{string.Join(", ", classes)}.", ErrorKind.Missing);
        return new(Path.GetFullPath(data), IsFolder: true);
    }

    private static List<(string Path, string Label)> Read(string file, Table table, OutputSpec target)
    {
        var paths = s_pathColumns.Select(table.Find).OfType<TextColumn>().FirstOrDefault()
            ?? throw new FaceBiasException(
                $"'{file}' has no column of image paths; name it "
                    + $"{string.Join(" or ", s_pathColumns.Select(c => $"'{c}'"))}.", ErrorKind.Missing);
        var labels = table.Find(target.Name) ?? table.Find(LabelColumn)
            ?? throw new FaceBiasException($"'{file}' has no column '{target.Name}' with the labels.",
            ErrorKind.Missing);
        var kept = table.Find("kept") as NumberColumn;
        var root = Path.GetDirectoryName(Path.GetFullPath(file))!;
        var rows = new List<(string Path, string Label)>();
        for (var i = 0; i < table.RowCount; i++)
        {
            if (paths[i] is { } path && !labels.IsMissing(i) && kept?[i] != 0)
                rows.Add((Path.GetFullPath(path, root), Label(labels, i)));
        }
        return rows.Count > 0 ? rows
            : throw new FaceBiasException($"'{file}' has no image with a value of '{labels.Name}'.");
    }

    private static string Label(Column column, int row) => column switch
    {
        TextColumn text => text[row]!,
        NumberColumn number => number[row].ToString("R", CultureInfo.InvariantCulture),
        _ => throw new InvalidOperationException($"Column '{column.Name}' is neither text nor number."),
    };

    private static string Field(string text) => text.AsSpan().IndexOfAny("\t\"\r\n") < 0 ? text
        : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
