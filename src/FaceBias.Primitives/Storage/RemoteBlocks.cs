namespace FaceBias.Primitives.Storage;

/// <summary>Parts of large objects of a service, read in blocks: the members of a tar lie one behind the other, so that
/// one request brings hundreds of small ones. At most 64 MB are kept.</summary>
internal static class RemoteBlocks
{
    private const int BlockSize = 8 << 20, MostBlocks = 8;

    private static readonly Lock s_lock = new();
    private static readonly LinkedList<(string Url, long Index, Lazy<byte[]> Bytes)> s_blocks = new();

    /// <summary>Reads bytes of an object from an offset on.</summary>
    /// <exception cref="FaceBiasException">The service cannot be reached, or the object is shorter.</exception>
    public static void Read(string url, long offset, Span<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var block = Block(url, offset / BlockSize);
            var from = (int)(offset % BlockSize);
            if (from >= block.Length)
                throw new FaceBiasException($"'{url}' became shorter since it was listed; repeat the command.",
                    ErrorKind.Busy);
            var count = Math.Min(bytes.Length, block.Length - from);
            block.AsSpan(from, count).CopyTo(bytes);
            offset += count;
            bytes = bytes[count..];
        }
    }

    /// <summary>The bytes from index · 8 MB on, fewer at the end of the object; readers of one block wait for one
    /// request.</summary>
    private static byte[] Block(string url, long index)
    {
        Lazy<byte[]> bytes;
        lock (s_lock)
        {
            var at = s_blocks.First;
            while (at is not null && (at.Value.Index != index || at.Value.Url != url))
                at = at.Next;
            if (at is null)
            {
                at = new((url, index, new(() => Load(url, index))));
                if (s_blocks.Count == MostBlocks)
                    s_blocks.RemoveLast();
            }
            else
                s_blocks.Remove(at);
            s_blocks.AddFirst(at);
            bytes = at.Value.Bytes;
        }
        try
        {
            return bytes.Value;
        }
        catch
        {
            // The next reader asks again.
            lock (s_lock)
                if (s_blocks.FirstOrDefault(b => b.Bytes == bytes) is { Url: not null } failed)
                    s_blocks.Remove(failed);
            throw;
        }
    }

    private static byte[] Load(string url, long index)
    {
        var (store, name) = ObjectStores.Locate(url);
        using var stream = store.OpenRead(name, index * BlockSize, BlockSize);
        var bytes = new byte[BlockSize];
        var read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return read == bytes.Length ? bytes : bytes[..read];
    }

    /// <summary>An object as a stream that can seek, read anew: it may be another than before.</summary>
    public static Stream Open(string url, long length)
    {
        lock (s_lock)
            foreach (var block in s_blocks.Where(b => b.Url == url).ToArray())
                s_blocks.Remove(block);
        return new BlockStream(url, length);
    }

    private sealed class BlockStream(string url, long length) : ReadOnlyStream
    {
        public override bool CanSeek => true;
        public override long Length => length;
        public override long Position { get; set; }

        public override int Read(Span<byte> buffer)
        {
            var count = (int)Math.Clamp(length - Position, 0, buffer.Length);
            RemoteBlocks.Read(url, Position, buffer[..count]);
            Position += count;
            return count;
        }

        public override long Seek(long offset, SeekOrigin origin) => Position = offset + origin switch
        {
            SeekOrigin.Begin => 0,
            SeekOrigin.Current => Position,
            _ => length,
        };
    }
}
