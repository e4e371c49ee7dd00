using FaceBias.Primitives.Storage;

namespace FaceBias.Core.Data;

/// <summary>A file below a folder of images.</summary>
/// <param name="Id">Its path relative to the folder, with '/' between parts; where there are several folders, with the
/// folder's name before it. Unique, and the key of labels, features and predictions.</param>
/// <param name="Path">Where to read it: a file, a URL of an object store, or a member of a tar as
/// <c>TAR::MEMBER@OFFSET+LENGTH</c>.</param>
internal readonly record struct ImageFile(string Id, string Path);

/// <summary>What was found below some folders.</summary>
/// <param name="Files">The files that look like images, by ordinal order of their ids.</param>
/// <param name="Ignored">Number of files whose extension is no image's.</param>
/// <param name="Unreadable">Folders that could not be listed, files whose names are not UTF-8, and members of tars and
/// rows of tables that are no pictures' places, each with the reason.</param>
internal sealed record ImageListing(IReadOnlyList<ImageFile> Files, int Ignored, IReadOnlyList<string> Unreadable);

/// <summary>Lists the images below folders. The extension only decides what is worth a look: what a file is, its
/// content says when it is decoded.</summary>
internal static class ImageFolder
{
    /// <summary>Extensions that are listed, in lower case.</summary>
    public static IReadOnlySet<string> Extensions { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".tif", ".tiff", ".bmp", ".dib", ".pbm", ".pgm",
        ".ppm", ".pnm", ".heic", ".heif", ".avif",
    };

    private static readonly string[] s_records = ["run.json", "explain.json"];

    private const int MostFolders = ushort.MaxValue;

    private static readonly Comparer<(bool IsLink, string Id)> s_realFirst = Comparer<(bool IsLink, string Id)>.Create(
        (a, b) => a.IsLink != b.IsLink ? a.IsLink.CompareTo(b.IsLink) : string.CompareOrdinal(a.Id, b.Id));

    /// <summary>Lists every image below <paramref name="folders"/>, recursively; a path may name a single picture, a
    /// tar, a table of paths and URLs, or be a URL of an object store. A folder of tars without a picture beside them
    /// stands for these. Each real folder is visited once, however many symbolic links lead to it.</summary>
    /// <exception cref="FaceBiasException">A folder does not exist or cannot be read, or there is no image at
    /// all.</exception>
    public static ImageListing List(params IReadOnlyList<string> folders)
    {
        string[] given =
            [.. folders.SelectMany(Matches).Select(Full).Distinct(StringComparer.Ordinal)];
        // Of the folder of a picture that is named by itself nothing else is taken.
        var alone = given.Where(IsPicture).GroupBy(f => Path.GetDirectoryName(f)!, StringComparer.Ordinal)
            .Where(g => !given.Contains(g.Key)).ToDictionary(g => g.Key, g => g.ToList(), StringComparer.Ordinal);
        string[] roots =
            [.. given.Select(f => IsPicture(f) ? Path.GetDirectoryName(f)! : f).Distinct(StringComparer.Ordinal)];
        var prefixes = Prefixes(roots);
        if (roots.Length > MostFolders)
            throw new FaceBiasException(
                $"{roots.Length:N0} folders are too many at once; give at most {MostFolders:N0}, or one above them.");
        var files = new ImageList.Builder();
        var unreadable = new List<string>();
        var sources = new ImageSources(files, unreadable);
        var visited = new HashSet<string>(StringComparer.Ordinal);
        var ignored = 0;
        for (var at = 0; at < roots.Length; at++)
        {
            if (sources.TryAdd(roots[at], prefixes[at]))
                continue;
            var r = files.AddRoot(roots[at], prefixes[at]);
            var (before, tars) = (files.Count, new List<(string Path, string Id)>());
            if (!Directory.Exists(roots[at]))
            {
                var name = folders.First(f => Full(f) == roots[at]);
                throw new FaceBiasException(File.Exists(roots[at])
                    ? $"'{name}' is a file and, by its extension, no picture; give the folder that holds the images."
                    : $"There is no folder '{name}'; check the path.",
                    File.Exists(roots[r]) ? ErrorKind.BadInput : ErrorKind.Missing);
            }
            if (alone.TryGetValue(roots[at], out var pictures))
            {
                foreach (var picture in pictures)
                    if (!files.TryAdd(r,
                        prefixes[at].Length == 0 ? Path.GetFileName(picture)
                            : $"{prefixes[at]}/{Path.GetFileName(picture)}"))
                        unreadable.Add(NotUnicode(new FileInfo(picture)));
                continue;
            }
            // Links come after real folders, in their order, so that ids do not depend on how a disk lists its entries.
            var pending = new PriorityQueue<(string Path, string Id), (bool IsLink, string Id)>(s_realFirst);
            pending.Enqueue((roots[at], prefixes[at]), (false, ""));
            while (pending.TryDequeue(out var folder, out _))
            {
                if (!visited.Add(RealPath(folder.Path)))
                    continue;
                try
                {
                    // Heat maps and samples of a report are no data of the next run.
                    if (folder.Id != prefixes[at] && WrittenHere(folder.Path))
                    {
                        unreadable.Add($"'{folder.Path}' holds what FaceBias wrote, of which no picture is taken");
                        continue;
                    }
                    foreach (var entry in new DirectoryInfo(folder.Path).EnumerateFileSystemInfos())
                    {
                        var id = folder.Id.Length == 0 ? entry.Name : $"{folder.Id}/{entry.Name}";
                        // Read with replacement signs, it is no name by which the system knows the file.
                        if (entry.Name.Contains('\uFFFD', StringComparison.Ordinal) && !entry.Exists)
                            unreadable.Add(NotUnicode(entry));
                        // All bits set: it is gone since.
                        else if (entry.Attributes == (FileAttributes)(-1))
                            unreadable.Add($"'{entry.FullName}' was removed while its folder was listed");
                        else if (IsOfSystem(entry.Name))
                            ignored++;
                        else if (entry.Attributes.HasFlag(FileAttributes.Directory))
                            pending.Enqueue((entry.FullName, id),
                                (entry.Attributes.HasFlag(FileAttributes.ReparsePoint), id));
                        else if (!IsPictureName(entry.Name))
                        {
                            ignored++;
                            if (ImageSources.IsTar(entry.Name))
                                tars.Add((entry.FullName, id));
                        }
                        else if (!files.TryAdd(r, id))
                            unreadable.Add(NotUnicode(entry));
                    }
                }
                catch (Exception e) when (FileFault.Is(e))
                {
                    unreadable.Add($"'{folder.Path}' cannot be listed: {e.Message.TrimEnd('.')}");
                }
            }
            // Beside pictures, a tar is what they were unpacked from.
            if (files.Count == before)
                foreach (var (path, id) in tars.OrderBy(t => t.Id, StringComparer.Ordinal))
                {
                    sources.AddTar(path, id);
                    ignored--;
                }
        }
        ignored += sources.Ignored;
        if (files.Count == 0)
        {
            throw new FaceBiasException(unreadable.Count > 0
                ? $"No image was found: {unreadable[0]}; correct that, or give ‹Images› another place."
                : $"No image was found below {folders.Quoted()} ({ignored:N0} other files);"
                    + $" files must end in {string.Join(", ", Extensions.Order(StringComparer.Ordinal))}.");
        }
        return new(files.Build(id => unreadable.Add($"'{id}' is listed twice, of which the first is taken")), ignored,
            unreadable);
    }

