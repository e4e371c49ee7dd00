using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;

namespace FaceBias.Cli.Tests.Storage;

/// <summary>
/// A small object store on loopback that speaks as much of S3's and Azure's protocols as is needed, written from their
/// public descriptions: it keeps objects in memory, and can refuse for a while or break off in the middle of a body.
/// S3 by path (<c>/bucket/key</c>); Azure below <c>/devstoreaccount1/container/blob</c>.
/// </summary>
internal sealed class ObjectServer : IAsyncDisposable
{
    public const string Key = "test-key", Account = "devstoreaccount1";

    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, byte[]> _parts = new();
    private readonly Lock _lock = new();
    private int _refusals;
    private int _breaks;

    private ObjectServer(WebApplication app) => _app = app;

    /// <summary>Objects by "place/key".</summary>
    public ConcurrentDictionary<string, byte[]> Objects { get; } = new(StringComparer.Ordinal);

    /// <summary>Buckets and containers.</summary>
    public HashSet<string> Places { get; } = ["bucket"];

    /// <summary>The methods and paths asked for.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    public string Url => _app.Urls.First();

    /// <summary>The variables by which the SDKs find it.</summary>
    public static IReadOnlyList<(string Name, string Value)> Variables(string url) =>
    [
        ("AWS_ENDPOINT_URL", url), ("AWS_ACCESS_KEY_ID", Key), ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_MAX_ATTEMPTS", "2"), ("AZURE_STORAGE_MAX_ATTEMPTS", "2"),
        ("AZURE_STORAGE_CONNECTION_STRING", $"DefaultEndpointsProtocol=http;AccountName={Account};"
            + $"AccountKey={Convert.ToBase64String("key"u8)};BlobEndpoint={url}/{Account};"),
    ];

    public static async Task<ObjectServer> StartAsync(int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        builder.WebHost.ConfigureKestrel(k => k.Limits.MaxRequestBodySize = null);
        var server = new ObjectServer(builder.Build());
        server._app.Run(server.AnswerAsync);
        await server._app.StartAsync();
        return server;
    }

    /// <summary>The next requests get 503.</summary>
    public void Refuse(int requests) => Volatile.Write(ref _refusals, requests);

