using System.Collections.Concurrent;
using FaceBias.Core.Imaging;
using FaceBias.Primitives.Storage;

namespace FaceBias.Core.Data;

/// <summary>
/// Reads the bytes of listed pictures that are wanted in about their order. Those with a service are asked for ahead,
/// for a request takes longer than decoding what it brings; files of this machine are read when they are wanted.
/// </summary>
internal sealed class PictureReader(IReadOnlyList<ImageFile> files)
{
    /// <summary>Pictures asked for ahead of one that is wanted.</summary>
    private const int Ahead = 16;

    private readonly ConcurrentDictionary<int, Task<(byte[]? Bytes, string Problem)>> _coming = new();
    private readonly int[] _asked = new int[files.Count];

    /// <summary>Reads a picture, once, or says why it cannot be read; safe for several threads.</summary>
    /// <exception cref="FaceBiasException">A service does not answer, or denies access: no fault of one
    /// picture.</exception>
    public bool TryRead(int index, out byte[] bytes, out string problem)
    {
        var location = files[index].Path;
        if (StoredFile.LocalFile(location) is not null || StoredFile.Member(location) is not null)
            return ImageDecoder.TryReadFile(location, out bytes, out problem);
        for (var next = index; next < Math.Min(files.Count, index + Ahead); next++)
            if (Interlocked.Exchange(ref _asked[next], 1) == 0)
                _coming[next] = Ask(files[next].Path);
        // Another thread may be between its claim and its request.
        Task<(byte[]? Bytes, string Problem)>? coming;
        for (var wait = new SpinWait(); !_coming.TryRemove(index, out coming); wait.SpinOnce())
        {
        }
        (var read, problem) = coming.GetAwaiter().GetResult();
        bytes = read ?? [];
        return read is not null;
    }

    /// <summary>A thread of its own, for the pool would add them only slowly.</summary>
    private static Task<(byte[]? Bytes, string Problem)> Ask(string location) => Task.Factory.StartNew(
        () => ImageDecoder.TryReadFile(location, out var bytes, out var problem) ? (bytes, "")
            : ((byte[]?)null, problem), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
