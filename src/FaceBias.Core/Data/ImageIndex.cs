using System.Collections;

namespace FaceBias.Core.Data;

/// <summary>Finds the image that a table means by a name: by id, by path, by file name, or by file name without extension,
/// in this order; the last two only where a single image has it.</summary>
internal sealed class ImageIndex
{
    public const int Absent = -1, Ambiguous = -2;

    private readonly IReadOnlyList<ImageFile> _images;
    private readonly RowIndex<string> _byId;

    // Made when an id is not found.
    private RowIndex<string>? _byPath, _byName;
    private BitArray? _ambiguous;

    public ImageIndex(IReadOnlyList<ImageFile> images)
    {
        _images = images;
        _byId = ById(images);
    }

    /// <summary>Images by their ids.</summary>
    public static RowIndex<string> ById(IReadOnlyList<ImageFile> images) => new RowIndex<string>(images.Count, i => images[i].Id).AddAll();

    /// <summary>The image's index, <see cref="Absent"/> or <see cref="Ambiguous"/>.</summary>
    public int Find(string name)
    {
        if (_byId.Find(name) is >= 0 and var byId)
            return byId;
        _byPath ??= new RowIndex<string>(_images.Count, i => _images[i].Path).AddAll();
        if (_byPath.Find(name) is >= 0 and var byPath)
            return byPath;
        var clean = name.Replace('\\', '/');
        while (clean.StartsWith("./", StringComparison.Ordinal))
            clean = clean[2..];
        if (_byId.Find(clean) is >= 0 and var byCleanId)
            return byCleanId;
        return _byPath.Find(clean) is >= 0 and var byCleanPath ? byCleanPath : FindName(clean[(clean.LastIndexOf('/') + 1)..]);
    }

    private int FindName(string name)
    {
        var n = _images.Count;
        if (_byName is null || _ambiguous is null)
        {
            // An image is there twice, by its name with and without extension.
            _byName = new(2 * n, row => row < n ? Path.GetFileName(_images[row].Path) : Path.GetFileNameWithoutExtension(_images[row - n].Path));
            _ambiguous = new(2 * n);
            for (var row = 0; row < 2 * n; row++)
            {
                var first = _byName.Add(row);
                if (first % n != row % n)
                    _ambiguous[first] = true;
            }
        }
        return _byName.Find(name) is not (>= 0 and var found) ? Absent : _ambiguous[found] ? Ambiguous : found % n;
    }
}
