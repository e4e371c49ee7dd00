using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using FaceBias.Core.Curation.Quality;
using FaceBias.Core.Imaging;
using FaceBias.Primitives.Hashing;
using FaceBias.Primitives.Storage;

namespace FaceBias.Core.Curation;

/// <summary>Results of the probe on disk: a header, then records that are only ever appended. A record is its length, a
/// checksum and the content; reading ends at the first record that is cut or damaged, and writing resumes from there,
/// so whatever interrupted an earlier run costs at most what was after it.</summary>
internal sealed class ProbeJournal : IDisposable
{
    private const int Fixed = 16 + Digest.Size + 8 + 4 + 4 + 1 + 1 + sizeof(ulong)
        + sizeof(float) * PictureQuality.Count;
    private const int Scores = Fixed - sizeof(float) * PictureQuality.Count;
    private const int Prefix = 2 + 4;
    private const int LongestProblem = 1000;
    private static ReadOnlySpan<byte> Magic => "FBPROBE5"u8;

    private readonly object _lock = new();
    private readonly FileStream _stream;
    private readonly string _path;

    private ProbeJournal(FileStream stream, string path, Action<UInt128, ProbeResult> known)
    {
        (_stream, _path) = (stream, path);
        Load(known);
    }

    /// <summary>Opens the journal of a folder, or starts it.</summary>
    /// <param name="folder">The folder, made if need be.</param>
    /// <param name="known">Takes every result on disk with its key; of one key the last counts. Nothing is held here,
    /// because a journal holds every image that was ever looked at.</param>
    /// <param name="waiting">Called once if another run has the journal, which is waited for.</param>
    public static ProbeJournal Open(string folder, Action<UInt128, ProbeResult> known, Action? waiting = null,
        CancellationToken cancel = default)
    {
        var path = Path.Combine(folder, "probe-5.journal");
        try
        {
            Directory.CreateDirectory(folder);
            return new(FileLock.Wait(path, waiting, cancel), path, known);
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            throw FileFault.Of($"Cannot open the cache '{path}'", e,
                "free some disk space, or set FACEBIAS_HOME to a folder you can write");
        }
    }

    /// <summary>What a result depends on: path, size, time of change and limit; null where the file cannot be
    /// seen.</summary>
    public static UInt128? Key(string path, long maxPixels)
    {
        // A service would have to be asked, which takes as long as to look again.
        if (StoredFile.LocalFile(path) is not { } file || new FileInfo(file) is not { Exists: true } info)
            return null;
        try
        {
            var text = Encoding.UTF8.GetBytes(
                $"{info.FullName}{path[file.Length..]}\0{info.Length}\0{info.LastWriteTimeUtc.Ticks}\0{maxPixels}");
            return BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(text));
        }
        catch (IOException)
        {
            return null; // It vanished between the two looks.
        }
    }

    public void Add(UInt128 key, in ProbeResult result)
    {
        var problem = result.Problem is null ? []
            : Encoding.UTF8.GetBytes(result.Problem[..Math.Min(result.Problem.Length, LongestProblem)]);
        var record = new byte[Prefix + Fixed + problem.Length];
        var content = record.AsSpan(Prefix);
        BinaryPrimitives.WriteUInt128LittleEndian(content, key);
        result.Sha256.CopyTo(content[16..]);
        BinaryPrimitives.WriteUInt64LittleEndian(content[48..], result.PHash);
        BinaryPrimitives.WriteInt32LittleEndian(content[56..], result.Width);
        BinaryPrimitives.WriteInt32LittleEndian(content[60..], result.Height);
        (content[64], content[65]) = ((byte)result.Format, (byte)result.Traits);
        BinaryPrimitives.WriteUInt64LittleEndian(content[66..], result.DHash);
        MemoryMarshal.Write(content[Scores..], result.Quality);
        problem.CopyTo(content[Fixed..]);
        BinaryPrimitives.WriteUInt16LittleEndian(record, (ushort)content.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(2), Checksum(content));
        lock (_lock)
        {
            try
            {
                _stream.Write(record);
            }
            catch (IOException e)
            {
                throw FileFault.Of($"Cannot write the cache '{_path}'", e,
                    "free some disk space or choose another folder");
            }
        }
    }

    public void Dispose() => _stream.Dispose();

    private void Load(Action<UInt128, ProbeResult> known)
    {
        using var reader = new BinaryReader(_stream, Encoding.UTF8, leaveOpen: true);
        var good = 0L;
        if (reader.ReadBytes(Magic.Length).AsSpan().SequenceEqual(Magic))
        {
            good = Magic.Length;
            while (_stream.Length - good >= Prefix)
            {
                var length = reader.ReadUInt16();
                var checksum = reader.ReadUInt32();
                var content = reader.ReadBytes(length);
                if (content.Length != length || length < Fixed || Checksum(content) != checksum)
                    break;
                known(BinaryPrimitives.ReadUInt128LittleEndian(content), Parse(content));
                good += Prefix + length;
            }
        }
        _stream.SetLength(good);
        _stream.Position = good;
        if (good == 0)
            _stream.Write(Magic);
    }

    private static ProbeResult Parse(ReadOnlySpan<byte> content) => new(
        content.Length > Fixed ? Encoding.UTF8.GetString(content[Fixed..]) : null,
        new Digest(content[16..]), BinaryPrimitives.ReadUInt64LittleEndian(content[48..]), (ImageFormat)content[64],
        BinaryPrimitives.ReadInt32LittleEndian(content[56..]), BinaryPrimitives.ReadInt32LittleEndian(content[60..]),
        (ImageTraits)content[65],
        MemoryMarshal.Read<PictureQuality>(content[Scores..]), BinaryPrimitives.ReadUInt64LittleEndian(content[66..]));

    /// <summary>FNV-1a over 32 bits: enough to tell a torn record from a whole one.</summary>
    private static uint Checksum(ReadOnlySpan<byte> content)
    {
        var sum = 2166136261u;
        foreach (var b in content)
            sum = (sum ^ b) * 16777619;
        return sum;
    }
}
