using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Data.Labels;

/// <summary>What annotation files say, image by image, on the way to a table with a row per image: the categories of
/// its objects and the values of its attributes. Where every image has one category it is the column <c>category</c>;
/// else each category is a column <c>category.NAME</c>, yes or no. Attributes that differ between the objects of an
/// image are left out.</summary>
/// <param name="path">The file or folder, for messages.</param>
internal sealed class Annotations(string path)
{
    /// <summary>The name of the column of categories.</summary>
    public const string Column = "category";

    private const int MostCategories = 200;

    private readonly List<string?> _images = [];
    private readonly List<SortedSet<string>> _categories = [];
    private readonly Dictionary<string, Dictionary<int, string>> _attributes = new(StringComparer.Ordinal);
    private readonly HashSet<string> _several = new(StringComparer.Ordinal);

    public int Count => _images.Count;

    /// <summary>Adds an image and returns its row.</summary>
    public int AddImage(string? name)
    {
        _images.Add(name);
        _categories.Add(new(StringComparer.Ordinal));
        return _images.Count - 1;
    }

    public void AddCategory(int row, string? category)
    {
        if (!string.IsNullOrWhiteSpace(category))
            _categories[row].Add(category.Trim());
    }

    public void AddAttribute(int row, string name, string? value)
    {
        if (string.IsNullOrWhiteSpace(value))
            return;
        if (!_attributes.TryGetValue(name, out var values))
            _attributes.Add(name, values = []);
        if (!values.TryAdd(row, value) && values[row] != value)
            _several.Add(name);
    }

    /// <param name="notice">What the files are taken for.</param>
    /// <exception cref="FaceBiasException">Too many categories.</exception>
    public Table ToTable(string notice, params IEnumerable<TableNotice> further)
    {
        List<Column> columns = [new TextColumn("image", _images), .. Categories()];
        List<TableNotice> notices = [new("annotations", null, notice), .. further];
        foreach (var (name, values) in _attributes)
            if (!_several.Contains(name) && columns.TrueForAll(x => x.Name != name))
                columns.Add(new TextColumn(name,
                    [.. Enumerable.Range(0, Count).Select(r => values.GetValueOrDefault(r))]));
        if (_several.Count > 0)
            notices.Add(new("annotation-attributes", null,
                $"The attributes {string.Join(", ", _several.Order(StringComparer.Ordinal).Select(n => $"'{n}'"))} "
                    + "differ between annotations of one image and are left out."));
        return new(columns) { Origin = $"'{path}'", Notices = notices };
    }

    private IEnumerable<Column> Categories()
    {
        string[] all = [.. _categories.SelectMany(o => o).Distinct().Order(StringComparer.Ordinal)];
        if (all.Length == 0)
            return [];
        if (_categories.TrueForAll(o => o.Count <= 1))
            return [new TextColumn(Column, [.. _categories.Select(o => o.FirstOrDefault())])];
        if (all.Length > MostCategories)
            throw new FaceBiasException(
                $"'{path}' has images of several of {all.Length:N0} categories; a column is made of each, and at most "
                    + $"{MostCategories} can be. Write a table with the categories that matter.");
        return all.Select(
            name => new TextColumn($"{Column}.{name}", [.. _categories.Select(o => o.Contains(name) ? 1 : 0)],
                [MultiLabel.No, MultiLabel.Yes]));
    }
}
