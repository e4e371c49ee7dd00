using System.Runtime.InteropServices;
using System.Text;
using NetVips;

namespace FaceBias.Synthesis;

/// <summary>From a drawing to the bytes of a picture file: libvips rasterises the SVG, sensor noise is added
/// here.</summary>
internal static class FaceRenderer
{
    /// <summary>RGB pixels, 8 bit, interleaved, <paramref name="pixels"/> x <paramref name="pixels"/>.</summary>
    public static byte[] Rasterise(string svg, int pixels)
    {
        using var drawn = Image.SvgloadBuffer(Encoding.UTF8.GetBytes(svg));
        using var flat = drawn.Flatten();
        using var rgb = flat.Colourspace(Enums.Interpretation.Srgb);
        if (rgb.Width != pixels || rgb.Height != pixels || rgb.Bands != 3)
            throw new InvalidOperationException($"The drawing became {rgb.Width}x{rgb.Height}x{rgb.Bands}.");
        return rgb.WriteToMemory<byte>();
    }

    /// <summary>Multiplies what falls on the sensor: a shaded side, too little light or too much, which
    /// clips.</summary>
    public static void Expose(Span<byte> rgb, int pixels, SynthLight light)
    {
        if (light == SynthLight.Soft)
            return;
        for (var y = 0; y < pixels; y++)
            for (var x = 0; x < pixels; x++)
            {
                var across = (x + 0.5) / pixels;
                var gain = light switch
                {
                    SynthLight.Left => 1.22 - 0.72 * FaceShape.Smooth(0.1, 0.95, across),
                    SynthLight.Right => 1.22 - 0.72 * FaceShape.Smooth(0.1, 0.95, 1 - across),
                    SynthLight.Dim => 0.55,
                    _ => 1.17,
                };
                foreach (ref var value in rgb.Slice(3 * (y * pixels + x), 3))
                    value = (byte)Math.Min(255, value * gain + 0.5);
            }
    }

    /// <summary>Adds noise of a standard deviation given as a share of full scale: mostly brightness, some
    /// colour.</summary>
    public static void AddNoise(Span<byte> rgb, double deviation, SynthRandom random)
    {
        if (deviation <= 0)
            return;
        var scale = 255 * deviation;
        for (var i = 0; i < rgb.Length; i += 3)
        {
            // One draw gives four 16-bit uniforms; a uniform of unit variance has width sqrt(12).
            var bits = random.Next();
            var grey = Part(bits, 0);
            for (var c = 0; c < 3; c++)
                rgb[i + c] = (byte)Math.Clamp(rgb[i + c] + scale * (0.85 * grey + 0.53 * Part(bits, c + 1)) + 0.5, 0,
                    255);
        }

        static double Part(ulong bits, int at) => ((bits >> 16 * at & 0xFFFF) / 65535.0 - 0.5) * 3.4641016151377544;
    }

    /// <summary>The picture as JPEG of a quality, or as PNG, without metadata.</summary>
    public static byte[] Encode(ReadOnlySpan<byte> rgb, int pixels, SynthFormat format, int quality)
    {
        using var image = Image.NewFromMemoryCopy(rgb.ToArray().AsSpan(), pixels, pixels, 3, Enums.BandFormat.Uchar);
        return format == SynthFormat.Png
            ? image.PngsaveBuffer(compression: 6, keep: Enums.ForeignKeep.None)
            : image.JpegsaveBuffer(q: quality, keep: Enums.ForeignKeep.None);
    }
}
