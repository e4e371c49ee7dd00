using System.Buffers.Binary;
using System.Numerics;

namespace FaceBias.Reporting;

/// <summary>The framing of TFRecord files, in which TensorBoard keeps its events: length (uint64, little-endian),
/// masked CRC32C of the length, data, masked CRC32C of the data (tensorflow.org/tutorials/load_data/tfrecord,
/// "TFRecords format details").</summary>
internal static class TensorBoardRecord
{
    /// <summary>Bytes around the data.</summary>
    public const int Overhead = 16;

    /// <summary>CRC32C (Castagnoli; reflected polynomial 0x82F63B78, start and end inverted).</summary>
    public static uint Crc32C(ReadOnlySpan<byte> data)
    {
        var crc = ~0u;
        for (; data.Length >= 8; data = data[8..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
        foreach (var b in data)
            crc = BitOperations.Crc32C(crc, b);
        return ~crc;
    }

    /// <summary>The mask of the format: a CRC of data that holds CRCs would be a weak one.</summary>
    public static uint Masked(uint crc) => BitOperations.RotateRight(crc, 15) + 0xa282ead8u;

    public static byte[] Frame(ReadOnlySpan<byte> data)
    {
        var record = new byte[data.Length + Overhead];
        BinaryPrimitives.WriteUInt64LittleEndian(record, (ulong)data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), Masked(Crc32C(record.AsSpan(0, 8))));
        data.CopyTo(record.AsSpan(12));
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(12 + data.Length), Masked(Crc32C(data)));
        return record;
    }

    /// <summary>Reads the next record of a stream; null at its end and at a record that is cut off or
    /// damaged.</summary>
    public static byte[]? Read(Stream stream)
    {
        Span<byte> head = stackalloc byte[12];
        if (stream.ReadAtLeast(head, 12, throwOnEndOfStream: false) < 12
            || BinaryPrimitives.ReadUInt32LittleEndian(head[8..]) != Masked(Crc32C(head[..8])))
            return null;
        var length = BinaryPrimitives.ReadUInt64LittleEndian(head);
        if (length + 4 > (ulong)(stream.Length - stream.Position))
            return null;
        var data = new byte[length];
        Span<byte> tail = stackalloc byte[4];
        stream.ReadExactly(data);
        stream.ReadExactly(tail);
        return BinaryPrimitives.ReadUInt32LittleEndian(tail) == Masked(Crc32C(data)) ? data : null;
    }
}
