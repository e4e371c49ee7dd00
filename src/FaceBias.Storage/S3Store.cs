using System.Collections.Concurrent;
using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Amazon.S3.Transfer;
using FaceBias.Primitives.Storage;

namespace FaceBias.Storage;

/// <summary><c>s3://bucket/prefix</c>: Amazon S3, or a service that speaks its protocol at AWS_ENDPOINT_URL.
/// Credentials and region come from where the SDK looks for them: variables, profiles, roles.</summary>
internal sealed class S3Store : CloudStore
{
    private const long LargestWhole = 32 << 20;

    private static readonly ConcurrentDictionary<string, AmazonS3Client> s_clients = new(StringComparer.Ordinal);
    private readonly string _bucket;
    private AmazonS3Client? _client;

    private S3Store(string url, string bucket, string prefix) : base(url, bucket, prefix) => _bucket = bucket;

    /// <exception cref="FaceBiasException">The URL has no bucket.</exception>
    public static S3Store Open(string url)
    {
        var (bucket, prefix) = CloudStores.Split(url);
        return new(url, bucket, prefix);
    }

    protected override string Credentials => "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY or AWS_PROFILE, and the rights "
        + "that they have";

    private AmazonS3Client Client => _client ??= s_clients.GetOrAdd(
        string.Join('\n', s_variables.Select(Environment.GetEnvironmentVariable)), _ => Connect());

    private static readonly string[] s_variables =
    [
        "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_S3_FORCE_PATH_STYLE", "AWS_REGION", "AWS_PROFILE",
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_MAX_ATTEMPTS",
    ];

    private static AmazonS3Client Connect()
    {
        var endpoint = s_variables.Take(2).Select(Environment.GetEnvironmentVariable)
            .FirstOrDefault(e => !string.IsNullOrEmpty(e));
        var config = new AmazonS3Config { RetryMode = RequestRetryMode.Standard };
        if (Environment.GetEnvironmentVariable("AWS_MAX_ATTEMPTS") is not { Length: > 0 })
            config.MaxErrorRetry = CloudStores.Retries;
        if (endpoint is not null)
        {
            config.ServiceURL = endpoint;
            // Few services of one's own have a name for every bucket, or the newer checksums.
            config.ForcePathStyle = Environment.GetEnvironmentVariable("AWS_S3_FORCE_PATH_STYLE") is not "false";
            config.AuthenticationRegion = Environment.GetEnvironmentVariable("AWS_REGION") ?? "us-east-1";
            config.RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED;
            config.ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED;
        }
        return new(config);
    }

    protected override AnswerBody Get(string key, long offset, long length, string? version, CancellationToken cancel)
    {
        var request = new GetObjectRequest { BucketName = _bucket, Key = key, EtagToMatch = version };
        // An empty object has no byte to begin with, so that all of it is asked for where that is meant.
        if (offset > 0 || length < long.MaxValue)
            request.ByteRange = length <= long.MaxValue - offset ? new(offset, offset + length - 1)
                : new ByteRange($"bytes={offset}-");
        try
        {
            var response = Client.GetObjectAsync(request, cancel).GetAwaiter().GetResult();
            return new(response.ResponseStream, response.ContentLength, response.ETag);
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            return new(Stream.Null, 0, version);
        }
    }

    protected override long Head(string key, CancellationToken cancel) =>
        Client.GetObjectMetadataAsync(new GetObjectMetadataRequest { BucketName = _bucket, Key = key }, cancel)
            .GetAwaiter().GetResult().ContentLength;

    protected override IEnumerable<IEnumerable<(string Key, long Length)>> Pages(string prefix,
        CancellationToken cancel)
    {
        var request = new ListObjectsV2Request { BucketName = _bucket, Prefix = prefix };
        do
        {
            var page = Client.ListObjectsV2Async(request, cancel).GetAwaiter().GetResult();
            yield return (page.S3Objects ?? []).Select(o => (o.Key, o.Size ?? 0));
            request.ContinuationToken = page.IsTruncated == true ? page.NextContinuationToken : null;
        }
        while (request.ContinuationToken is not null);
    }

    protected override void Put(string key, FileStream content, bool onlyNew, CancellationToken cancel)
    {
        if (content.Length < LargestWhole)
        {
            // In one piece, for not every service of one's own knows bodies in signed chunks.
            Client.PutObjectAsync(new PutObjectRequest
            {
                BucketName = _bucket, Key = key, InputStream = content, AutoCloseStream = false,
                UseChunkEncoding = false, IfNoneMatch = onlyNew ? "*" : null,
            }, cancel).GetAwaiter().GetResult();
            return;
        }
        using var transfer = new TransferUtility(Client);
        transfer.UploadAsync(new TransferUtilityUploadRequest
        {
            BucketName = _bucket, Key = key, InputStream = content, AutoCloseStream = false,
            IfNoneMatch = onlyNew ? "*" : null,
        }, cancel).GetAwaiter().GetResult();
    }

    protected override void Remove(string key, CancellationToken cancel) =>
        Client.DeleteObjectAsync(_bucket, key, cancel).GetAwaiter().GetResult();

    protected override Refusal? Answer(Exception failure) => failure switch
    {
        // HEAD has no body that would tell an object from a bucket.
        AmazonS3Exception { StatusCode: not 0 } e => new((int)e.StatusCode, e.ErrorCode ?? "",
            e.ErrorCode == "NoSuchBucket"),
        AmazonServiceException { StatusCode: not 0 } e => new((int)e.StatusCode, e.ErrorCode ?? ""),
        AmazonServiceException { InnerException: { } inner } => Answer(inner),
        AmazonClientException { InnerException: HttpRequestException or IOException } => null,
        AmazonClientException => new(0, $"{failure.Message.Split('\n')[0].TrimEnd('.')}; set AWS_ACCESS_KEY_ID and "
            + "AWS_SECRET_ACCESS_KEY, and AWS_REGION or AWS_ENDPOINT_URL"),
        _ => null,
    };
}
