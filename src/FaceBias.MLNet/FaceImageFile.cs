using System.Buffers;
using FaceBias.Core.Imaging;
using Microsoft.ML.Data;

namespace FaceBias.MLNet;

/// <summary>Picture files for a prediction engine, prepared as <c>facebias predict</c> does: of the model's size, so that
/// ML.NET has nothing to resize and the numbers are the same.</summary>
public static class FaceImageFile
{
    private static readonly ImageDecoder s_decoder = new();

    /// <summary>Reads a picture into the model's size.</summary>
    /// <param name="bytes">A whole file: JPEG, PNG, GIF, WebP, TIFF or AVIF.</param>
    /// <param name="input">The model's input.</param>
    /// <param name="maxPixels">Pictures with more pixels are refused by their header, before anything is allocated.</param>
    /// <returns>A picture of the input's size, which the caller disposes.</returns>
    /// <exception cref="FaceBiasException">It cannot be read, or is too large.</exception>
    public static MLImage Read(byte[] bytes, ImageSpec input, long maxPixels = ImageDecoder.DefaultMaxPixels)
    {
        ArgumentNullException.ThrowIfNull(input);
        var decoder = maxPixels == ImageDecoder.DefaultMaxPixels ? s_decoder : new ImageDecoder { MaxPixels = maxPixels };
        var size = input.Width * input.Height;
        // Fresh arrays of this size would have the garbage collector look at everything every few predictions.
        var planes = ArrayPool<float>.Shared.Rent(input.Length);
        var bgra = ArrayPool<byte>.Shared.Rent(4 * size);
        try
        {
            if (decoder.Decode(bytes, input, planes.AsSpan(0, input.Length)) is { Ok: false, Problem: var problem })
                throw new FaceBiasException($"The picture cannot be used: {problem}.");
            // The decoder's levels are whole numbers.
            for (var i = 0; i < size; i++)
                (bgra[4 * i], bgra[4 * i + 1], bgra[4 * i + 2], bgra[4 * i + 3]) = ((byte)planes[2 * size + i], (byte)planes[size + i], (byte)planes[i], byte.MaxValue);
            return MLImage.CreateFromPixels(input.Width, input.Height, MLPixelFormat.Bgra32, bgra.AsSpan(0, 4 * size));
        }
        finally
        {
            ArrayPool<float>.Shared.Return(planes);
            ArrayPool<byte>.Shared.Return(bgra);
        }
    }
}
