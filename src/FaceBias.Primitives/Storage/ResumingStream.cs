namespace FaceBias.Primitives.Storage;

/// <summary>An answer of a server that is being read.</summary>
/// <param name="Content">The bytes.</param>
/// <param name="Length">How many these are; <see cref="long.MaxValue"/> where the server does not say.</param>
/// <param name="Version">The object's version (ETag).</param>
internal readonly record struct AnswerBody(Stream Content, long Length, string? Version);

/// <summary>Reads an object to its end; where the connection breaks, it asks for the rest.</summary>
internal sealed class ResumingStream : ReadOnlyStream
{
    private const int MostBreaks = 6;

    private readonly Func<long, long, string?, AnswerBody> _open;
    private readonly Func<Exception, FaceBiasException?> _explain;
    private readonly CancellationToken _cancel;
    private readonly string? _version;
    private Stream _body;
    private long _at;
    private long _left;
    private bool _toItsEnd;
    private int _breaks;

    /// <summary>Opens an object.</summary>
    /// <param name="open">Opens it from a byte on: offset, most bytes, the version that it must be.</param>
    public ResumingStream(long offset, long length, Func<long, long, string?, AnswerBody> open,
        Func<Exception, FaceBiasException?> explain, CancellationToken cancel)
    {
        (_open, _explain, _cancel, _at) = (open, explain, cancel, offset);
        (_body, _left, _version) = open(offset, length, null);
        _toItsEnd = _left == long.MaxValue;
    }

    public override int Read(Span<byte> buffer)
    {
        if (_left == 0 || buffer.Length == 0)
            return 0;
        while (true)
        {
            _cancel.ThrowIfCancellationRequested();
            Exception broken;
            try
            {
                var read = _body.Read(buffer[..(int)Math.Min(buffer.Length, _left)]);
                if (read > 0)
                {
                    (_at, _left, _breaks) = (_at + read, _toItsEnd ? _left : _left - read, 0);
                    return read;
                }
                if (_toItsEnd)
                {
                    _left = 0;
                    return 0;
                }
                broken = new EndOfStreamException("it ended before its end");
            }
            catch (Exception e) when (e is not FaceBiasException && _explain(e) is not null)
            {
                broken = e;
            }
            // Without progress between them, some breaks in a row are more than bad luck.
            if (++_breaks > MostBreaks)
                throw _explain(broken) ?? broken;
            _cancel.WaitHandle.WaitOne(50 << _breaks);
            Drop();
            (_body, _left, _) = _open(_at, _left, _version);
            _toItsEnd = _left == long.MaxValue;
        }
    }

    /// <summary>A body that broke off may complain of its checksum.</summary>
    private void Drop()
    {
        try
        {
            _body.Dispose();
        }
        catch (Exception e) when (_explain(e) is not null)
        {
            // The rest is asked for.
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _body.Dispose();
        base.Dispose(disposing);
    }
}
