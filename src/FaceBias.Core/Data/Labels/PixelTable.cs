using FaceBias.Core.Backbones;
using FaceBias.Core.Data;
using FaceBias.Core.Imaging;
using FaceBias.Primitives.Hashing;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Data.Labels;

/// <summary>Tables that hold the pictures themselves, as fer2013.csv does: a column <c>pixels</c> of grey levels (or
/// red, green and blue of each pixel) from 0 to 255 with blanks between, row by row of a square. They are unpacked into
/// PNG files once.</summary>
internal static class PixelTable
{
    private const string Pixels = "pixels";

    /// <summary>Puts the folder of unpacked pictures in the place of every table of pixels.</summary>
    /// <param name="images">Folders, tables of pixels, and what else may hold pictures, which stays as it is.</param>
    /// <param name="home">Where unpacked pictures are kept, by the table's content.</param>
    /// <exception cref="FaceBiasException">A file is no table, or damaged.</exception>
    public static IReadOnlyList<string> Unpack(
        IReadOnlyList<string> images, string home, IProgress<StepProgress>? progress = null,
        CancellationToken cancel = default) =>
        [.. images.Select(
            i => File.Exists(i) && !ImageFolder.IsPictureName(i) && !ImageSources.IsTar(i) && !ImageSources.IsList(i)
                ? Unpack(i, home, progress, cancel) : i)];

    private static string Unpack(string path, string home, IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        var folder = Path.Combine(home, "unpacked", Sha256.OfFile(path)[..16]);
        if (Directory.Exists(folder))
            return folder;
        Table table;
        try
        {
            table = TableFile.Read(path, reading: new());
        }
        catch (FaceBiasException e) when (Path.GetExtension(path).ToLowerInvariant()
            is ".zip" or ".tgz" or ".gz" or ".7z" or ".rar" or ".xz" or ".bz2" or ".zst")
        {
            throw new FaceBiasException($"'{path}' is no table of pixels, and of archives pictures are read from .tar "
                + "alone; unpack it, or pack it as .tar.", e);
        }
        if (Find(table) is not { } pixels)
            return path;
        var temporary = $"{folder}.{Guid.NewGuid():N}.part";
        try
        {
            Directory.CreateDirectory(temporary);
            for (var row = 0; row < table.RowCount; row++)
            {
                cancel.ThrowIfCancellationRequested();
                if (pixels[row] is { } text)
                    File.WriteAllBytes(Path.Combine(temporary, Name(row)), Picture(path, text, row));
                if (row % 500 == 0 || row == table.RowCount - 1)
                    progress?.Report(new("unpacking", row + 1, table.RowCount, "images"));
            }
            Directory.Move(temporary, folder);
            return folder;
        }
        catch (IOException) when (Directory.Exists(folder))
        {
            // Another process was quicker; what it unpacked is the same.
            Directory.Delete(temporary, recursive: true);
            return folder;
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            throw FileFault.Of($"Cannot unpack '{path}' to '{folder}'", e,
                "free some disk space, or set FACEBIAS_HOME to a folder you can write");
        }
        finally
        {
            if (Directory.Exists(temporary))
                Directory.Delete(temporary, recursive: true);
        }
    }

    /// <summary>A table of pixels with a column of the names that its pictures have when they are unpacked, in place of
    /// the pixels; any other table as it is.</summary>
    internal static Table WithImageColumn(Table table) => Find(table) is not { } pixels ? table : new(
    [
        new TextColumn(table.Has("image") ? "image (unpacked)" : "image",
            [.. Enumerable.Range(0, table.RowCount).Select(r => (string?)Name(r))]),
        .. table.Columns.Where(c => c.Name != pixels.Name),
    ])
    { Origin = table.Origin, Notices = table.Notices };

    private static string Name(int row) => string.Create(CultureInfo.InvariantCulture, $"row-{row + 1:0000000}.png");

    private static TextColumn? Find(Table table) =>
        table.Columns.FirstOrDefault(
            c => c.Name.Trim().Equals(Pixels, StringComparison.OrdinalIgnoreCase)) as TextColumn;

    private static byte[] Picture(string path, string text, int row)
    {
        var values = new List<float>(2304);
        foreach (var part in text.AsSpan().SplitAny(' ', ',', ';', '[', ']'))
        {
            var number = text.AsSpan(part);
            if (number.Length == 0)
                continue;
            if (!float.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var level)
                || level is not (>= 0 and <= 255))
                throw new FaceBiasException(
                    $"'{path}' holds '{number.Slice(0, Math.Min(20, number.Length))}' among the pixels of row "
                        + $"{row + 1}; levels are whole numbers from 0 to 255.");
            values.Add(MathF.Round(level));
        }
        var (side, grey) = ((int)Math.Sqrt(values.Count), true);
        if (side * side != values.Count)
            (side, grey) = ((int)Math.Sqrt(values.Count / 3.0), false);
        if (values.Count == 0 || (grey ? 1 : 3) * side * side != values.Count)
            throw new FaceBiasException(
                $"'{path}' has {values.Count:N0} levels in row {row + 1}, which are no square picture, grey or "
                    + "coloured; correct that row.");
        var planes = new float[3 * side * side];
        for (var i = 0; i < side * side; i++)
            for (var c = 0; c < 3; c++)
                planes[c * side * side + i] = grey ? values[i] : values[3 * i + c];
        return PictureEncoder.Png(planes, new ImageSpec(side, side));
    }
}
