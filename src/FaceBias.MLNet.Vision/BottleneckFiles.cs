using System.Buffers.Binary;
using FaceBias.Core.Backbones;
using FaceBias.Primitives.Hashing;

namespace FaceBias.MLNet.Vision;

/// <summary>The trainer's files of what the frozen network gave: <c>NAME_features.bin</c> (rows and width as int32,
/// then floats) and <c>NAME_labels.bin</c> (int64). The trainer itself takes whatever lies there for its own data; here
/// the name stands for the pictures, labels and architecture, and files that were cut off are not taken.</summary>
internal static class BottleneckFiles
{
    /// <summary>A name for these rows, in this order.</summary>
    public static string Name(string part, string architecture, IEnumerable<(string Path, string Label)> rows) =>
        $"{part}-{architecture}-{Sha256.OfJson([.. rows.Select(r => new FileInfo(r.Path) is var f && f.Exists
            ? $"{f.FullName}|{f.Length}|{f.LastWriteTimeUtc.Ticks}|{r.Label}" : throw new FaceBiasException($"There is no picture '{r.Path}' any more; check the folder.", ErrorKind.Missing))])}";

    /// <summary>Whether the files are there and whole.</summary>
    public static bool Complete(string folder, string name, int rows)
    {
        var (features, labels) = (new FileInfo(Path.Combine(folder, name + "_features.bin")),
            new FileInfo(Path.Combine(folder, name + "_labels.bin")));
        if (!features.Exists || !labels.Exists || features.Length < 8 || labels.Length != 8L * rows)
            return false;
        var head = new byte[8];
        using var stream = features.OpenRead();
        stream.ReadExactly(head);
        var (count, width) = (BinaryPrimitives.ReadInt32LittleEndian(head),
            BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(4)));
        return count == rows && width > 0 && features.Length == 8 + 4L * count * width;
    }
}
