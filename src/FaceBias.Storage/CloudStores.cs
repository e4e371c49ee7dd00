using FaceBias.Primitives.Storage;

namespace FaceBias.Storage;

/// <summary>Object storage of vendors, for programs that want it.</summary>
public static class CloudStores
{
    /// <summary>Tries after the first, with waits that grow to 20 seconds: about a minute and a half.</summary>
    internal const int Retries = 7;

    /// <summary>The first wait before Azure is asked again; AWS has its own.</summary>
    internal static TimeSpan FirstWait { get; set; } = TimeSpan.FromMilliseconds(800);

    /// <summary>Lets <see cref="ObjectStores.Open"/> open <c>s3://bucket/prefix</c>, <c>az://container/prefix</c> and
    /// <c>https://ACCOUNT.blob.core.windows.net/container/prefix</c>.</summary>
    public static void Register()
    {
        ObjectStores.Register("s3", S3Store.Open);
        ObjectStores.Register("az", AzureStore.Open);
        ObjectStores.Register("https", AzureStore.Open);
    }

    /// <summary>The bucket and the prefix of a URL. Nothing in it is escaped, as with the vendors' tools.</summary>
    internal static (string Place, string Prefix) Split(string url)
    {
        var parts = url[(url.IndexOf("://", StringComparison.Ordinal) + 3)..].Split('/', 2);
        if (parts[0].Length == 0)
            throw new FaceBiasException($"'{url}' names no bucket or container; write it like s3://bucket/prefix.");
        var prefix = parts.Length == 1 ? "" : parts[1].Trim('/');
        return (parts[0], prefix.Length == 0 ? "" : ObjectName.Check(prefix) + "/");
    }
}
