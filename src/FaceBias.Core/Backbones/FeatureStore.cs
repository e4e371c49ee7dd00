using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using FaceBias.Primitives.Hashing;

namespace FaceBias.Core.Backbones;

/// <summary>
/// Features on disk, each computed once: a row of <see cref="FeatureCount"/> float32 values per image, found by the
/// SHA-256 of the image's bytes. One store serves one backbone with one preprocessing; its folder is named by their key.
/// Rows are appended and flushed before their index records, and every record carries a checksum of its row, so an
/// interruption costs at most the rows in flight and damage is noticed and computed again.
/// </summary>
/// <remarks>
/// Files: <c>rows.f32</c>, little-endian row-major float32; <c>index.bin</c>, a 16-byte header (magic "FBFS", version,
/// feature count, zero) and 40 bytes a row (SHA-256, 8 bytes of checksum).
/// </remarks>
public sealed class FeatureStore : IDisposable
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
    private FileStream? _writeLock;
    private FileStream? _indexWriter;
    private FileStream? _rowsWriter;

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
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FaceBiasException(
                $"Cannot read the feature cache '{store._folder}': {e.Message.TrimEnd('.')}; set FACEBIAS_HOME to a folder you can write.", e);
        }
        return store;
    }

    /// <summary>Whether the features of an image are stored.</summary>
    /// <param name="sha256">SHA-256 of the image's bytes.</param>
    public bool Contains(Digest sha256) => _rowOf.ContainsKey(sha256);

    /// <summary>Appends rows. Thread-safe.</summary>
    /// <param name="sha256">SHA-256 of the images.</param>
    /// <param name="rows"><see cref="FeatureCount"/> values per row.</param>
    /// <exception cref="FaceBiasException">The disk is full or another process is writing to the store.</exception>
    public void Append(ReadOnlySpan<Digest> sha256, ReadOnlySpan<float> rows)
    {
        var count = sha256.Length;
        if (rows.Length != count * FeatureCount)
            throw new ArgumentException($"{count} hashes need {count * FeatureCount} values but there are {rows.Length}.");
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
                OpenWriters();
                _rowsWriter!.Write(MemoryMarshal.AsBytes(rows));
                _rowsWriter.Flush();
                _indexWriter!.Write(records);
                _indexWriter.Flush();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new FaceBiasException(
                    $"Cannot write the feature cache '{_folder}': {e.Message.TrimEnd('.')}; free disk space, or wait if another run is using it.", e);
            }
            for (var i = 0; i < count; i++)
                _rowOf[sha256[i]] = _rowCount + i;
            _rowCount += count;
        }
    }

    /// <summary>Opens the rows for reading, memory-mapped; the store must not be appended to meanwhile.</summary>
    public FeatureRows OpenRows()
    {
        lock (_gate)
        {
            _rowsWriter?.Flush();
            return new FeatureRows(_rowsPath, FeatureCount, _rowOf);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _indexWriter?.Dispose();
        _rowsWriter?.Dispose();
        _writeLock?.Dispose();
    }

    private void OpenWriters()
    {
        if (_indexWriter is not null)
            return;
        Directory.CreateDirectory(_folder);
        // Anybody may read, one process at a time may append. Unix has no share modes but for None.
        _writeLock = new FileStream(
            Path.Combine(_folder, "write.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        _rowsWriter = new FileStream(_rowsPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
        _indexWriter = new FileStream(_indexPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
        _indexWriter.Write(Header());
        // What an interruption left behind a complete row is overwritten.
        _indexWriter.SetLength(HeaderLength + (long)_rowCount * RecordLength);
        _rowsWriter.SetLength((long)_rowCount * FeatureCount * sizeof(float));
        _indexWriter.Seek(0, SeekOrigin.End);
        _rowsWriter.Seek(0, SeekOrigin.End);
    }

    private byte[] Header()
    {
        var header = new byte[HeaderLength];
        Encoding.ASCII.GetBytes("FBFS").CopyTo(header, 0);
        BitConverter.TryWriteBytes(header.AsSpan(4), Version);
        BitConverter.TryWriteBytes(header.AsSpan(8), FeatureCount);
        return header;
    }

    private void ReadIndex()
    {
        if (!File.Exists(_indexPath) || !File.Exists(_rowsPath))
            return;
        using var index = new FileStream(_indexPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var rows = new FileStream(
            _rowsPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1 << 20, FileOptions.SequentialScan);
        var header = new byte[HeaderLength];
        if (index.ReadAtLeast(header, HeaderLength, throwOnEndOfStream: false) < HeaderLength
            || !header.AsSpan().SequenceEqual(Header()))
        {
            DamagedRows = (int)Math.Min(int.MaxValue, rows.Length / (FeatureCount * sizeof(float)));
            return;
        }
        var rowLength = FeatureCount * sizeof(float);
        _rowCount = (int)Math.Min((index.Length - HeaderLength) / RecordLength, rows.Length / rowLength);
        var record = new byte[RecordLength];
        var row = new byte[rowLength];
        Span<byte> checksum = stackalloc byte[8];
        for (var i = 0; i < _rowCount; i++)
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
