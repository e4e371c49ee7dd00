using System.Text;
using FaceBias.Core.Data;
using FaceBias.Core.Data.Tables;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Data.Labels;

/// <summary>Reads the file of a table of labels: whatever <see cref="TableFile"/> reads, lists without a header,
/// COCO's JSON, and what annotation programs write.</summary>
internal static class LabelTable
{
    private const int LongestLine = 1 << 16;

    public static Table Read(string path, TableReading reading)
    {
        if (CocoLabels.Is(path))
            return CocoLabels.Read(path);
        if (AnnotationFiles.Read(path) is { } annotated)
            return annotated;
        if (Directory.Exists(path))
            throw new FaceBiasException(
                $"'{path}' is a folder without annotation files (LabelMe's JSON, Pascal VOC's XML); name the table in "
                    + "it, or say ‹Labels› folder if it holds a folder of images per class.");
        if (reading.Header is null && HeaderlessNames(path) is { } names)
        {
            var list = TableFile.Read(path, reading: reading with { Header = names });
            return new(list.Columns)
            {
                Origin = list.Origin,
                Notices = [.. list.Notices,
                    new("no-header", null,
                        $"'{Path.GetFileName(path)}' has no header; its columns are called "
                            + $"{names.Quoted()}.")],
            };
        }
        return PixelTable.WithImageColumn(AnnotationFiles.OfVia(TableFile.Read(path, reading: reading), path));
    }

    /// <summary>The names for a text file whose first line is already an image and its labels, as in CelebA's
    /// list_eval_partition.txt; null of any other file.</summary>
    private static string[]? HeaderlessNames(string path)
    {
        if (Path.GetExtension(path).ToLowerInvariant()
            is not (".txt" or ".lst" or ".list" or ".csv" or ".tsv" or ".dat") || !File.Exists(path))
            return null;
        string? line;
        try
        {
            using var reader = new StreamReader(path, new UTF8Encoding(false));
            var start = new char[LongestLine];
            var length = reader.ReadBlock(start);
            line = new string(start, 0, length).Split('\n', 2)[0].TrimEnd('\r');
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            // Reading the table says it.
            return null;
        }
        var fields = line.Split((char[])[',', ';', '\t', ' ', '|'],
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (fields.Length < 2
            || !ImageFolder.Extensions.Contains(Path.GetExtension(fields[0].Trim('"')).ToLowerInvariant()))
            return null;
        var stem = Path.GetFileNameWithoutExtension(path);
        var what = stem.Contains("partition", StringComparison.OrdinalIgnoreCase)
            || stem.Contains("split", StringComparison.OrdinalIgnoreCase) ? "partition"
            : stem.Contains("identity", StringComparison.OrdinalIgnoreCase) ? "identity" : "label";
        return ["image",
            .. Enumerable.Range(1, fields.Length - 1).Select(
                i => i == 1 ? what : string.Create(CultureInfo.InvariantCulture, $"{what}{i}"))];
    }
}
