using FaceBias.Core.Data;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Data.Labels;

/// <summary>Finds the column of a table that names the image.</summary>
internal static class ImageColumns
{
    private const int Sampled = 2000;
    private static readonly string[] s_words = ["image", "path", "file", "filename", "img", "picture", "photo", "name",
        "id"];

    /// <param name="path">The table's file, for messages.</param>
    /// <param name="given">The column's name, if the user says it.</param>
    /// <param name="others">Whether there are other tables, to which this one may add without naming an
    /// image.</param>
    /// <returns>Of the columns whose names say it the one that names the most images; else any other that names
    /// most. Null of a table beside others that names no image.</returns>
    /// <exception cref="FaceBiasException">There is none.</exception>
    public static TextColumn? Find(string path, Table table, string? given, ImageIndex images, bool others)
    {
        if (given is not null && (table.Has(given) || !others))
            return table.Has(given) ? table.Text(given)
                : throw new FaceBiasException(
                    $"'{path}' has no column '{given}' for ‹ImageColumn›; it has {Names(table)}.", ErrorKind.Missing);
        double Share(Column column)
        {
            var text = table.Text(column.Name);
            var rows = Enumerable.Range(0, Math.Min(Sampled, text.Count))
                .Select(i => (int)((long)i * text.Count / Math.Min(Sampled, text.Count)));
            var (found, all) = (0, 0);
            foreach (var row in rows)
                if (text[row] is { } name)
                    (found, all) = (found + (images.Find(name) >= 0 ? 1 : 0), all + 1);
            return all == 0 ? 0 : (double)found / all;
        }
        Column? Best(IEnumerable<Column> columns, double least) =>
            columns.Select(c => (Column: c, Share: Share(c))).Where(c => c.Share > 0 && c.Share >= least)
            .OrderByDescending(c => c.Share).Select(c => c.Column).FirstOrDefault();
        var named = table.Columns.Where(c => Rank(c.Name) < int.MaxValue).OrderBy(c => Rank(c.Name)).ToArray();
        if ((Best(named, 0) ?? Best(table.Columns.Except(named), 0.5)) is { } best)
            return table.Text(best.Name);
        if (others)
            return null;
        if (named.Length == 0)
            throw new FaceBiasException(
                $"'{path}' has no column that names the image ({string.Join(", ", s_words)}); it has {Names(table)}; "
                    + "name it with ‹ImageColumn›.", ErrorKind.Missing);
        return table.Text(named[0].Name);
    }

    /// <summary>The place of a name among the words: whole ones first, then as a first word (image_path), then as a
    /// last (img_filename).</summary>
    private static int Rank(string name)
    {
        for (var place = 0; place < 3; place++)
            for (var w = 0; w < s_words.Length; w++)
                if (Fits(name, s_words[w], place))
                    return place * s_words.Length + w;
        return int.MaxValue;
    }

    private static bool Fits(string name, string word, int place) => place switch
    {
        0 => name.Equals(word, StringComparison.OrdinalIgnoreCase),
        1 => name.StartsWith(word, StringComparison.OrdinalIgnoreCase) && name.Length > word.Length
            && !char.IsLetterOrDigit(name[word.Length]),
        _ => name.EndsWith(word, StringComparison.OrdinalIgnoreCase) && name.Length > word.Length
            && !char.IsLetterOrDigit(name[^(word.Length + 1)]),
    };

    private static string Names(Table table) => table.Columns.Take(40).Select(c => c.Header).Quoted();
}
