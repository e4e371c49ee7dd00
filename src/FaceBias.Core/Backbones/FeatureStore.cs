using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using FaceBias.Primitives.Hashing;

namespace FaceBias.Core.Backbones;

/// <summary>Features on disk, each computed once: a row of <see cref="FeatureCount"/> float32 values per image, found
/// by the SHA-256 of the image's bytes. One store serves one backbone with one preprocessing; its folder is named by
/// their key. Rows are appended and flushed before their index records, and every record carries a checksum of its row,
/// so an interruption costs at most the rows in flight and damage is noticed and computed again.</summary>
/// <remarks>Files: <c>rows.f32</c>, little-endian row-major float32; <c>index.bin</c>, a 16-byte header (magic "FBFS",
/// version, feature count, zero) and 40 bytes a row (SHA-256, 8 bytes of checksum).</remarks>
internal sealed class FeatureStore
{
    private const int HeaderLength = 16;
    private const int RecordLength = 40;
    private const int Version = 1;
    private readonly string _folder;
    private readonly string _indexPath;
    private readonly string _rowsPath;
    private readonly Dictionary<Digest, int> _rowOf = [];
    private readonly Lock _gate = new();
    private int _rowCount;
    private bool _damaged;

    private FeatureStore(string folder, int featureCount)
    {
        _folder = folder;
        FeatureCount = featureCount;
        _indexPath = Path.Combine(folder, "index.bin");
        _rowsPath = Path.Combine(folder, "rows.f32");
    }

    /// <summary>Values per row.</summary>
    public int FeatureCount { get; }

    /// <summary>Images whose rows are stored and intact.</summary>
    public int Count => _rowOf.Count;

    /// <summary>Rows that were found damaged when the store was opened and will be computed again.</summary>
    public int DamagedRows { get; private set; }

    /// <summary>Opens the store of a backbone below <paramref name="root"/>, or starts it.</summary>
    /// <param name="root">Folder of all feature stores.</param>
    /// <param name="key">Key of the backbone and its preprocessing; a safe folder name.</param>
    /// <param name="featureCount">Values per row.</param>
    public static FeatureStore Open(string root, string key, int featureCount)
    {
        var store = new FeatureStore(Path.Combine(root, key), featureCount);
        try
        {
            store.ReadIndex();
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            throw FileFault.Of($"Cannot read the feature cache '{store._folder}'", e,
                "set FACEBIAS_HOME to a folder you can write");
        }
        return store;
    }

    /// <summary>Whether the features of an image are stored.</summary>
    /// <param name="sha256">SHA-256 of the image's bytes.</param>
    public bool Contains(Digest sha256) => _rowOf.ContainsKey(sha256);

    /// <summary>Appends rows. Thread-safe, and safe beside other processes that append to the same store: what they
    /// wrote meanwhile is taken over.</summary>
    /// <param name="sha256">SHA-256 of the images.</param>
    /// <param name="rows"><see cref="FeatureCount"/> values per row.</param>
    /// <exception cref="FaceBiasException">The disk is full or the store cannot be written.</exception>
    public void Append(ReadOnlySpan<Digest> sha256, ReadOnlySpan<float> rows)
    {
        var count = sha256.Length;
        if (rows.Length != count * FeatureCount)
            throw new ArgumentException(
                $"{count} hashes need {count * FeatureCount} values but there are {rows.Length}.");
        var records = new byte[count * RecordLength];
        for (var i = 0; i < count; i++)
        {
            var record = records.AsSpan(i * RecordLength, RecordLength);
            sha256[i].CopyTo(record);
            Checksum(rows.Slice(i * FeatureCount, FeatureCount), record[32..]);
        }
        lock (_gate)
        {
            try
            {
                Directory.CreateDirectory(_folder);
                // Held for these rows alone: a run that trains for an hour keeps nobody from the store.
                using var writing = FileLock.Wait(Path.Combine(_folder, "write.lock"));
                ReadIndex();
                using (var file = new FileStream(_rowsPath, FileMode.OpenOrCreate, FileAccess.ReadWrite,
                    FileShare.ReadWrite))
                    Write(file, (long)_rowCount * FeatureCount * sizeof(float), MemoryMarshal.AsBytes(rows));
                using var index = new FileStream(_indexPath, FileMode.OpenOrCreate, FileAccess.ReadWrite,
                    FileShare.ReadWrite);
                index.Write(Header());
                Write(index, HeaderLength + (long)_rowCount * RecordLength, records);
            }
            catch (Exception e) when (FileFault.Is(e))
            {
                throw FileFault.Of($"Cannot write the feature cache '{_folder}'", e,
                    "free some disk space, or set FACEBIAS_HOME to a folder you can write");
            }
            for (var i = 0; i < count; i++)
                _rowOf[sha256[i]] = _rowCount + i;
            _rowCount += count;
        }
    }

