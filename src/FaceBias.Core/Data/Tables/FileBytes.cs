using System.IO.Compression;
using System.Text;

namespace FaceBias.Core.Data.Tables;

/// <summary>The bytes of a table's file: unpacked where it is compressed, and text as UTF-8.</summary>
internal static class FileBytes
{
    /// <summary>An array can hold no more; a larger table is read as Parquet, a column at a time.</summary>
    private const long Longest = 2_000_000_000;

    /// <summary>The whole file, unpacked: gzip, zlib, and a zip that holds one file.</summary>
    /// <param name="name">The name of what is inside, without the ending of the packer.</param>
    /// <exception cref="FaceBiasException">The file is too large, damaged, or packed by something that is not read
    /// here.</exception>
    public static byte[] Read(string path, out string name)
    {
        name = path;
        if (!IsRegular(path))
            throw new FaceBiasException($"'{path}' is no ordinary file; write the table to one.");
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (file.Length > Longest)
            throw TooLong(path);
        Span<byte> head = stackalloc byte[6];
        head = head[..file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
        file.Position = 0;
        var ending = Path.GetExtension(path).ToLowerInvariant();
        if (head.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]))
        {
            name = ending is ".gz" or ".gzip" ? Path.ChangeExtension(path, null)
                : ending == ".tgz" ? throw Unknown(path, "an archive") : path;
            using var unpacked = new GZipStream(file, CompressionMode.Decompress, leaveOpen: true);
            var all = All(unpacked, path);
            return IsWhole(file, all.Length) ? all : throw Cut(path, null);
        }
        if (head.StartsWith("PK\u0003\u0004"u8) && ending is not (".xlsx" or ".xlsm"))
            return Zipped(file, path, ref name);
        var packer = head.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD]) ? "zstd"
            : head.StartsWith("BZh"u8) ? "bzip2"
            : head.StartsWith((ReadOnlySpan<byte>)[0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z']) ? "xz"
                : head.StartsWith((ReadOnlySpan<byte>)[(byte)'7', (byte)'z', 0xBC, 0xAF]) ? "7z" : null;
        return packer is null ? All(file, path) : throw Unknown(path, packer);
    }

    private static FaceBiasException Unknown(string path, string packer) =>
        new($"'{path}' is compressed with {packer}; unpack it, or compress it with gzip or zip.");

    private static FaceBiasException TooLong(string path) =>
        new($"'{path}' holds more than {Longest:N0} bytes of text; write it as Parquet, which is read a column at a time.");

    private static byte[] Zipped(FileStream file, string path, ref string name)
    {
        ZipArchiveEntry[] entries;
        try
        {
            using var archive = new ZipArchive(file, ZipArchiveMode.Read, leaveOpen: true);
            entries = [.. archive.Entries.Where(
                e => e.Length > 0 && !e.FullName.StartsWith("__MACOSX", StringComparison.Ordinal))];
            if (entries.Any(e => e.FullName == "xl/workbook.xml"))
            {
                name = path + ".xlsx";
                file.Position = 0;
                return All(file, path);
            }
            if (entries.Length != 1)
            {
                throw new FaceBiasException($"'{path}' holds {entries.Length} files"
                    + $"{(entries.Length == 0 ? "" : $" ({string.Join(", ", entries.Take(5).Select(e => e.FullName))})")}; unpack it and name the table.");
            }
            name = Path.Combine(Path.GetDirectoryName(path) ?? "", entries[0].Name);
            using var unpacked = entries[0].Open();
            return All(unpacked, path);
        }
        catch (InvalidDataException e)
        {
            throw new FaceBiasException($"'{path}' is a damaged zip file; pack it again.", e);
        }
    }

    /// <summary>A gzip file ends in its length unpacked, of its last part where it has several; one that was cut off
    /// just ends.</summary>
    private static bool IsWhole(FileStream file, long unpacked)
    {
        var end = new byte[4];
        file.Position = file.Length - end.Length;
        file.ReadExactly(end);
        var length = BitConverter.ToUInt32(end);
        if (length == (uint)unpacked)
            return true;
        file.Position = 0;
        var all = new byte[file.Length];
        file.ReadExactly(all);
        return length < unpacked && all.AsSpan(3).IndexOf((ReadOnlySpan<byte>)[0x1F, 0x8B, 8]) >= 0;
    }

    private static FaceBiasException Cut(string path, Exception? e) =>
        new($"'{path}' is compressed, but damaged or cut off; fetch or pack it again.", e!);

    /// <summary>A FIFO or a device never ends.</summary>
    private static bool IsRegular(string path)
    {
        var target = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        return OperatingSystem.IsWindows()
            || (File.GetAttributes(target) & (FileAttributes.Device | FileAttributes.Directory)) == 0
            && File.GetUnixFileMode(target) is not UnixFileMode.None
            && !target.StartsWith("/dev/", StringComparison.Ordinal) && new FileInfo(target).Length > 0;
    }

    private static byte[] All(Stream stream, string path)
    {
        try
        {
            using var all = new MemoryStream(stream is FileStream { Length: var length } ? (int)length : 1 << 16);
            var part = new byte[1 << 16];
            for (int n; (n = stream.Read(part)) > 0;)
            {
                if (all.Length + n > Longest)
                    throw TooLong(path);
                all.Write(part, 0, n);
            }
            return all.Length == all.Capacity ? all.GetBuffer() : all.ToArray();
        }
        catch (InvalidDataException e)
        {
            throw Cut(path, e);
        }
    }

    /// <summary>Text as UTF-8 without a byte order mark.</summary>
    /// <param name="path">Its name, for messages.</param>
    /// <param name="encoding">What it was, where that is not UTF-8.</param>
    public static ReadOnlyMemory<byte> Utf8(byte[] bytes, string path, out string? encoding)
    {
        encoding = null;
        ReadOnlySpan<byte> head = bytes.AsSpan(0, Math.Min(bytes.Length, 4096));
        if (head.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]))
            return bytes.AsMemory(3);
        (Encoding From, int Skip)? wide = head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE, 0, 0]) ? (Encoding.UTF32, 4)
            : head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) ? (Encoding.Unicode, 2)
            : head.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]) ? (Encoding.BigEndianUnicode, 2)
            : EveryOther(head, 1) ? (Encoding.Unicode, 0) : EveryOther(head, 0) ? (Encoding.BigEndianUnicode, 0) : null;
        if (wide is { } w)
        {
            encoding = w.From.WebName.ToUpperInvariant();
            return Encoding.UTF8.GetBytes(w.From.GetString(bytes, w.Skip, bytes.Length - w.Skip));
        }
        if (bytes.AsSpan().Contains((byte)0))
            throw new FaceBiasException($"'{path}' is no text; save the table as CSV in UTF-8.");
        if (System.Text.Unicode.Utf8.IsValid(bytes))
            return bytes;
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        encoding = "Windows-1252 (Latin-1)";
        return Encoding.UTF8.GetBytes(Encoding.GetEncoding(1252).GetString(bytes));
    }

    /// <summary>Whether every other byte is zero, as in UTF-16 of Western text.</summary>
    private static bool EveryOther(ReadOnlySpan<byte> head, int offset)
    {
        if (head.Length < 8)
            return false;
        for (var i = 0; i + 1 < head.Length; i += 2)
        {
            if (head[i + offset] != 0 || head[i + 1 - offset] == 0)
                return false;
        }
        return true;
    }
}
