namespace FaceBias;

/// <summary>Files that one process has at a time. The system gives them back when the process ends, however it
/// ends.</summary>
internal static class FileLock
{
    private const int MillisecondsBetweenTries = 50;

    /// <summary>Whether a file cannot be opened because another process has it.</summary>
    // ERROR_SHARING_VIOLATION, and what flock says on Linux (EAGAIN, 11) and macOS (35).
    public static bool IsHeld(IOException failure) => (failure.HResult & 0xFFFF) is 32 or 11 or 35;

    /// <summary>Opens a file, made if need be, for this process alone; waits as long as another has it.</summary>
    /// <param name="waiting">Called once if it has to wait.</param>
    /// <exception cref="IOException">It cannot be opened for another reason.</exception>
    public static FileStream Wait(string path, Action? waiting = null, CancellationToken cancel = default)
    {
        while (true)
        {
            try
            {
                return new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1 << 16);
            }
            catch (IOException e) when (IsHeld(e))
            {
                waiting?.Invoke();
                waiting = null;
                if (cancel.WaitHandle.WaitOne(MillisecondsBetweenTries))
                    cancel.ThrowIfCancellationRequested();
            }
        }
    }
}