    /// <summary>Writes behind what is whole; what an interruption left there is overwritten.</summary>
    private static void Write(FileStream file, long at, ReadOnlySpan<byte> bytes)
    {
        file.SetLength(at);
        file.Position = at;
        file.Write(bytes);
        file.Flush();
    }

    /// <summary>Opens the rows for reading, memory-mapped; the store must not be appended to meanwhile.</summary>
    public FeatureRows OpenRows()
    {
        lock (_gate)
        {
            return new FeatureRows(_rowsPath, FeatureCount, _rowOf);
        }
    }

    private byte[] Header()
    {
        var header = new byte[HeaderLength];
        Encoding.ASCII.GetBytes("FBFS").CopyTo(header, 0);
        BitConverter.TryWriteBytes(header.AsSpan(4), Version);
        BitConverter.TryWriteBytes(header.AsSpan(8), FeatureCount);
        return header;
    }

    /// <summary>Reads the rows behind those that are known.</summary>
    private void ReadIndex()
    {
        if (!File.Exists(_indexPath) || !File.Exists(_rowsPath))
        {
            _rowCount = 0;
            _rowOf.Clear();
            return;
        }
        using var index = new FileStream(_indexPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var rows = new FileStream(
            _rowsPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, _rowCount == 0 ? 1 << 20 : 1 << 12,
            FileOptions.SequentialScan);
        var header = new byte[HeaderLength];
        if (index.ReadAtLeast(header, HeaderLength, throwOnEndOfStream: false) < HeaderLength
            || !header.AsSpan().SequenceEqual(Header()))
        {
            if (!_damaged)
                DamagedRows += (int)Math.Min(int.MaxValue, rows.Length / (FeatureCount * sizeof(float)));
            _damaged = true;
            _rowCount = 0;
            _rowOf.Clear();
            return;
        }
        var rowLength = FeatureCount * sizeof(float);
        var whole = (int)Math.Min((index.Length - HeaderLength) / RecordLength, rows.Length / rowLength);
        if (whole < _rowCount)
        {
            // Somebody cleaned it: what is left begins anew.
            _rowCount = 0;
            _rowOf.Clear();
        }
        var first = _rowCount;
        _rowCount = whole;
        index.Position = HeaderLength + (long)first * RecordLength;
        rows.Position = (long)first * rowLength;
        var record = new byte[RecordLength];
        var row = new byte[rowLength];
        Span<byte> checksum = stackalloc byte[8];
        for (var i = first; i < _rowCount; i++)
        {
            index.ReadExactly(record);
            rows.ReadExactly(row);
            Checksum(MemoryMarshal.Cast<byte, float>(row), checksum);
            if (checksum.SequenceEqual(record.AsSpan(32)))
                _rowOf[new Digest(record.AsSpan(0, Digest.Size))] = i;
            else
                DamagedRows++;
        }
    }

    private static void Checksum(ReadOnlySpan<float> row, Span<byte> destination) =>
        BitConverter.TryWriteBytes(destination, XxHash3.HashToUInt64(MemoryMarshal.AsBytes(row)));
}
