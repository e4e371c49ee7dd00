namespace FaceBias.Core.Data;

/// <summary>Finds the image that a table means by a name: by id, by path, by file name, or by file name without extension,
/// in this order; the last two only where a single image has it.</summary>
internal sealed class ImageIndex
{
    public const int Absent = -1, Ambiguous = -2;

    private readonly Dictionary<string, int> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _byName = new(StringComparer.Ordinal);

    public ImageIndex(IReadOnlyList<ImageFile> images)
    {
        for (var i = 0; i < images.Count; i++)
        {
            _byId[images[i].Path] = i;
            _byId[images[i].Id] = i;
            var name = Path.GetFileName(images[i].Path);
            AddName(name, i);
            AddName(Path.GetFileNameWithoutExtension(name), i);
        }
    }

    /// <summary>The image's index, <see cref="Absent"/> or <see cref="Ambiguous"/>.</summary>
    public int Find(string name)
    {
        if (_byId.TryGetValue(name, out var found))
            return found;
        var clean = name.Replace('\\', '/');
        while (clean.StartsWith("./", StringComparison.Ordinal))
            clean = clean[2..];
        return _byId.TryGetValue(clean, out found) || _byName.TryGetValue(clean[(clean.LastIndexOf('/') + 1)..], out found) ? found : Absent;
    }

    private void AddName(string name, int image)
    {
        if (!_byName.TryAdd(name, image) && _byName[name] != image)
            _byName[name] = Ambiguous;
    }
}
