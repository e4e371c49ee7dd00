using System.Collections.Concurrent;
using Azure;
using Azure.Identity;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using FaceBias.Primitives.Storage;

namespace FaceBias.Storage;

/// <summary><c>az://container/prefix</c> or <c>https://ACCOUNT.blob.core.windows.net/container/prefix</c>: Azure Blob
/// Storage. The account and its credentials come from AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT with
/// AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN, or else the identity of the machine or of who is logged in.</summary>
internal sealed class AzureStore : CloudStore
{
    private const string BlobHost = WebStore.BlobHost;
    private static readonly ConcurrentDictionary<string, BlobContainerClient> s_clients = new(StringComparer.Ordinal);
    private readonly BlobContainerClient _container;

    private AzureStore(string url, string name, string prefix, BlobContainerClient container)
        : base(url, name, prefix) => _container = container;

    /// <exception cref="FaceBiasException">The URL has no container, or the account is not named.</exception>
    public static AzureStore Open(string url)
    {
        string? account = null;
        var rest = url;
        if (url.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
        {
            var host = CloudStores.Split(url).Place;
            account = host[..^BlobHost.Length];
            rest = "az://" + url[(8 + host.Length)..].TrimStart('/');
        }
        var (name, prefix) = CloudStores.Split(rest);
        return new(url, name, prefix, Connect(account, name, url));
    }

    private static BlobContainerClient Connect(string? account, string name, string url)
    {
        account ??= Variable("AZURE_STORAGE_CONNECTION_STRING") is null ? Variable("AZURE_STORAGE_ACCOUNT")
            ?? throw new FaceBiasException(
                $"'{url}' names no account; set AZURE_STORAGE_ACCOUNT or AZURE_STORAGE_CONNECTION_STRING, or write "
                    + $"https://ACCOUNT{BlobHost}/CONTAINER.") : null;
        try
        {
            return s_clients.GetOrAdd(string.Join('\n', [account, name, .. s_variables.Select(Variable)]),
                _ => Client(account, name));
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw new FaceBiasException($"Cannot open {url}: {e.Message.Split('\n')[0].TrimEnd('.')}; check the "
                + "account and its key.", e);
        }
    }

    private static BlobContainerClient Client(string? account, string name)
    {
        var options = new BlobClientOptions();
        options.Retry.Delay = CloudStores.FirstWait;
        options.Retry.MaxDelay = TimeSpan.FromSeconds(20);
        options.Retry.MaxRetries = int.TryParse(Variable("AZURE_STORAGE_MAX_ATTEMPTS"), out var attempts)
            ? Math.Max(0, attempts - 1) : CloudStores.Retries;
        if (account is null)
            return new(Variable("AZURE_STORAGE_CONNECTION_STRING"), name, options);
        var container = new Uri($"https://{account}{BlobHost}/{name}");
        return Variable("AZURE_STORAGE_KEY") is { } key
                ? new(container, new StorageSharedKeyCredential(account, key), options)
            : Variable("AZURE_STORAGE_SAS_TOKEN") is { } sas
                ? new(container, new AzureSasCredential(sas.TrimStart('?')), options)
            : new(container, new DefaultAzureCredential(), options);
    }

    private static readonly string[] s_variables =
    [
        "AZURE_STORAGE_CONNECTION_STRING", "AZURE_STORAGE_KEY", "AZURE_STORAGE_SAS_TOKEN",
        "AZURE_STORAGE_MAX_ATTEMPTS",
    ];

    private static string? Variable(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    protected override string Credentials => "AZURE_STORAGE_CONNECTION_STRING, AZURE_STORAGE_KEY, "
        + "AZURE_STORAGE_SAS_TOKEN or the role of the identity that is logged in";

    protected override AnswerBody Get(string key, long offset, long length, string? version, CancellationToken cancel)
    {
        try
        {
            var answer = _container.GetBlobClient(key).DownloadStreaming(new BlobDownloadOptions
            {
                Range = offset == 0 && length == long.MaxValue ? default
                    : new(offset, length == long.MaxValue ? null : length),
                Conditions = version is null ? null : new() { IfMatch = new ETag(version) },
            }, cancel).Value;
            return new(answer.Content, answer.Details.ContentLength, answer.Details.ETag.ToString());
        }
        catch (RequestFailedException e) when (e.Status == 416)
        {
            return new(Stream.Null, 0, version);
        }
    }

    protected override long Head(string key, CancellationToken cancel) =>
        _container.GetBlobClient(key).GetProperties(cancellationToken: cancel).Value.ContentLength;

    protected override IEnumerable<IEnumerable<(string Key, long Length)>> Pages(string prefix,
        CancellationToken cancel) =>
        _container.GetBlobs(BlobTraits.None, BlobStates.None, prefix, cancel).AsPages()
            .Select(p => p.Values.Select(b => (b.Name, b.Properties.ContentLength ?? 0)));

    protected override void Put(string key, FileStream content, bool onlyNew, CancellationToken cancel) =>
        _container.GetBlockBlobClient(key).Upload(content,
            new BlobUploadOptions { Conditions = onlyNew ? new() { IfNoneMatch = ETag.All } : null }, cancel);

    protected override void Remove(string key, CancellationToken cancel) =>
        _container.DeleteBlobIfExists(key, cancellationToken: cancel);

    protected override Refusal? Answer(Exception failure) => failure switch
    {
        RequestFailedException { Status: > 0 } e => new(e.Status, e.ErrorCode ?? "",
            e.ErrorCode == BlobErrorCode.ContainerNotFound),
        AuthenticationFailedException => new(0, $"{failure.Message.Split('\n')[0].TrimEnd('.')}; check {Credentials}"),
        RequestFailedException { InnerException: { } inner } => Answer(inner),
        AggregateException { InnerException: RequestFailedException inner } => Answer(inner),
        _ => null,
    };
}
