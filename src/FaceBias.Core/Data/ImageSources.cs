using FaceBias.Primitives.Storage;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Data;

/// <summary>Pictures that lie in no folder of this machine: in tars, in object storage, or where the rows of a table
/// say.</summary>
internal sealed class ImageSources(ImageList.Builder files, List<string> unreadable)
{
    private static readonly string[] s_tables = [".csv", ".tsv", ".parquet", ".json", ".jsonl", ".ndjson"],
        s_lists = [".txt", ".lst", ".list"];

    private const int Sampled = 2000;

    /// <summary>Files and objects that are no pictures.</summary>
    public int Ignored { get; private set; }

    /// <summary>Whether the extension is a tar's.</summary>
    public static bool IsTar(string name) => name.EndsWith(".tar", StringComparison.OrdinalIgnoreCase);

    private static bool IsTable(string name) => s_tables.Contains(Path.GetExtension(name).ToLowerInvariant());

    /// <summary>Whether a text file's first line names a picture.</summary>
    public static bool IsList(string path) =>
        s_lists.Contains(Path.GetExtension(path).ToLowerInvariant()) && File.Exists(path)
        && File.ReadLines(path).Select(l => l.Trim()).FirstOrDefault(l => l.Length > 0) is { } first
        && ImageFolder.IsPictureName(first);

    /// <summary>Adds the pictures of a source, unless it is a folder or a picture of this machine.</summary>
    /// <param name="source">A full path, or a URL without '/' at its end.</param>
    /// <exception cref="FaceBiasException">It cannot be read.</exception>
    public bool TryAdd(string source, string prefix)
    {
        var list = IsList(source);
        if (!ObjectStores.IsUrl(source) && (!File.Exists(source) || !IsTar(source) && !IsTable(source) && !list))
            return false;
        if (IsTar(source))
            AddTar(source, prefix);
        else if (IsTable(source))
            AddTable(source, prefix);
        else if (list)
            AddPlaces(source, prefix, File.ReadLines(source).Select(l => l.Trim()).Where(l => l.Length > 0), "");
        else if (ImageFolder.IsPictureName(source))
            Add(files.AddRoot(source[..source.LastIndexOf('/')], prefix), Under(prefix, source.Split('/')[^1]));
        else
            AddStore(source, prefix);
        return true;
    }

    /// <summary>Adds the pictures of a tar.</summary>
    public void AddTar(string tar, string prefix)
    {
        var root = files.AddRoot(tar, prefix);
        Ignored += TarMembers.Read(tar,
            member => Add(root, Under(prefix, member.Name), member.Offset, (int)member.Length), unreadable);
    }

    private void AddStore(string url, string prefix)
    {
        var (root, before, tars) = (files.AddRoot(url, prefix), files.Count, new List<string>());
        foreach (var found in ObjectStores.Open(url).List())
        {
            if (ObjectName.Problem(found.Name) is { } problem)
                unreadable.Add($"'{url}/{found.Name}' is left out: {problem}");
            else if (ImageFolder.IsPictureName(found.Name))
                Add(root, Under(prefix, found.Name));
            else if (IsTar(found.Name))
                tars.Add(found.Name);
            else
                Ignored++;
        }
        if (files.Count == before)
            tars.ForEach(name => AddTar($"{url}/{name}", Under(prefix, name)));
        else
            Ignored += tars.Count;
    }

    private void AddTable(string source, string prefix)
    {
        var column = Places(source, Read(source));
        var rows = Enumerable.Range(0, column.Count).Select(i => column[i]);
        // The first of a list without a header stands where the header would.
        AddPlaces(source, prefix, ImageFolder.IsPictureName(column.Header) ? rows.Prepend(column.Header) : rows,
            $" in '{column.Header}'");
    }

    private void AddPlaces(string source, string prefix, IEnumerable<string?> places, string where)
    {
        var (folder, anywhere) = (source[..Math.Max(0, source.LastIndexOfAny(['/', Path.DirectorySeparatorChar]))], -1);
        var (row, relative) = (-1, files.AddRoot(folder, prefix));
        foreach (var place in places)
        {
            row++;
            if (place is not { Length: > 0 } text)
                unreadable.Add($"row {row + 1} of '{source}' names no picture{where}");
            else if (ObjectStores.IsUrl(text) || Path.IsPathFullyQualified(text))
                Add(anywhere < 0 ? anywhere = files.AddRoot("", prefix) : anywhere, Under(prefix, text));
            else
                Add(relative, Under(prefix, text.Replace('\\', '/')));
        }
    }

    /// <summary>The column that says where pictures lie: the one whose values look the most like paths and
    /// URLs.</summary>
    private static TextColumn Places(string source, Table table)
    {
        int Seen(TextColumn column) => Enumerable.Range(0, Math.Min(Sampled, column.Count)).Select(i => column[i])
            .Count(t => t is not null && (ImageFolder.IsPictureName(t) || ObjectStores.IsUrl(t)));
        return table.Columns.OfType<TextColumn>().Where(c => Seen(c) > 0).MaxBy(Seen)
            ?? throw new FaceBiasException($"'{source}' has neither a column of pixels nor one of pictures' paths or "
                + $"URLs; it has {table.Columns.Take(40).Select(c => c.Header).Quoted()}. Give "
                + "‹Images› the folder that holds the images.");
    }

    private static Table Read(string source)
    {
        if (!ObjectStores.IsUrl(source))
            return TableFile.Read(source, reading: new());
        var (store, name) = ObjectStores.Locate(source);
        var copy = Path.Combine(Path.GetTempPath(), $"facebias-{Guid.NewGuid():N}{Path.GetExtension(name)}");
        try
        {
            using (var from = store.OpenRead(name))
            using (var to = File.Create(copy))
                from.CopyTo(to);
            return TableFile.Read(copy, reading: new());
        }
        finally
        {
            File.Delete(copy);
        }
    }

    private void Add(int root, string id, long offset = 0, int length = -1)
    {
        if (!files.TryAdd(root, id, offset, length))
            unreadable.Add($"'{id}' has a name that is not Unicode; rename it");
    }

    private static string Under(string prefix, string name) => prefix.Length == 0 ? name : $"{prefix}/{name}";
}
