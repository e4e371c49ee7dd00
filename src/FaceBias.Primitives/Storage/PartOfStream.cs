namespace FaceBias.Primitives.Storage;

/// <summary>The next bytes of a stream, as one that ends after them.</summary>
internal sealed class PartOfStream(Stream whole, long length) : ReadOnlyStream
{
    private long _left = length;

    public override int Read(Span<byte> buffer)
    {
        var read = whole.Read(buffer[..(int)Math.Min(buffer.Length, _left)]);
        _left -= read;
        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            whole.Dispose();
        base.Dispose(disposing);
    }
}