    /// <summary>What a pattern in the last part of a path matches, where no shell has expanded it.</summary>
    private static string[] Matches(string path)
    {
        var last = Path.GetFileName(path);
        if (ObjectStores.IsUrl(path) || last.IndexOfAny(['*', '?']) < 0 || Path.Exists(path))
            return [path];
        var folder = path[..^last.Length] is { Length: > 0 } before ? before : ".";
        string[] found = !Directory.Exists(folder) ? []
            : [.. Directory.EnumerateFileSystemEntries(folder, last).Order(StringComparer.Ordinal)
                .Where(p => Directory.Exists(p) || IsPictureName(p) || ImageSources.IsTar(p))];
        return found.Length > 0 ? found
            : throw new FaceBiasException($"No image or folder matches '{path}'; check the path.", ErrorKind.Missing);
    }

    private static string Full(string path) => ObjectStores.IsUrl(path) ? path.TrimEnd('/')
        : Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));

    private static bool IsPicture(string path) =>
        IsPictureName(path) && File.Exists(path) && !Directory.Exists(path);

    /// <summary>Whether the extension is a picture's.</summary>
    internal static bool IsPictureName(string name) => Extensions.Contains(Path.GetExtension(name).ToLowerInvariant());

    /// <summary>What programs put beside pictures and people do not see: hidden folders and .ipynb_checkpoints (but no
    /// hidden pictures), macOS's and Synology's copies.</summary>
    private static bool IsOfSystem(string name) => name.StartsWith("._", StringComparison.Ordinal)
        || name is "__MACOSX" or "@eaDir" || (name[0] == '.' && !IsPictureName(name));

    /// <summary>Whether a folder holds the record of a run, or of explanations.</summary>
    private static bool WrittenHere(string folder)
    {
        Span<byte> buffer = stackalloc byte[512];
        foreach (var name in s_records)
        {
            var path = Path.Combine(folder, name);
            if (!File.Exists(path))
                continue;
            using var file = File.OpenRead(path);
            var head = buffer[..file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)];
            if (head.IndexOf("\"job\""u8) >= 0 && head.IndexOf("\"facebias\""u8) >= 0
                || head.IndexOf("\"provenance\""u8) >= 0)
                return true;
        }
        return false;
    }

    private static string NotUnicode(FileSystemInfo entry) =>
        $"'{entry.FullName}' has a name that is not {(OperatingSystem.IsWindows() ? "Unicode" : "UTF-8")}; rename it";

    /// <summary>The last part of each root, made unique by a number where two are equal; nothing for a single
    /// root.</summary>
    private static string[] Prefixes(string[] roots)
    {
        if (roots.Length == 1)
            return [""];
        var used = new HashSet<string>(StringComparer.Ordinal);
        return [.. roots.Select(root =>
        {
            var name = Path.GetFileName(root) is { Length: > 0 } last ? last : "root";
            var prefix = name;
            for (var n = 2; !used.Add(prefix); n++)
                prefix = $"{name}-{n}";
            return prefix;
        })];
    }

    /// <summary>The folder that a path ends at, all links on the way resolved, so that loops and second ways are
    /// seen.</summary>
    private static string RealPath(string path)
    {
        try
        {
            if (new DirectoryInfo(path).ResolveLinkTarget(returnFinalTarget: true) is { } target)
                return RealPath(target.FullName);
            return Path.GetDirectoryName(path) is { } parent ? Path.Combine(RealPath(parent), Path.GetFileName(path))
                : path;
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            return path;
        }
    }
}
