namespace FaceBias.Core.Data;

/// <summary>Finds the image that a table means by a name: by id, by path, by file name, or by file name without extension,
/// in this order; the last two only where a single image has it.</summary>
internal sealed class ImageIndex
{
    public const int Absent = -1, Ambiguous = -2;

    private readonly IReadOnlyList<ImageFile> _images;
    private readonly Dictionary<string, int> _byId;

    // Made when an id is not found: of very many images they take more memory than all that is known about them.
    private Dictionary<string, int>? _byPath, _byName;

    public ImageIndex(IReadOnlyList<ImageFile> images)
    {
        _images = images;
        _byId = new(images.Count, StringComparer.Ordinal);
        for (var i = 0; i < images.Count; i++)
            _byId[images[i].Id] = i;
    }

    /// <summary>The image's index, <see cref="Absent"/> or <see cref="Ambiguous"/>.</summary>
    public int Find(string name)
    {
        if (_byId.TryGetValue(name, out var found))
            return found;
        var (byPath, byName) = Others();
        if (byPath.TryGetValue(name, out found))
            return found;
        var clean = name.Replace('\\', '/');
        while (clean.StartsWith("./", StringComparison.Ordinal))
            clean = clean[2..];
        return _byId.TryGetValue(clean, out found) || byPath.TryGetValue(clean, out found)
            || byName.TryGetValue(clean[(clean.LastIndexOf('/') + 1)..], out found) ? found : Absent;
    }

    private (Dictionary<string, int> ByPath, Dictionary<string, int> ByName) Others()
    {
        if (_byPath is not null && _byName is not null)
            return (_byPath, _byName);
        (_byPath, _byName) = (new(_images.Count, StringComparer.Ordinal), new(2 * _images.Count, StringComparer.Ordinal));
        for (var i = 0; i < _images.Count; i++)
        {
            _byPath[_images[i].Path] = i;
            var name = Path.GetFileName(_images[i].Path);
            AddName(_byName, name, i);
            AddName(_byName, Path.GetFileNameWithoutExtension(name), i);
        }
        return (_byPath, _byName);
    }

    private static void AddName(Dictionary<string, int> byName, string name, int image)
    {
        if (!byName.TryAdd(name, image) && byName[name] != image)
            byName[name] = Ambiguous;
    }
}
