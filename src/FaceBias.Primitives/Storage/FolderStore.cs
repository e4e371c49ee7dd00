using System.Runtime.InteropServices;

namespace FaceBias.Primitives.Storage;

/// <summary>A folder, local or mounted, as a store: an object is a file. It is written under a temporary name, synced
/// to the disk and renamed.</summary>
internal sealed class FolderStore : IObjectStore
{
    private const string Temporary = ".part";
    private readonly string _folder;
    private bool _seen;

    /// <summary>A store of the files below a folder.</summary>
    public FolderStore(string folder)
    {
        _folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        _seen = Directory.Exists(_folder);
        if (!_seen && File.Exists(_folder))
            throw new FaceBiasException($"'{folder}' is a file; name a folder.");
    }

    public string Url => _folder;

    public Stream OpenRead(string name, long offset, long length, CancellationToken cancel = default) =>
        Try<Stream>($"read '{name}' in", () =>
        {
            var path = PathOf(name);
            // Also a pipe, whose opening would wait for whoever writes into it.
            if (RegularFile.Length(path) is var all && all <= offset)
                return Stream.Null;
            var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1 << 16,
                FileOptions.SequentialScan);
            file.Position = offset;
            return length >= all - offset ? file : new PartOfStream(file, length);
        });

    public ObjectInfo? Stat(string name, CancellationToken cancel = default) => Try<ObjectInfo?>($"see '{name}' in",
        () => new FileInfo(PathOf(name)) is { Exists: true } file ? new(name, file.Length) : null);

    public IEnumerable<ObjectInfo> List(string prefix = "", CancellationToken cancel = default)
    {
        var end = prefix.LastIndexOf('/');
        var below = end < 0 ? _folder : PathOf(prefix[..end]);
        return Try("list", () =>
        {
            var found = new List<ObjectInfo>();
            if (!Directory.Exists(below))
                return found;
            foreach (var file in new DirectoryInfo(below).EnumerateFiles("*", SearchOption.AllDirectories))
            {
                cancel.ThrowIfCancellationRequested();
                var name = Path.GetRelativePath(_folder, file.FullName).Replace(Path.DirectorySeparatorChar, '/');
                if (name.StartsWith(prefix, StringComparison.Ordinal) && !IsTemporary(file.Name))
                    found.Add(new(name, file.Length));
            }
            found.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
            return found;
        });
    }

    public void Write(string name, Action<Stream> write, CancellationToken cancel = default) =>
        Put(name, write, (from, to) =>
        {
            File.Move(from, to, overwrite: true);
            return true;
        }, cancel);

    public bool WriteNew(string name, Action<Stream> write, CancellationToken cancel = default) =>
        !File.Exists(PathOf(name)) && Put(name, write, MoveNew, cancel);

    public void Delete(string name, CancellationToken cancel = default) => Try($"delete '{name}' in", () =>
    {
        var path = PathOf(name);
        if (File.Exists(path))
            File.Delete(path);
        return true;
    });

    private bool Put(string name, Action<Stream> write, Func<string, string, bool> rename, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var path = PathOf(name);
        var temporary = Path.Combine(Path.GetDirectoryName(path)!,
            $".{Path.GetFileName(path)}.{Guid.NewGuid():N}{Temporary}");
        try
        {
            return Try($"write '{name}' to", () =>
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                _seen = true;
                using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None,
                    1 << 16))
                {
                    write(stream);
                    stream.Flush(flushToDisk: true);
                }
                cancel.ThrowIfCancellationRequested();
                return rename(temporary, path);
            });
        }
        finally
        {
            try
            {
                File.Delete(temporary);
            }
            catch (Exception e) when (FileFault.Is(e))
            {
                // It is renamed, or what happened above is the failure to report.
            }
        }
    }

    /// <summary>Gives a file its name unless there is one of that name, as one step: File.Move looks first and renames
    /// then, between which another may come.</summary>
    private static bool MoveNew(string from, string to)
    {
        if (!OperatingSystem.IsWindows())
        {
            if (Link(from, to) == 0)
                return true;
            const int exists = 17;
            if (Marshal.GetLastPInvokeError() == exists)
                return false;
            // A file system without hard links; rename it is, the second-best.
        }
        try
        {
            File.Move(from, to, overwrite: false);
            return true;
        }
        catch (IOException) when (File.Exists(to))
        {
            return false;
        }
    }

    [DllImport("libc", EntryPoint = "link", SetLastError = true, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Link([MarshalAs(UnmanagedType.LPUTF8Str)] string from,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string to);

    private string PathOf(string name) =>
        Path.Combine(_folder, ObjectName.Check(name).Replace('/', Path.DirectorySeparatorChar));

    private static bool IsTemporary(string fileName) =>
        fileName[0] == '.' && fileName.EndsWith(Temporary, StringComparison.Ordinal);

    /// <summary>Does something, and says in one sentence why it could not be done.</summary>
    private T Try<T>(string what, Func<T> act)
    {
        if (_seen && !Directory.Exists(_folder))
            throw Gone();
        try
        {
            return act();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw _seen && !Directory.Exists(_folder) ? Gone()
                : new FaceBiasException($"Cannot {what} '{_folder}': there is no such file.", e, ErrorKind.Missing);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new FaceBiasException($"Cannot {what} '{_folder}' without permission; change it, or choose another "
                + "folder.", e);
        }
        catch (IOException e)
        {
            throw FileFault.Of($"Cannot {what} '{_folder}'", e, kind: ErrorKind.Busy);
        }
    }

    private FaceBiasException Gone() =>
        new($"The folder '{_folder}' is no longer there; mount it again, and repeat the command.", ErrorKind.Busy);
}
