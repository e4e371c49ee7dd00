using FaceBias.Core.Data;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Data.Labels;

/// <summary>Labels from tables with a row per image. Several tables are joined by image: of the same columns for other
/// images (FairFace's two), or of other columns for the same (CelebA's attributes and partition).</summary>
internal sealed class TableLabels
{
    private readonly IReadOnlyList<ImageFile> _images;
    private readonly IReadOnlyCollection<string>? _used;
    private readonly List<LabelNotice> _notices = [];
    private readonly bool[] _labelled;
    private readonly HashSet<int> _conflicted = [];
    private readonly Dictionary<string, Column> _columns = new(StringComparer.Ordinal);
    private Split[]? _splits;
    private readonly List<string> _splitFiles = [], _imageColumns = [];

    private TableLabels(IReadOnlyList<ImageFile> images, IReadOnlyCollection<string>? used) =>
        (_images, _used, _labelled) = (images, used, new bool[images.Count]);

    public static LabelSet Read(LabelOptions options, IReadOnlyList<ImageFile> images,
        IReadOnlyCollection<string>? used)
    {
        var labels = new TableLabels(images, used);
        var index = new ImageIndex(images);
        var files = options.Sources.Select(s => Named(s, options)).ToArray();
        var columns = new HashSet<string>(["*"], StringComparer.Ordinal);
        var keyed = new List<(string Path, Table Table)>();
        foreach (var (path, split) in files)
        {
            if (path.Equals("utkface", StringComparison.OrdinalIgnoreCase)
                || path.Equals("folder", StringComparison.OrdinalIgnoreCase))
                throw new FaceBiasException($"'{path}' cannot be joined with tables; give ‹Labels› one or the other.");
            var table = LabelTable.Read(path, options.Reading);
            columns.UnionWith(table.Columns.SelectMany(c => new[] { c.Name, c.Header }));
            if (ImageColumns.Find(path, table, options.ImageColumn, index, files.Length > 1 && split is null)
                is { } key)
                labels.Add(path, table, split, key, index);
            else
                keyed.Add((path, table));
        }
        foreach (var (path, table) in keyed)
            // Of other images, where it names them as another table does.
            if (table.Columns.Select(c => c.Header).FirstOrDefault(labels._imageColumns.Contains) is { } header)
                labels.Add(path, table, null, table.Text(header), index);
            else
                labels.AddByKey(path, table);
        if (options.Reading.KeepNa.FirstOrDefault(k => !columns.Contains(k)) is { } unknown)
            throw new FaceBiasException(
                $"‹KeepNa›: the labels have no column '{unknown}'; they have "
                    + $"{columns.Skip(1).Take(40).Quoted()}.");
        labels.SayNames(files);
        return labels.Build();
    }

    /// <summary>"test=FILE" as a file and its split, unless there is a file of that whole name.</summary>
    private static (string Path, Split? Split) Named(string source, LabelOptions options) =>
        source.Split('=', 2) is [var name, var path] && !File.Exists(source)
        && (options.SplitValues.TryGetValue(name, out var given) ? given : SplitNames.Parse(name)) is { } split
        ? (path, split) : (source, null);

    private void SayNames((string Path, Split? Split)[] files)
    {
        if (files.Length < 2 || _splits is not null)
            return;
        var named = files.Select(f => (f.Path, Split: SplitOf(f.Path))).ToArray();
        if (named.All(f => f.Split is not null) && named.DistinctBy(f => f.Split).Count() > 1)
        {
            _notices.Add(new("split-files", files.Length,
                $"The tables' names look like official splits, which are not used; write ‹LabelOptions.Sources› "
                + $"{string.Join(" ", named.Select(f => $"{f.Split.ToString()!.ToLowerInvariant()}={f.Path}"))} to use them."));
        }
    }

    /// <summary>The split that a word of a file's name stands for: fairface_label_train.csv.</summary>
    private static Split? SplitOf(string path) =>
        Path.GetFileName(path).Split('_', '-', '.', ' ').Select(SplitNames.Parse).FirstOrDefault(s => s is not null);

