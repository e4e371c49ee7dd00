using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace FaceBias.Primitives.Storage;

/// <summary>
/// What <c>http://</c> and <c>https://</c> URLs name, to be read. A request is repeated where the server may answer
/// later; a server that does not is left alone for a while, so that a list with a dead one comes to its end.
/// </summary>
internal sealed class WebStore(string url) : IObjectStore
{
    /// <summary>The end of hosts of Azure Blob Storage, whose URLs are web pages only where they have a query (a
    /// token).</summary>
    public const string BlobHost = ".blob.core.windows.net";

    /// <summary>Longer pictures are refused: several are held at a time, and their servers are anybody's.</summary>
    public const long MaxPicture = 64 << 20;

    /// <summary>What the reason begins with where the same later may work.</summary>
    public const string NotAvailable = "the server is not available: ";

    private const int Tries = 3, MostRedirections = 5;

    private const double SlowestBytesPerSecond = 10_000;

    private static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(30);

    private static readonly ConcurrentDictionary<string, long> s_deadUntil = new(StringComparer.OrdinalIgnoreCase);

    private static readonly HttpClient s_client = Client();

    /// <summary>The first wait before a server is asked again; the second is four times as long.</summary>
    internal static TimeSpan FirstWait { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The time for an answer, and what a body may take beyond that of the slowest speed.</summary>
    internal static TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a server that did not answer is left alone.</summary>
    internal static TimeSpan Rest { get; set; } = TimeSpan.FromSeconds(20);

    public string Url => url;

    private static HttpClient Client()
    {
        var client = new HttpClient(new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(10), MaxAutomaticRedirections = MostRedirections, UseCookies = false,
            MaxConnectionsPerServer = 16, PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        }) { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.ParseAdd(
            $"FaceBias/{typeof(WebStore).Assembly.GetName().Version?.ToString(3)}");
        return client;
    }

    /// <summary>Whether a location is read from a web server.</summary>
    public static bool IsWeb(string location)
    {
        if (!location.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
            && !location.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
            return false;
        return location.Contains('?', StringComparison.Ordinal)
            || !Uri.TryCreate(location, UriKind.Absolute, out var uri)
            || !uri.Host.EndsWith(BlobHost, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>All bytes of a picture; whatever is wrong with it or its server is the picture's
    /// <paramref name="problem"/>, for lists name servers of many owners.</summary>
    public static byte[] ReadPicture(string location, long maxBytes, out string? problem)
    {
        maxBytes = Math.Min(maxBytes, MaxPicture);
        try
        {
            using var content = new MemoryStream();
            using (var stream = Open(location, 0, maxBytes + 1, default))
                stream.CopyTo(content);
            problem = content.Length == 0 ? "the server sent nothing (0 bytes)"
                : content.Length > maxBytes ? StoredFile.TooLarge(content.Length, maxBytes) : null;
            return problem is null ? content.ToArray() : [];
        }
        catch (Failure e)
        {
            problem = e.Reason;
            return [];
        }
    }

    public Stream OpenRead(string name, long offset, long length, CancellationToken cancel = default) =>
        Open($"{url}/{name}", offset, length, cancel);

    public ObjectInfo? Stat(string name, CancellationToken cancel = default)
    {
        try
        {
            using var answer = Ask($"{url}/{name}", HttpMethod.Head, 0, long.MaxValue, cancel);
            return new(name, answer.Content.Headers.ContentLength ?? 0);
        }
        catch (Failure e) when (e.Kind == ErrorKind.Missing)
        {
            return null;
        }
    }

    public IEnumerable<ObjectInfo> List(string prefix = "", CancellationToken cancel = default) =>
        throw new FaceBiasException($"Web servers do not list what they have; give a table of URLs instead of '{url}'.",
            ErrorKind.Unsupported);

    public void Write(string name, Action<Stream> write, CancellationToken cancel = default) => throw ReadOnly(url);

    public bool WriteNew(string name, Action<Stream> write, CancellationToken cancel = default) => throw ReadOnly(url);

    public void Delete(string name, CancellationToken cancel = default) => throw ReadOnly(url);

    /// <summary>The refusal to write to a web server.</summary>
    internal static FaceBiasException ReadOnly(string url) => new(
        $"'{url}' is a web server's, which is only read; write to a folder, s3:// or az://.", ErrorKind.Unsupported);

    private static ResumingStream Open(string location, long offset, long length, CancellationToken cancel)
    {
        // One clock for all answers: a server that breaks off or drips holds nobody up.
        var clock = new Stopwatch();
        TimeSpan Left(long at) => Patience + TimeSpan.FromSeconds((at - offset) / SlowestBytesPerSecond) - clock.Elapsed
            is var left && left > TimeSpan.Zero ? left : throw Slow(location);
        return new(offset, length, (at, most, version) =>
        {
            Left(at);
            var body = Get(location, at, most, version, Left, cancel);
            clock.Start();
            return body;
        }, e => Broken(location, e), cancel);
    }

    private static AnswerBody Get(string location, long offset, long length, string? version,
        Func<long, TimeSpan> timeLeft, CancellationToken cancel)
    {
        var answer = Ask(location, HttpMethod.Get, offset, length, cancel);
        var tag = answer.Headers.ETag?.Tag;
        if (answer.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
            return new(Stream.Null, 0, version);
        if (version is not null && tag != version)
            throw new Failure(location, NotAvailable + "the object changed while it was read", ErrorKind.Busy);
        Stream content = new TimedStream(answer,
            answer.StatusCode == HttpStatusCode.PartialContent ? offset : 0, location, timeLeft, cancel);
        var known = answer.Content.Headers.ContentLength;
        if (answer.StatusCode != HttpStatusCode.PartialContent && offset > 0)
        {
            // Not every server sends parts.
            new PartOfStream(content, offset).CopyTo(Stream.Null);
            known -= offset;
        }
        return known <= length ? new(content, known.Value, tag)
            : known is null && length == long.MaxValue ? new(content, long.MaxValue, tag)
            : known is null ? new(new PartOfStream(content, length), long.MaxValue, tag) : new(content, length, tag);
    }

    /// <summary>Asks until it is answered.</summary>
    private static HttpResponseMessage Ask(string location, HttpMethod method, long offset, long length,
        CancellationToken cancel)
    {
        if (!Uri.TryCreate(location, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
            throw new Failure(location, "it is no URL", ErrorKind.BadInput);
        if (s_deadUntil.TryGetValue(uri.Authority, out var until) && Environment.TickCount64 < until)
            throw new Failure(location, $"{NotAvailable}'{uri.Authority}' did not answer a moment ago", ErrorKind.Busy);
        for (var tries = 1; ; tries++)
        {
            cancel.ThrowIfCancellationRequested();
            var wait = FirstWait * Math.Pow(4, tries - 1);
            Failure failure;
            var answered = false;
            try
            {
                using var request = new HttpRequestMessage(method, uri);
                if (offset > 0 || length < long.MaxValue && method == HttpMethod.Get && length < MaxPicture)
                    request.Headers.Range = new(offset, length <= long.MaxValue - offset ? offset + length - 1 : null);
                using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
                patience.CancelAfter(Patience);
                var answer = s_client.Send(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
                answered = true;
                if (Problem(answer) is not { } problem)
                    return answer;
                if (answer.Headers.RetryAfter is { } after && (after.Delta ?? after.Date - DateTimeOffset.UtcNow)
                    is { } asked && asked > wait)
                    wait = asked < s_longestWait ? asked : s_longestWait;
                answer.Dispose();
                failure = new(location, problem.Reason, problem.Kind);
            }
            catch (Exception e) when (!cancel.IsCancellationRequested && Broken(location, e) is { } broken)
            {
                failure = broken;
            }
            if (failure.Kind != ErrorKind.Busy)
                throw failure;
            if (tries == Tries)
            {
                if (!answered)
                    s_deadUntil[uri.Authority] = Environment.TickCount64 + (long)Rest.TotalMilliseconds;
                throw failure;
            }
            cancel.WaitHandle.WaitOne(wait);
        }
    }

    private static (string Reason, ErrorKind Kind)? Problem(HttpResponseMessage answer)
    {
        var status = (int)answer.StatusCode;
        var said = $"{status} {answer.ReasonPhrase}".TrimEnd();
        if (status is >= 200 and < 300 or 416)
            // What img2dataset honours too: the owner's word that it is not for training.
            return answer.Headers.TryGetValues("X-Robots-Tag", out var tags)
                && tags.SelectMany(t => t.Split(',', ':')).Select(t => t.Trim().ToLowerInvariant())
                    .FirstOrDefault(t => t is "noai" or "noimageai") is { } tag
                ? ($"its server does not allow use for machine learning (X-Robots-Tag: {tag})", ErrorKind.BadInput)
                : null;
        return status is 408 or 425 or 429 or >= 500 ? (NotAvailable + said, ErrorKind.Busy)
            : status is >= 300 and < 400 ? ($"it leads on more than {MostRedirections} times, or from https to http "
                + $"({said})", ErrorKind.BadInput)
            : status is 404 or 410 ? ($"the server answers {said}", ErrorKind.Missing)
            : ($"the server answers {said}", ErrorKind.BadInput);
    }

    /// <summary>What is wrong on the way to a server; null for any other failure.</summary>
    private static Failure? Broken(string location, Exception e) => e switch
    {
        Failure known => known,
        OperationCanceledException or TimeoutException => Slow(location),
        _ when e.GetBaseException() is SocketException { SocketErrorCode: SocketError.HostNotFound } => new(location,
            "there is no server of that name", ErrorKind.Missing),
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => new(location,
            $"its server cannot be trusted ({e.GetBaseException().Message.TrimEnd('.')})", ErrorKind.BadInput),
        HttpRequestException or IOException or SocketException => new(location,
            $"{NotAvailable}{e.GetBaseException().Message.TrimEnd('.')}", ErrorKind.Busy),
        _ => null,
    };

    private static Failure Slow(string location) => new(location,
        $"{NotAvailable}no answer within {Patience.TotalSeconds:0} seconds, or less than "
            + $"{SlowestBytesPerSecond / 1000:0} kB a second", ErrorKind.Busy);

    /// <summary>A failure with its reason alone, which is a picture's problem.</summary>
    private sealed class Failure(string location, string reason, ErrorKind kind)
        : FaceBiasException($"Cannot read '{location}': {reason}.", kind)
    {
        public string Reason => reason;
    }

    /// <summary>The body of an answer, from a position on, as long as there is time left.</summary>
    private sealed class TimedStream(HttpResponseMessage answer, long at, string location,
        Func<long, TimeSpan> timeLeft, CancellationToken cancel) : ReadOnlyStream
    {
        private readonly Stream _content = answer.Content.ReadAsStream(cancel);
        private readonly byte[] _buffer = new byte[1 << 14];
        private long _at = at;

        public override int Read(Span<byte> buffer)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            patience.CancelAfter(timeLeft(_at));
            var part = _buffer.AsMemory(0, Math.Min(_buffer.Length, buffer.Length));
            try
            {
                var read = _content.ReadAsync(part, patience.Token).AsTask().GetAwaiter().GetResult();
                part.Span[..read].CopyTo(buffer);
                _at += read;
                return read;
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                throw Slow(location);
            }
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                answer.Dispose();
            base.Dispose(disposing);
        }
    }
}
