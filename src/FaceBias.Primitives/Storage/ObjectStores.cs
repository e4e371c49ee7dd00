using System.Collections.Concurrent;

namespace FaceBias.Primitives.Storage;

/// <summary>Opens stores by path or URL. Folders and web servers are known here; other schemes are added by whoever
/// has them, as FaceBias.Storage does for <c>s3</c> and <c>az</c>.</summary>
internal static class ObjectStores
{
    private static readonly ConcurrentDictionary<string, Func<string, IObjectStore>> s_schemes =
        new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Adds a scheme.</summary>
    /// <param name="scheme">What URLs begin with, such as <c>s3</c>.</param>
    /// <param name="open">Opens the store of a URL without asking the service anything, so that it is quick.</param>
    public static void Register(string scheme, Func<string, IObjectStore> open)
    {
        ArgumentException.ThrowIfNullOrEmpty(scheme);
        s_schemes[scheme] = open;
    }

    /// <summary>Whether a text is a URL and no path. (A drive of Windows is no scheme.)</summary>
    public static bool IsUrl(string pathOrUrl)
    {
        var end = pathOrUrl.IndexOf("://", StringComparison.Ordinal);
        return end > 1 && Uri.CheckSchemeName(pathOrUrl[..end]);
    }

    /// <summary>Opens a store. A folder need not exist: the first object written makes it.</summary>
    /// <param name="pathOrUrl">A folder, <c>file:///folder</c>, or a URL such as <c>s3://bucket/prefix</c>.</param>
    /// <exception cref="FaceBiasException">Nobody has registered the scheme, or the URL is malformed.</exception>
    public static IObjectStore Open(string pathOrUrl)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(pathOrUrl);
        if (!IsUrl(pathOrUrl))
            return new FolderStore(pathOrUrl);
        if (WebStore.IsWeb(pathOrUrl))
            return new WebStore(pathOrUrl);
        var scheme = pathOrUrl[..pathOrUrl.IndexOf("://", StringComparison.Ordinal)];
        if (scheme.Equals("file", StringComparison.OrdinalIgnoreCase))
            return Uri.TryCreate(pathOrUrl, UriKind.Absolute, out var url) ? new FolderStore(url.LocalPath)
                : throw new FaceBiasException($"'{pathOrUrl}' is a damaged URL; write it like file:///folder.");
        return s_schemes.TryGetValue(scheme, out var open) ? open(pathOrUrl)
            : throw new FaceBiasException(
                $"'{pathOrUrl}' begins with {scheme}://, which is not read; give a path"
                    + $"{string.Concat(s_schemes.Keys.Order(StringComparer.Ordinal).Select(s => $" or {s}://"))}.",
                ErrorKind.Unsupported);
    }

    /// <exception cref="FaceBiasException">As <see cref="Open"/>, or there is no name at the end.</exception>
    public static (IObjectStore Store, string Name) Locate(string pathOrUrl)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(pathOrUrl);
        if (!IsUrl(pathOrUrl))
            pathOrUrl = Path.GetFullPath(pathOrUrl);
        var end = pathOrUrl.LastIndexOfAny(Path.DirectorySeparatorChar == '\\' ? ['/', '\\'] : ['/']);
        return (Open(pathOrUrl[..Math.Max(end, 1)]), ObjectName.Check(pathOrUrl[(end + 1)..]));
    }
}
