namespace FaceBias.Workflows.RunFolders;

/// <summary>The right to write to a folder, which one process has at a time: two runs in one folder would leave the
/// model of one beside the report of the other. The system gives it back when the process ends, however it
/// ends.</summary>
internal sealed class FolderLock : IDisposable
{
    private const string Name = ".lock";

    private readonly FileStream _file;

    private FolderLock(FileStream file) => _file = file;

    /// <summary>Makes the folder, and finds out whether it can be written to and whether another run writes to it,
    /// before any work is done for it.</summary>
    /// <exception cref="FaceBiasException">It is a file or no name, cannot be written to, or is in use.</exception>
    public static FolderLock Take(string folder)
    {
        if (string.IsNullOrWhiteSpace(folder))
            throw new FaceBiasException("‹Out› is empty; give it a folder.");
        if (File.Exists(folder))
            throw new FaceBiasException($"'{folder}' is a file; give ‹Out› a folder.");
        var path = Path.Combine(folder, Name);
        try
        {
            Directory.CreateDirectory(folder);
            return new(new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1,
                FileOptions.DeleteOnClose));
        }
        catch (IOException e) when (FileLock.IsHeld(e))
        {
            throw new FaceBiasException(
                $"Another run is writing to '{folder}'; wait until it has ended, or choose another ‹Out›.", e,
                ErrorKind.Busy);
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            throw FileFault.Of($"Cannot write to the folder '{folder}'", e, "choose another ‹Out›");
        }
    }

    public void Dispose() => _file.Dispose();
}
