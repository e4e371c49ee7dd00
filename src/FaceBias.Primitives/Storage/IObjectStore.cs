namespace FaceBias.Primitives.Storage;

/// <summary>An object of a store.</summary>
/// <param name="Name">Its name in the store, with '/' between parts.</param>
internal readonly record struct ObjectInfo(string Name, long Length);

/// <summary>Named bytes in a folder, or below a prefix of a bucket or container. Names have '/' between parts, and
/// never lead out of the store (<see cref="ObjectName"/>). Nobody ever sees half an object. Every method may throw a
/// <see cref="FaceBiasException"/>: <see cref="ErrorKind.Busy"/> where the same later may work (the service did not
/// answer, the disk is full, a mounted folder went away), <see cref="ErrorKind.Missing"/> where there is no such
/// object, bucket or container, and <see cref="ErrorKind.BadInput"/> where access is denied or the name is
/// refused.</summary>
internal interface IObjectStore
{
    /// <summary>What <see cref="ObjectStores.Open"/> takes to open it again: a full path, or a URL.</summary>
    string Url { get; }

    /// <summary>Opens an object for reading from its start to its end. The stream may not be able to seek; where the
    /// connection breaks, it resumes.</summary>
    /// <exception cref="FaceBiasException">There is no such object, or the store cannot be reached.</exception>
    Stream OpenRead(string name, CancellationToken cancel = default) => OpenRead(name, 0, long.MaxValue, cancel);

    /// <summary>Opens a part of an object.</summary>
    /// <param name="offset">The first byte; at or after the end, the stream is empty.</param>
    Stream OpenRead(string name, long offset, long length, CancellationToken cancel = default);

    /// <summary>What is known of an object; null where there is none.</summary>
    ObjectInfo? Stat(string name, CancellationToken cancel = default);

    /// <summary>The objects whose names begin with some text, by ordinal order of their names.</summary>
    /// <param name="prefix">Any text, also the beginning of a part, such as <c>shards/000</c>; empty for all.</param>
    IEnumerable<ObjectInfo> List(string prefix = "", CancellationToken cancel = default);

    /// <summary>Writes an object, in the place of one of that name. It appears whole, when all of it is on the disk or
    /// with the service; where <paramref name="write"/> throws, nothing changes.</summary>
    void Write(string name, Action<Stream> write, CancellationToken cancel = default);

    /// <summary>Writes an object unless there is one of that name; of several writers at once, one wins.</summary>
    /// <returns>False if another was there first. <paramref name="write"/> may have been called in vain.</returns>
    bool WriteNew(string name, Action<Stream> write, CancellationToken cancel = default);

    /// <summary>Removes an object, if there is one.</summary>
    void Delete(string name, CancellationToken cancel = default);
}
