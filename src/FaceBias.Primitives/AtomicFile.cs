namespace FaceBias;

/// <summary>Writes a file under a temporary name beside it and renames it when complete, so that no reader, and no
/// run that resumes after an interruption, ever sees half a file.</summary>
internal static class AtomicFile
{
    /// <summary>Calls <paramref name="write"/> with a temporary path in the same folder, then moves it to
    /// <paramref name="path"/>. The temporary file is removed if anything fails.</summary>
    /// <exception cref="FaceBiasException">The folder cannot be written or the disk is full.</exception>
    public static void Write(string path, Action<string> write)
    {
        var full = Path.GetFullPath(path);
        var folder = Path.GetDirectoryName(full)!;
        var temporary = Path.Combine(folder, $".{Path.GetFileName(full)}.{Guid.NewGuid():N}.part");
        try
        {
            Directory.CreateDirectory(folder);
            write(temporary);
            File.Move(temporary, full, overwrite: true);
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            Delete(temporary);
            throw FileFault.Of($"Cannot write '{path}'", e, "free some disk space or choose another ‹Out›");
        }
        catch
        {
            Delete(temporary);
            throw;
        }
    }

    /// <summary>Writes UTF-8 text without a byte order mark.</summary>
    public static void WriteText(string path, string text) =>
        Write(path, temporary => File.WriteAllText(temporary, text));

    public static void WriteBytes(string path, ReadOnlyMemory<byte> bytes) => Write(path, temporary =>
    {
        using var stream = File.Create(temporary);
        stream.Write(bytes.Span);
    });

    private static void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            // The failure that brought us here is the one to report.
        }
    }
}
