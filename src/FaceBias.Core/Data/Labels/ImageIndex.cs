using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Data.Labels;

/// <summary>Finds the image that a table means by a name: by id, by path, or as the only one whose path ends so, with
/// or without extension; else as the only one that does so in another case or format (A.PNG for a.jpg).</summary>
internal sealed class ImageIndex
{
    public const int Absent = -1, Ambiguous = -2;

    // A name that so many have says nothing, and looking through all of them for each row would take hours.
    private const int LongestChain = 256;

    private readonly IReadOnlyList<ImageFile> _images;
    private readonly RowIndex<string> _byId;

    // Made when an id is not found. An image is there twice, by its name with and without extension; those of one name
    // are a chain.
    private RowIndex<string>? _byPath;
    private Chains? _names, _stems;

    public ImageIndex(IReadOnlyList<ImageFile> images)
    {
        _images = images;
        _byId = ById(images);
    }

    /// <summary>Images by their ids.</summary>
    public static RowIndex<string> ById(IReadOnlyList<ImageFile> images) =>
        new RowIndex<string>(images.Count, i => images[i].Id).AddAll();

    /// <summary>Whether the name found last is the image's in another case or format.</summary>
    public bool IsLoose { get; private set; }

    /// <summary>The image's index, <see cref="Absent"/> or <see cref="Ambiguous"/>.</summary>
    public int Find(string name)
    {
        IsLoose = false;
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
        return _byPath.Find(clean) is >= 0 and var byCleanPath ? byCleanPath
            : FindName(clean.Split('/', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>Images by a key, an image as often as it has keys; those of one key are a chain.</summary>
    private sealed class Chains
    {
        private readonly RowIndex<string> _first;
        private readonly int[] _next;

        public Chains(int count, Func<int, string> key)
        {
            (_first, _next) = (new(count, key), new int[count]);
            Array.Fill(_next, -1);
            for (var row = 0; row < count; row++)
                if (_first.Add(row) is var first && first != row)
                    (_next[row], _next[first]) = (_next[first], row);
        }

        public IEnumerable<int> Find(string name)
        {
            for (var at = _first.Find(name); at >= 0; at = _next[at])
                yield return at;
        }
    }

    private static string Stem(string name) =>
        (ImageFolder.IsPictureName(name) ? Path.GetFileNameWithoutExtension(name) : name).ToLowerInvariant();

    private int FindName(string[] parts)
    {
        if (parts.Length == 0)
            return Absent;
        var n = _images.Count;
        _names ??= new(2 * n, row => row < n ? Path.GetFileName(_images[row].Id)
            : Path.GetFileNameWithoutExtension(_images[row - n].Id));
        if (Nearest(_names.Find(parts[^1]).Select(row => row % n), parts) is not Absent and var found)
            return found;
        _stems ??= new(n, row => Stem(Path.GetFileName(_images[row].Id)));
        found = Nearest(_stems.Find(Stem(parts[^1])), parts);
        IsLoose = found >= 0;
        return found;
    }

    /// <summary>Of images of one name those whose folders are the most like the name's.</summary>
    private int Nearest(IEnumerable<int> images, string[] parts)
    {
        var (best, length, several) = (Absent, -1, false);
        var looked = 0;
        foreach (var image in images)
        {
            if (++looked > LongestChain)
                return Ambiguous;
            var folders = _images[image].Path.Split(Path.DirectorySeparatorChar)[..^1];
            var common = 0;
            while (common < Math.Min(folders.Length, parts.Length - 1)
                && folders[^(common + 1)] == parts[^(common + 2)])
                common++;
            // val/1.jpg is not train/1.jpg.
            if (image == best || (common < Math.Min(folders.Length, parts.Length - 1)
                && IsOtherSplit(folders[^(common + 1)], parts[^(common + 2)])))
                continue;
            if (common > length)
                (best, length, several) = (image, common, false);
            else
                several |= common == length;
        }
        return several ? Ambiguous : best;
    }

    private static bool IsOtherSplit(string a, string b) =>
        SplitNames.Parse(a) is { } one && SplitNames.Parse(b) is { } other && one != other;
}