    /// <summary>The next bodies end in their middle.</summary>
    public void Break(int bodies) => Volatile.Write(ref _breaks, bodies);

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext http)
    {
        var path = Uri.UnescapeDataString(
            http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?')[0]).TrimStart('/');
        Requests.Enqueue($"{http.Request.Method} {path}{http.Request.QueryString}");
        if (Interlocked.Decrement(ref _refusals) >= 0)
        {
            await RefuseAsync(http, 503, path.StartsWith(Account) ? "ServerBusy" : "SlowDown");
            return;
        }
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        var content = body.ToArray();
        if (path.StartsWith(Account + "/", StringComparison.Ordinal))
            await AzureAsync(http, path[(Account.Length + 1)..], content);
        else if (!http.Request.Headers.Authorization.ToString().Contains($"Credential={Key}/"))
            await RefuseAsync(http, 403, "InvalidAccessKeyId");
        else
            await S3Async(http, path, http.Request.Headers["x-amz-content-sha256"].ToString().StartsWith("STREAMING")
                ? Chunks(content) : content);
    }

    private async Task S3Async(HttpContext http, string path, byte[] content)
    {
        var (query, parts) = (http.Request.Query, path.Split('/', 2));
        var upload = query["uploadId"].ToString();
        if (!Places.Contains(parts[0]))
            await RefuseAsync(http, 404, "NoSuchBucket");
        else if (query.ContainsKey("list-type"))
            await ListAsync(http, parts[0], query["prefix"], query["continuation-token"]);
        else if (query.ContainsKey("uploads"))
            await XmlAsync(http, new("InitiateMultipartUploadResult", new XElement("UploadId", $"{Guid.NewGuid():N}")));
        else if (http.Request.Method == "PUT" && upload.Length > 0)
            (_parts[$"{upload}/{int.Parse(query["partNumber"]!):00000}"], http.Response.Headers.ETag) =
                (content, Tag(content));
        else if (http.Request.Method == "POST" && upload.Length > 0)
            await StoreAsync(http, path, Joined(upload), 200, 412, "PreconditionFailed",
                new("CompleteMultipartUploadResult", new XElement("ETag", "\"joined\"")));
        else if (http.Request.Method == "PUT")
            await StoreAsync(http, path, content, 200, 412, "PreconditionFailed");
        else
            await ObjectAsync(http, path, "NoSuchKey", 204);
    }

    private async Task AzureAsync(HttpContext http, string path, byte[] content)
    {
        var (query, parts) = (http.Request.Query, path.Split('/', 2));
        if (!Places.Contains(parts[0]))
            await RefuseAsync(http, 404, "ContainerNotFound");
        else if (query["comp"] == "list")
            await ListAsync(http, parts[0], query["prefix"], query["marker"], azure: true);
        else if (query["comp"] == "block")
            (_parts[$"{path}/{query["blockid"]}"], http.Response.StatusCode) = (content, 201);
        else if (query["comp"] == "blocklist")
            await StoreAsync(http, path, [.. XDocument.Parse(Encoding.UTF8.GetString(content)).Root!.Elements()
                .SelectMany(b => _parts[$"{path}/{b.Value}"])], 201, 409, "BlobAlreadyExists");
        else if (http.Request.Method == "PUT")
            await StoreAsync(http, path, content, 201, 409, "BlobAlreadyExists");
        else
            await ObjectAsync(http, path, "BlobNotFound", 202);
    }

    private byte[] Joined(string upload) =>
        [.. _parts.Where(p => p.Key.StartsWith(upload)).OrderBy(p => p.Key, StringComparer.Ordinal)
            .SelectMany(p => p.Value)];

    private async Task StoreAsync(HttpContext http, string path, byte[] content, int stored, int exists, string code,
        XElement? answer = null)
    {
        bool there;
        lock (_lock)
        {
            there = http.Request.Headers.IfNoneMatch == "*" && Objects.ContainsKey(path);
            if (!there)
                Objects[path] = content;
        }
        http.Response.StatusCode = stored;
        http.Response.Headers.ETag = Tag(content);
        http.Response.Headers.LastModified = "Mon, 30 Nov 2026 04:00:00 GMT";
        if (there)
            await RefuseAsync(http, exists, code);
        else if (answer is not null)
            await XmlAsync(http, answer);
    }

    private async Task ObjectAsync(HttpContext http, string path, string absent, int deleted)
    {
        var (request, response) = (http.Request, http.Response);
        if (request.Method == "DELETE")
        {
            response.StatusCode = deleted;
            if (!Objects.TryRemove(path, out _) && absent != "NoSuchKey")
                await RefuseAsync(http, 404, absent);
            return;
        }
        if (!Objects.TryGetValue(path, out var content))
        {
            await RefuseAsync(http, 404, absent);
            return;
        }
        if (request.Headers.IfMatch is { Count: 1 } match && match != Tag(content))
        {
            await RefuseAsync(http, 412, "PreconditionFailed");
            return;
        }
        var (from, to) = (0L, content.Length - 1L);
        var range = StringValues.IsNullOrEmpty(request.Headers.Range) ? request.Headers["x-ms-range"]
            : request.Headers.Range;
        if (range.ToString() is { Length: > 0 } asked)
        {
            var ends = asked["bytes=".Length..].Split('-');
            from = long.Parse(ends[0], CultureInfo.InvariantCulture);
            to = ends[1].Length == 0 ? to : Math.Min(to, long.Parse(ends[1], CultureInfo.InvariantCulture));
            if (from >= content.Length)
            {
                await RefuseAsync(http, 416, "InvalidRange");
                return;
            }
            response.StatusCode = 206;
            response.Headers.ContentRange = $"bytes {from}-{to}/{content.Length}";
        }
        response.Headers.ETag = Tag(content);
        response.Headers.LastModified = "Mon, 30 Nov 2026 04:00:00 GMT";
        response.Headers["x-ms-blob-type"] = "BlockBlob";
        response.ContentLength = to - from + 1;
        if (request.Method == "HEAD")
            return;
        var part = content.AsMemory((int)from, (int)(to - from + 1));
        if (part.Length > 1 && Interlocked.Decrement(ref _breaks) >= 0)
        {
            await response.Body.WriteAsync(part[..(part.Length / 2)]);
            await response.Body.FlushAsync();
            http.Abort();
            return;
        }
        await response.Body.WriteAsync(part);
    }

    /// <summary>Pages of three objects.</summary>
    private async Task ListAsync(HttpContext http, string place, string? prefix, string? after, bool azure = false)
    {
        var found = Objects.Keys.Where(k => k.StartsWith($"{place}/{prefix}", StringComparison.Ordinal))
            .Select(k => k[(place.Length + 1)..]).Order(StringComparer.Ordinal)
            .Where(k => string.CompareOrdinal(k, after) > 0).Take(4).ToArray();
        var (page, more) = (found.Take(3), found.Length > 3 ? found[2] : null);
        await XmlAsync(http, azure
            ? new("EnumerationResults", new XElement("Blobs", page.Select(k => new XElement("Blob",
                new XElement("Name", k), new XElement("Properties", new XElement("Content-Length", Size(k)),
                    new XElement("BlobType", "BlockBlob"))))), new XElement("NextMarker", more))
            : new("ListBucketResult", new XElement("IsTruncated", more is not null),
                more is null ? null : new XElement("NextContinuationToken", more),
                page.Select(k => new XElement("Contents", new XElement("Key", k), new XElement("Size", Size(k)),
                    new XElement("LastModified", "2026-11-30T04:00:00.000Z")))));

        int Size(string key) => Objects[$"{place}/{key}"].Length;
    }

    /// <summary>The content of a body that is sent in signed chunks: SIZE;chunk-signature= CRLF bytes CRLF.</summary>
    private static byte[] Chunks(byte[] body)
    {
        using var content = new MemoryStream();
        for (var at = 0; ;)
        {
            var end = at + body.AsSpan(at).IndexOf("\r\n"u8);
            var size = int.Parse(Encoding.ASCII.GetString(body, at, end - at).Split(';')[0], NumberStyles.HexNumber,
                CultureInfo.InvariantCulture);
            if (size == 0)
                return content.ToArray();
            content.Write(body, end + 2, size);
            at = end + 2 + size + 2;
        }
    }

    private static string Tag(byte[] content) => $"\"{Convert.ToHexStringLower(MD5.HashData(content))}\"";

    private static async Task RefuseAsync(HttpContext http, int status, string code)
    {
        http.Response.StatusCode = status;
        http.Response.Headers["x-ms-error-code"] = code;
        if (http.Request.Method != "HEAD")
            await XmlAsync(http, new("Error", new XElement("Code", code), new XElement("Message", $"It is {code}.")));
    }

    private static async Task XmlAsync(HttpContext http, XElement xml)
    {
        http.Response.ContentType = "application/xml";
        await http.Response.WriteAsync($"<?xml version=\"1.0\" encoding=\"UTF-8\"?>{xml}");
    }
}
