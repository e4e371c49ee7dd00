namespace FaceBias.Core.Data;

/// <summary>A file below a folder of images.</summary>
/// <param name="Id">Its path relative to the folder, with '/' between parts; where there are several folders, with the
/// folder's name before it. Unique, and the key of labels, features and predictions.</param>
/// <param name="Path">Where to read it.</param>
internal readonly record struct ImageFile(string Id, string Path);

/// <summary>What was found below some folders.</summary>
/// <param name="Files">The files that look like images, by ordinal order of their ids.</param>
/// <param name="Ignored">Number of files whose extension is no image's.</param>
/// <param name="Unreadable">Folders that could not be listed and files whose names are not UTF-8, each with the
/// reason.</param>
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

    private const int MostFolders = ushort.MaxValue;

    private static readonly Comparer<(bool IsLink, string Id)> s_realFirst = Comparer<(bool IsLink, string Id)>.Create(
        (a, b) => a.IsLink != b.IsLink ? a.IsLink.CompareTo(b.IsLink) : string.CompareOrdinal(a.Id, b.Id));

    /// <summary>Lists every image below <paramref name="folders"/>, recursively; a path may name a single picture. Each
    /// real folder is visited once, however many symbolic links lead to it.</summary>
    /// <exception cref="FaceBiasException">A folder does not exist or cannot be read, or there is no image at
    /// all.</exception>
    public static ImageListing List(params IReadOnlyList<string> folders)
    {
        string[] given =
            [.. folders.Select(f => Path.TrimEndingDirectorySeparator(Path.GetFullPath(f)))
                .Distinct(StringComparer.Ordinal)];
        // Of the folder of a picture that is named by itself nothing else is taken.
        var alone = given.Where(IsPicture).GroupBy(f => Path.GetDirectoryName(f)!, StringComparer.Ordinal)
            .Where(g => !given.Contains(g.Key)).ToDictionary(g => g.Key, g => g.ToList(), StringComparer.Ordinal);
        string[] roots =
            [.. given.Select(f => IsPicture(f) ? Path.GetDirectoryName(f)! : f).Distinct(StringComparer.Ordinal)];
        var prefixes = Prefixes(roots);
        if (roots.Length > MostFolders)
            throw new FaceBiasException(
                $"{roots.Length:N0} folders are too many at once; give at most {MostFolders:N0}, or one above them.");
        var files = new ImageList.Builder(roots, prefixes);
        var unreadable = new List<string>();
        var visited = new HashSet<string>(StringComparer.Ordinal);
        var ignored = 0;
        for (var r = 0; r < roots.Length; r++)
        {
            if (!Directory.Exists(roots[r]))
            {
                var name = folders.First(f => Path.TrimEndingDirectorySeparator(Path.GetFullPath(f)) == roots[r]);
                throw new FaceBiasException(File.Exists(roots[r])
                    ? $"'{name}' is a file and, by its extension, no picture; give the folder that holds the images."
                    : $"There is no folder '{name}'; check the path.");
            }
            if (alone.TryGetValue(roots[r], out var pictures))
            {
                foreach (var picture in pictures)
                    if (!files.TryAdd(r,
                        prefixes[r].Length == 0 ? Path.GetFileName(picture)
                            : $"{prefixes[r]}/{Path.GetFileName(picture)}"))
                        unreadable.Add(NotUnicode(new FileInfo(picture)));
                continue;
            }
            // Links come after real folders, in their order, so that ids do not depend on how a disk lists its entries.
            var pending = new PriorityQueue<(string Path, string Id), (bool IsLink, string Id)>(s_realFirst);
            pending.Enqueue((roots[r], prefixes[r]), (false, ""));
            while (pending.TryDequeue(out var folder, out _))
            {
                if (!visited.Add(RealPath(folder.Path)))
                    continue;
                try
                {
                    foreach (var entry in new DirectoryInfo(folder.Path).EnumerateFileSystemInfos())
                    {
                        var id = folder.Id.Length == 0 ? entry.Name : $"{folder.Id}/{entry.Name}";
                        // Read with replacement signs, it is no name by which the system knows the file.
                        if (entry.Name.Contains('\uFFFD', StringComparison.Ordinal) && !entry.Exists)
                            unreadable.Add(NotUnicode(entry));
                        // All bits set: it is gone since.
                        else if (entry.Attributes == (FileAttributes)(-1))
                            unreadable.Add($"'{entry.FullName}' was removed while its folder was listed");
                        else if (entry.Attributes.HasFlag(FileAttributes.Directory))
                            pending.Enqueue((entry.FullName, id),
                                (entry.Attributes.HasFlag(FileAttributes.ReparsePoint), id));
                        else if (!Extensions.Contains(Path.GetExtension(entry.Name).ToLowerInvariant()))
                            ignored++;
                        else if (!files.TryAdd(r, id))
                            unreadable.Add(NotUnicode(entry));
                    }
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    unreadable.Add($"'{folder.Path}' cannot be listed: {e.Message.TrimEnd('.')}");
                }
            }
        }
        if (files.Count == 0)
        {
            throw new FaceBiasException(unreadable.Count > 0
                ? $"No image was found: {unreadable[0]}; give the folder read permission."
                : $"No image was found below {string.Join(", ", folders.Select(f => $"'{f}'"))} ({ignored:N0} other files);"
                    + $" files must end in {string.Join(", ", Extensions.Order(StringComparer.Ordinal))}.");
        }
        return new(files.Build(), ignored, unreadable);
    }

    private static bool IsPicture(string path) =>
        Extensions.Contains(Path.GetExtension(path).ToLowerInvariant()) && File.Exists(path) && !Directory.Exists(path);

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
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return path;
        }
    }
}
