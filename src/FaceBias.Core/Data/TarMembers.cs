using System.Formats.Tar;
using FaceBias.Primitives.Storage;

namespace FaceBias.Core.Data;

/// <summary>A file in a tar.</summary>
/// <param name="Name">Its name, with '/' between parts and no './' before it.</param>
/// <param name="Offset">Where its bytes begin.</param>
/// <param name="Content">Its bytes, to be read before the next member is asked for.</param>
internal readonly record struct TarMember(string Name, long Offset, long Length, Stream? Content);

/// <summary>Reads what is in a tar without unpacking it. Nothing in it can name a file outside.</summary>
internal static class TarMembers
{
    /// <summary>Calls for every picture.</summary>
    /// <param name="unreadable">Takes pictures that are left out, each with the reason, and why the tar cannot be read
    /// to its end.</param>
    /// <returns>Number of files that are no pictures.</returns>
    /// <exception cref="FaceBiasException">It cannot be opened.</exception>
    public static int Read(string tar, Action<TarMember> add, List<string> unreadable)
    {
        var ignored = 0;
        Each(tar, ImageFolder.IsPictureName, (member, problem) =>
        {
            if (problem is not null)
                unreadable.Add($"'{member.Name}' in '{tar}' is left out: {problem}");
            else if (ImageFolder.IsPictureName(member.Name))
                add(member);
            else
                ignored++;
        }, unreadable);
        return ignored;
    }

    /// <summary>Calls for every file, with the reason where it is one that is wanted and cannot be taken.</summary>
    /// <param name="wanted">Whether a name is looked at closely.</param>
    /// <param name="unreadable">Takes why the tar cannot be read to its end.</param>
    public static void Each(string tar, Func<string, bool> wanted, Action<TarMember, string?> take,
        List<string> unreadable)
    {
        using var stream = Open(tar);
        var length = stream.Length;
        bool IsCut(in TarMember member) => member.Length > 0 && member.Offset + member.Length > length;
        var last = "its beginning";
        try
        {
            using var reader = new TarReader(stream);
            while (reader.GetNextEntry() is { } entry)
            {
                if (entry.EntryType is TarEntryType.Directory or TarEntryType.GlobalExtendedAttributes)
                    continue;
                var name = entry.Name;
                while (name.StartsWith("./", StringComparison.Ordinal))
                    name = name[2..];
                var member = new TarMember(name, entry.DataOffset, entry.Length, entry.DataStream);
                var problem = !wanted(name) ? null
                    : ObjectName.Problem(name) is { } bad ? bad
                    : entry.EntryType is TarEntryType.SymbolicLink or TarEntryType.HardLink
                        ? $"it is a link to '{entry.LinkName}'"
                    : entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile
                        or TarEntryType.ContiguousFile) ? "it is no plain file"
                    : member.Length > int.MaxValue ? "it is larger than 2 GB"
                    : IsCut(member) ? "the tar ends before it does" : null;
                take(member, problem);
                last = $"'{name}'";
                if (IsCut(member))
                    throw new EndOfStreamException();
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException or FormatException or ArgumentException
            or InvalidOperationException or NotSupportedException or OverflowException or OutOfMemoryException)
        {
            unreadable.Add($"'{tar}' is cut off or damaged after {last}, so that what follows is left out");
        }
    }

    private static Stream Open(string tar)
    {
        if (ObjectStores.IsUrl(tar))
        {
            var (store, name) = ObjectStores.Locate(tar);
            return RemoteBlocks.Open(tar, store.Stat(name)?.Length
                ?? throw new FaceBiasException($"There is no '{tar}'; check the URL.", ErrorKind.Missing));
        }
        try
        {
            if (RegularFile.Length(tar) == 0)
                throw new FaceBiasException($"'{tar}' cannot be read: {RegularFile.Nothing}.");
            return File.OpenRead(tar);
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            throw FileFault.Of($"Cannot read '{tar}'", e);
        }
    }
}