    /// <summary>Joins a table that names no image by a column that it has in common with the others: persons by
    /// their number.</summary>
    /// <exception cref="FaceBiasException">There is none.</exception>
    private void AddByKey(string path, Table table)
    {
        var best = table.Columns.Where(c => _columns.ContainsKey(c.Name) && !IsRowNumber(c.Header)).Select(c =>
        {
            var (own, known) = (table.Text(c.Name), new Table([_columns[c.Name]]).Text(c.Name));
            var rowOf = new Dictionary<string, int>(StringComparer.Ordinal);
            for (var row = 0; row < own.Count; row++)
                if (own[row] is { } value && !rowOf.TryAdd(value, row))
                    return (Name: c.Name, Rows: [], Found: 0);
            int[] rows = [.. Enumerable.Range(0, known.Count)
                .Select(i => known[i] is { } value ? rowOf.GetValueOrDefault(value, -1) : -1)];
            return (c.Name, Rows: rows, Found: rows.Count(r => r >= 0));
        }).Append((Name: "", Rows: [], Found: 0)).MaxBy(k => k.Found);
        if (best.Found == 0)
            throw new FaceBiasException($"'{path}' names no image, nor has it a column, with each value once, that "
                + "another table has too; it has "
                + $"{table.Columns.Take(40).Select(c => c.Header).Quoted()}. "
                + $"Images are called '{_images[0].Id}'.");
        _notices.Add(new("joined", best.Found, $"'{path}' names no image; it is joined by '{best.Name}', which gives "
            + $"its values to {best.Found:N0} of {_images.Count:N0} images."));
        foreach (var column in table.Columns.Where(c => c.Name != best.Name))
            Join(Take(column, best.Rows));
    }

    /// <summary>Whether a column numbers the rows, as pandas writes it: in two tables these are different
    /// rows.</summary>
    private static bool IsRowNumber(string header) => header is "" or "index"
        || header.StartsWith("column", StringComparison.Ordinal) && header[6..].All(char.IsAsciiDigit)
        || header.StartsWith("Unnamed:", StringComparison.Ordinal);

