using System.Security.Cryptography;
using FaceBias.Primitives.Hashing;

namespace FaceBias.Primitives.Storage;

/// <summary>Bytes by their location, a text: a file's path, an object's URL, or a member of a tar that is either of
/// these, as <c>TAR::MEMBER@OFFSET+LENGTH</c>.</summary>
internal static class StoredFile
{
    /// <summary>The location of a member of a tar.</summary>
    public static string InTar(string tar, string member, long offset, long length) =>
        string.Create(CultureInfo.InvariantCulture, $"{tar}::{member}@{offset}+{length}");

    /// <summary>The tar and the bytes that the location of a member names; null for any other location.</summary>
    public static (string Tar, long Offset, long Length)? Member(string location)
    {
        var (colons, at, plus) = (location.IndexOf("::", StringComparison.Ordinal), location.LastIndexOf('@'),
            location.LastIndexOf('+'));
        return colons > 0 && at > colons && plus > at
            && long.TryParse(location.AsSpan(at + 1, plus - at - 1), NumberStyles.None, CultureInfo.InvariantCulture,
                out var offset)
            && long.TryParse(location.AsSpan(plus + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            ? (location[..colons], offset, length) : null;
    }

    /// <summary>The file on this machine that has the bytes; null where they are with a service.</summary>
    public static string? LocalFile(string location) =>
        (Member(location)?.Tar ?? location) is var file && ObjectStores.IsUrl(file) ? null : file;

    /// <summary>All bytes of a location, as <see cref="RegularFile.ReadAllBytes"/>.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be read without permission.</exception>
    /// <exception cref="FaceBiasException">A service cannot be reached, or denies access.</exception>
    public static byte[] ReadAllBytes(string location, long maxBytes, out string? problem)
    {
        if (Member(location) is { } member)
        {
            problem = member.Length == 0 ? "the member of the tar is empty (0 bytes)"
                : member.Length > maxBytes ? TooLarge(member.Length, maxBytes) : null;
            if (problem is not null)
                return [];
            var bytes = GC.AllocateUninitializedArray<byte>((int)member.Length);
            if (ObjectStores.IsUrl(member.Tar))
                RemoteBlocks.Read(member.Tar, member.Offset, bytes);
            else
                using (var file = File.OpenHandle(member.Tar))
                    for (var read = 0; read < bytes.Length;)
                        read += RandomAccess.Read(file, bytes.AsSpan(read), member.Offset + read) is > 0 and var n ? n
                            : throw new EndOfStreamException($"'{member.Tar}' became shorter since it was listed.");
            return bytes;
        }
        if (!ObjectStores.IsUrl(location))
            return RegularFile.ReadAllBytes(location, maxBytes, out problem);
        if (WebStore.IsWeb(location))
            return WebStore.ReadPicture(location, maxBytes, out problem);
        try
        {
            var (store, name) = ObjectStores.Locate(location);
            using var stream = store.OpenRead(name, 0, maxBytes + 1);
            using var content = new MemoryStream();
            stream.CopyTo(content);
            problem = content.Length == 0 ? "the object is empty (0 bytes)"
                : content.Length > maxBytes ? TooLarge(content.Length, maxBytes) : null;
            return problem is null ? content.ToArray() : [];
        }
        catch (FaceBiasException e) when (e.Kind == ErrorKind.Missing)
        {
            problem = e.Message.TrimEnd('.');
            return [];
        }
    }

    /// <summary>The SHA-256 of the bytes of a location.</summary>
    /// <exception cref="FaceBiasException">They cannot be read.</exception>
    public static Digest Sha256(string location)
    {
        if (LocalFile(location) == location)
            return Digest.Parse(Hashing.Sha256.OfFile(location));
        try
        {
            var bytes = ReadAllBytes(location, Array.MaxLength, out var problem);
            return problem is null ? new(SHA256.HashData(bytes))
                : throw new FaceBiasException($"Cannot read '{location}': {problem}.");
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            throw FileFault.Of($"Cannot read '{location}'", e);
        }
    }

    internal static string TooLarge(long length, long maxBytes) => FormattableString.Invariant(
        $"it has {length / 1e6:N0} MB or more, over the limit of {maxBytes / 1e6:N0} MB");
}
