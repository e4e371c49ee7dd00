using System.Net.Sockets;
using FaceBias.Primitives.Storage;

namespace FaceBias.Storage;

/// <summary>What stores of vendors have in common: names below a prefix, reading that resumes, writing by way of a
/// temporary file, and failures in one sentence.</summary>
/// <param name="prefix">What keys begin with; empty, or ending in '/'.</param>
internal abstract class CloudStore(string url, string place, string prefix) : IObjectStore
{
    private const int MostConflicts = 8;

    public string Url => url;

    /// <summary>The beginning of keys.</summary>
    protected string Prefix => prefix;

    /// <summary>What to check where access is denied.</summary>
    protected abstract string Credentials { get; }

    public Stream OpenRead(string name, long offset, long length, CancellationToken cancel = default)
    {
        var key = Key(name);
        return new ResumingStream(offset, length,
            (at, most, version) => Try($"read '{name}' from", () => Get(key, at, most, version, cancel)),
            failure => Explain($"read '{name}' from", failure), cancel);
    }

    public ObjectInfo? Stat(string name, CancellationToken cancel = default)
    {
        var key = Key(name);
        return Try<ObjectInfo?>($"see '{name}' in", () =>
        {
            try
            {
                return new(name, Head(key, cancel));
            }
            catch (Exception e) when (Answer(e) is { Status: 404, IsPlace: false })
            {
                return null;
            }
        });
    }

    public IEnumerable<ObjectInfo> List(string prefix = "", CancellationToken cancel = default)
    {
        using var pages = Try("list", () => Pages(Prefix + prefix, cancel).GetEnumerator());
        while (Try("list", pages.MoveNext))
        {
            foreach (var (key, length) in pages.Current)
                // Some tools leave empty objects as signs of folders.
                if (key.Length > Prefix.Length && key[^1] != '/')
                    yield return new(key[Prefix.Length..], length);
        }
    }

    public void Write(string name, Action<Stream> write, CancellationToken cancel = default) =>
        Put(name, write, onlyNew: false, cancel);

    public bool WriteNew(string name, Action<Stream> write, CancellationToken cancel = default) =>
        Stat(name, cancel) is null && Put(name, write, onlyNew: true, cancel);

    public void Delete(string name, CancellationToken cancel = default)
    {
        var key = Key(name);
        Try($"delete '{name}' in", () =>
        {
            Remove(key, cancel);
            return true;
        });
    }

    /// <summary>Begins to read an object.</summary>
    /// <param name="key">The object's key.</param>
    /// <param name="length">The most bytes; <see cref="long.MaxValue"/> for all.</param>
    /// <param name="version">The version that it must still be; null for any.</param>
    protected abstract AnswerBody Get(string key, long offset, long length, string? version, CancellationToken cancel);

    /// <summary>The number of bytes of an object.</summary>
    protected abstract long Head(string key, CancellationToken cancel);

    /// <summary>Keys with lengths, in order, a page at a time.</summary>
    protected abstract IEnumerable<IEnumerable<(string Key, long Length)>> Pages(string prefix,
        CancellationToken cancel);

    /// <summary>Writes an object, all or nothing.</summary>
    protected abstract void Put(string key, FileStream content, bool onlyNew, CancellationToken cancel);

    /// <summary>Removes an object; nothing happens if there is none.</summary>
    protected abstract void Remove(string key, CancellationToken cancel);

    /// <summary>What the service answered, of an exception of the vendor's; null for any other failure.</summary>
    protected abstract Refusal? Answer(Exception failure);

    private string Key(string name) => Prefix + ObjectName.Check(name);

    private bool Put(string name, Action<Stream> write, bool onlyNew, CancellationToken cancel)
    {
        var key = Key(name);
        using var content = Spool(write);
        for (var conflicts = 0; ; conflicts++)
        {
            var written = Try<bool?>($"write '{name}' to", () =>
            {
                content.Position = 0;
                try
                {
                    Put(key, content, onlyNew, cancel);
                    return true;
                }
                catch (Exception e) when (onlyNew && Answer(e) is { Status: 412 or 409 } refusal)
                {
                    // 409: another writes at this moment, and nobody has won yet.
                    return refusal.Status == 412 || refusal.Code == "BlobAlreadyExists" || conflicts == MostConflicts
                        ? false : null;
                }
            });
            if (written is { } known)
                return known;
            cancel.WaitHandle.WaitOne(100 << Math.Min(conflicts, 4));
            cancel.ThrowIfCancellationRequested();
        }
    }

    /// <summary>The content in a file: its length has to be known before it is sent, and it is sent again where the
    /// connection breaks.</summary>
    private static FileStream Spool(Action<Stream> write)
    {
        try
        {
            var file = new FileStream(Path.Combine(Path.GetTempPath(), $"facebias-{Guid.NewGuid():N}.part"),
                FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
            try
            {
                write(file);
                file.Flush();
                return file;
            }
            catch
            {
                file.Dispose();
                throw;
            }
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            throw FileFault.Of($"Cannot write to the folder for temporary files '{Path.GetTempPath()}'", e,
                "free some disk space, or name another by TMPDIR", ErrorKind.Busy);
        }
    }

    private T Try<T>(string what, Func<T> act)
    {
        try
        {
            return act();
        }
        catch (Exception e) when (Explain(what, e) is { } failure)
        {
            throw failure;
        }
    }

    /// <summary>A failure in one sentence; null if it is none of the service or the way to it.</summary>
    private FaceBiasException? Explain(string what, Exception e) => Answer(e) switch
    {
        { Status: 408 or 429 or >= 500 } r => Sentence(
            $"{r.Status} {r.Code} after several tries; repeat the command later", ErrorKind.Busy),
        { Status: 404, IsPlace: true } => Sentence($"there is no '{place}'; check the URL", ErrorKind.Missing),
        { Status: 404 } => Sentence("there is no such object", ErrorKind.Missing),
        { Status: 401 or 403 } r => Sentence($"access is denied ({r.Code}); check {Credentials}", ErrorKind.BadInput),
        { Status: 412 } => Sentence("it changed while it was read; repeat the command", ErrorKind.Busy),
        { Status: > 0 } r => Sentence($"{r.Status} {r.Code}: {e.Message.Split('\n')[0].Trim().TrimEnd('.')}",
            ErrorKind.BadInput),
        { } r => Sentence(r.Code, ErrorKind.BadInput),
        // Cut off, refused or not found on the way there, or no answer in time.
        _ when Causes(e).FirstOrDefault(c => c is HttpRequestException or IOException or SocketException
            or TimeoutException) is { } cause => Sentence(
                $"it does not answer ({cause.GetBaseException().Message.TrimEnd('.')}); repeat the command later",
                ErrorKind.Busy),
        _ => null,
    } is { } sentence ? new($"Cannot {what} {url}: {sentence.Text}.", e, sentence.Kind) : null;

    private static IEnumerable<Exception> Causes(Exception? e)
    {
        for (; e is not null; e = e.InnerException)
            yield return e;
    }

    private static (string Text, ErrorKind Kind)? Sentence(string text, ErrorKind kind) => (text, kind);

    /// <summary>What a service answered instead.</summary>
    /// <param name="Status">The status of HTTP; 0 if nothing was sent because something is not set.</param>
    /// <param name="Code">The vendor's word for it, or for status 0 a sentence.</param>
    /// <param name="IsPlace">Whether it is the bucket or container that is not there.</param>
    internal sealed record Refusal(int Status, string Code, bool IsPlace = false);
}