    private void Add(string path, Table table, Split? split, TextColumn key, ImageIndex index)
    {
        _imageColumns.Add(key.Header);
        Column[] columns = [.. table.Columns.Where(c => c.Name != key.Name && !(c.Name == "id" && key.Name != "id"))];
        if (columns.Length == 0 && split is null)
            throw new FaceBiasException($"'{path}' has no column beside '{key.Name}'; add the labels.");
        _notices.AddRange(
            table.Notices.Where(n => n.Column is null || _used?.Contains(n.Column) != false)
                .Select(n => new LabelNotice(n.Kind, 1, n.Sentence)));
        var compared = columns.Where(c => _used?.Contains(c.Name) != false).ToArray();
        var rowOf = new int[_images.Count];
        Array.Fill(rowOf, -1);
        List<string> absent = [], ambiguous = [], merged = [], loose = [];
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
                    if (index.IsLoose)
                        loose.Add(name);
                    break;
                case var image when Array.TrueForAll(compared, c => SameValue(c, rowOf[image], row)):
                    merged.Add(name);
                    break;
                case var image:
                    _conflicted.Add(image);
                    break;
            }
        }
        Notice("loose", loose, "rows of labels name an image whose name differs in case or format alone");
        Notice("no-such-image", absent, "rows of labels name no image that was found and are left out");
        Notice("ambiguous", ambiguous,
            "rows of labels fit several images and are left out (give the path relative to the image folder)");
        Notice("duplicate", merged, "rows of labels repeat another row and are merged");
        if (nameless > 0)
            _notices.Add(new("no-name", nameless,
                $"{nameless:N0} rows of labels have no '{key.Name}' and are left out."));
        for (var i = 0; i < rowOf.Length; i++)
            _labelled[i] |= rowOf[i] >= 0;
        foreach (var column in columns)
            Join(Take(column, rowOf));
        if (split is { } s)
        {
            _splits ??= new Split[_images.Count];
            _splitFiles.Add($"'{Path.GetFileName(path)}' is {s.ToString().ToLowerInvariant()}");
            for (var i = 0; i < rowOf.Length; i++)
            {
                if (rowOf[i] >= 0 && _splits[i] != Split.None && _splits[i] != s)
                    _conflicted.Add(i);
                if (rowOf[i] >= 0)
                    _splits[i] = s;
            }
        }
    }

    /// <summary>Joins a column with that of another table; an image to which they give two values has none that can be
    /// trusted.</summary>
    private void Join(Column column)
    {
        if (!_columns.TryGetValue(column.Name, out var known))
        {
            _columns.Add(column.Name, column);
            return;
        }
        var counts = _used?.Contains(column.Name) != false;
        if (known is NumberColumn a && column is NumberColumn b)
        {
            var values = new double[a.Count];
            for (var i = 0; i < values.Length; i++)
            {
                if (counts && !a.IsMissing(i) && !b.IsMissing(i) && a[i] != b[i])
                    _conflicted.Add(i);
                values[i] = a.IsMissing(i) ? b[i] : a[i];
            }
            _columns[column.Name] = new NumberColumn(column.Name, values);
            return;
        }
        TextColumn x = new Table([known]).Text(known.Name), y = new Table([column]).Text(column.Name);
        var texts = new string?[x.Count];
        for (var i = 0; i < texts.Length; i++)
        {
            if (counts && x[i] is { } one && y[i] is { } other && one != other)
                _conflicted.Add(i);
            texts[i] = x[i] ?? y[i];
        }
        _columns[column.Name] = new TextColumn(column.Name, texts);
    }

    private LabelSet Build()
    {
        foreach (var image in _conflicted)
            _labelled[image] = false;
        Notice("conflict", [.. _conflicted.Order().Select(i => _images[i].Id)],
            "images have rows of labels that contradict each other and are left out");
        Notice("unlabelled", [.. _images.Where((_, i) => !_labelled[i] && !_conflicted.Contains(i)).Select(f => f.Id)],
            "images have no labels");
        var gone = Array.ConvertAll(_labelled, l => !l);
        return new(new(_columns.Values.Select(c => Clean(c, gone))), _labelled, _notices)
        {
            Given = _splits is null ? null
                : new(_splits, "the tables", $"The splits are those of the tables: {string.Join(", ", _splitFiles)}.",
                    "say ‹LabelOptions.Sources› test=FILE of one of the tables"),
            ImageColumns = [.. _imageColumns.Distinct()],
        };
    }

    /// <summary>A column without the values of images that have no labels, and without what no image can
    /// have.</summary>
    private Column Clean(Column column, bool[] gone)
    {
        if (column is TextColumn text)
            return new TextColumn(text.Name, [.. text.Codes.Select((c, i) => gone[i] ? -1 : c)], text.Levels)
                { Header = text.Header, Stray = text.Stray };
        double[] values = [.. ((NumberColumn)column).Values];
        var bad = new List<string>();
        var isAge = column.Name.Equals("age", StringComparison.OrdinalIgnoreCase);
        for (var i = 0; i < values.Length; i++)
        {
            if (!gone[i] && double.IsFinite(values[i]) && !(isAge && values[i] is < 0 or > LabelSource.OldestAge))
                continue;
            values[i] = double.NaN;
            if (!gone[i])
                bad.Add(_images[i].Id);
        }
        if (_used?.Contains(column.Name) != false)
            Notice("bad-value", bad,
                $"images have no '{column.Name}'{(isAge ? $", or one below 0 or above {LabelSource.OldestAge}," : "")} and are left out of it");
        return new NumberColumn(column.Name, values) { Header = column.Header };
    }

    private void Notice(string kind, IReadOnlyList<string> names, string what)
    {
        if (names.Count > 0)
            _notices.Add(LabelNotice.From(kind, names, what));
    }

    private static bool SameValue(Column column, int a, int b) => column is TextColumn text
        ? text.Codes[a] == text.Codes[b]
        : ((NumberColumn)column)[a].Equals(((NumberColumn)column)[b]);

    private static Column Take(Column column, int[] rows) => column is TextColumn text
        ? new TextColumn(text.Name, [.. rows.Select(r => r < 0 ? -1 : text.Codes[r])], text.Levels)
            { Header = text.Header, Stray = text.Stray }
        : new NumberColumn(column.Name, [.. rows.Select(r => r < 0 ? double.NaN : ((NumberColumn)column)[r])])
            { Header = column.Header };
}
