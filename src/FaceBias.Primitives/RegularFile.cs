namespace FaceBias;

/// <summary>Files with an end. Opening a pipe waits for somebody to write into it, and a device such as
/// <c>/dev/zero</c> never ends; both have no length, and neither is opened here.</summary>
internal static class RegularFile
{
    /// <summary>What a file of length 0 may be.</summary>
    public const string Nothing = "the file is empty (0 bytes), or a pipe or device";

    /// <summary>The length in bytes of the file that a path leads to, over links; 0 for pipes and devices.</summary>
    /// <exception cref="IOException">There is no such file, or a link leads nowhere.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be seen.</exception>
    public static long Length(string path) => new FileInfo(Real(path)).Length;

    /// <summary>The file that a path leads to, over links.</summary>
    /// <exception cref="IOException">A link leads in a circle.</exception>
    public static string Real(string path)
    {
        var file = new FileInfo(path);
        return file.LinkTarget is null ? path : file.ResolveLinkTarget(returnFinalTarget: true)!.FullName;
    }

    /// <param name="maxBytes">Longer files are not read.</param>
    /// <param name="problem">Why it was not read, as the end of a sentence, or null.</param>
    /// <returns>The bytes, empty where there is a problem.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be read without permission.</exception>
    public static byte[] ReadAllBytes(string path, long maxBytes, out string? problem)
    {
        var length = Length(path);
        problem = length == 0 ? Nothing
            : length > maxBytes
                ? FormattableString.Invariant(
                    $"the file has {length / 1e6:N0} MB, more than the limit of {maxBytes / 1e6:N0} MB")
            : null;
        if (problem is not null)
            return [];
        using var file = File.OpenHandle(path, options: FileOptions.SequentialScan);
        var bytes = GC.AllocateUninitializedArray<byte>((int)Math.Min(length, RandomAccess.GetLength(file)));
        for (var at = 0; at < bytes.Length;)
        {
            var read = RandomAccess.Read(file, bytes.AsSpan(at), at);
            if (read == 0)
                throw new EndOfStreamException($"'{path}' became shorter while it was read.");
            at += read;
        }
        return bytes;
    }
}
