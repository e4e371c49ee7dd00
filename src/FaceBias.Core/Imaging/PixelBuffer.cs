using System.Buffers;

namespace FaceBias.Core.Imaging;

/// <summary>8-bit pixels [height, width, bands] in pooled memory.</summary>
internal sealed class PixelBuffer : IDisposable
{
    private byte[] _bytes = [];

    public int Width { get; private set; }

    public int Height { get; private set; }

    public int Bands { get; private set; }

    /// <summary>The pixels, rows without gaps.</summary>
    public Span<byte> Span => _bytes.AsSpan(0, Width * Height * Bands);

    /// <summary>Makes room for a picture; what was there is lost.</summary>
    public void Allocate(int width, int height, int bands)
    {
        Dispose();
        (Width, Height, Bands) = (width, height, bands);
        _bytes = ArrayPool<byte>.Shared.Rent(checked(width * height * bands));
    }

    public void Dispose()
    {
        if (_bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }
}
