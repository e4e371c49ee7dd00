using FaceBias.Onnx.Training;
using FaceBias.Primitives.Randomness;

namespace FaceBias.Core.Imaging;

/// <summary>Random changes of training pictures that leave their labels as they are. What a picture gets depends on the
/// seed, the picture and its round alone: not on threads, batches or interruptions.</summary>
internal sealed record Augmentation
{
    public static Augmentation None { get; } = new();

    /// <summary>Mirrored in half of the cases.</summary>
    public static Augmentation Mirror { get; } = new() { Flip = 0.5 };

    /// <summary>Mirrored, cut a little, light and colours changed a little.</summary>
    public static Augmentation Light
        { get; } = new() { Flip = 0.5, SmallestArea = 0.8, LargestRatio = 1.1, Jitter = 0.15 };

    /// <summary>As <see cref="Light"/> but further, and a part erased in a quarter of the cases.</summary>
    public static Augmentation Strong
        { get; } = new() { Flip = 0.5, SmallestArea = 0.5, LargestRatio = 4.0 / 3, Jitter = 0.4, Erase = 0.25 };

    /// <summary>Probability of being mirrored.</summary>
    public double Flip { get; init; }

    /// <summary>Smallest share of the area that is kept by the random resized crop (Szegedy et al. 2015); 1 for no
    /// crop.</summary>
    public double SmallestArea { get; init; } = 1;

    /// <summary>Largest ratio by which the crop's proportions differ from the model's, at least 1.</summary>
    public double LargestRatio { get; init; } = 1;

    /// <summary>Largest relative change of brightness, contrast and saturation each, 0 to 1.</summary>
    public double Jitter { get; init; }

    /// <summary>Probability that a rectangle of 2 to 20% of the area is filled with the mean colour (random erasing,
    /// Zhong et al. 2020).</summary>
    public double Erase { get; init; }

    /// <summary>An augmentation by its name on the command line: none, mirror, light, strong.</summary>
    /// <exception cref="FaceBiasException">There is none of that name.</exception>
    public static Augmentation Parse(string name) => name switch
    {
        "none" => None,
        "mirror" => Mirror,
        "light" => Light,
        "strong" => Strong,
        _ => throw new FaceBiasException($"‹Augment› must be none, mirror, light or strong, not '{name}'."),
    };

    /// <summary>Decodes a picture and changes it.</summary>
    /// <param name="spec">The size that the model takes.</param>
    /// <param name="random">The random numbers of this picture in this round.</param>
    /// <param name="pixels"><see cref="ImageSpec.Length"/> floats; untouched if there is a problem.</param>
    /// <returns>Null, or why it cannot be decoded.</returns>
    public string? Decode(ImageDecoder decoder, byte[] bytes, ImageSpec spec, CounterRandom random, Span<float> pixels)
    {
        if (decoder.Decode(bytes, spec, pixels, (w, h, s) => Crop(ImageDecoder.Box(w, h, s), random)).Problem is
            { } problem)
            return problem;
        if (random.Uniform(4) < Flip)
            MirrorRows(pixels, spec.Width);
        if (Jitter > 0)
            Recolour(pixels, random);
        if (random.Uniform(8) < Erase)
            EraseRectangle(pixels, spec, random);
        return null;
    }

    /// <summary>Swaps left and right.</summary>
    public static void MirrorRows(Span<float> planes, int width)
    {
        for (var row = 0; row < planes.Length; row += width)
            planes.Slice(row, width).Reverse();
    }

    private (double Left, double Top, double Right, double Bottom) Crop(
        (double Left, double Top, double Right, double Bottom) box, CounterRandom random)
    {
        if (SmallestArea >= 1 && LargestRatio <= 1)
            return box;
        var area = SmallestArea + (1 - SmallestArea) * random.Uniform(0);
        var ratio = Math.Exp((2 * random.Uniform(1) - 1) * Math.Log(LargestRatio));
        var (fullWidth, fullHeight) = (box.Right - box.Left, box.Bottom - box.Top);
        // Both proportions can be had only where they fit; the longer side gives way.
        var width = fullWidth * Math.Min(1, Math.Sqrt(area * ratio));
        var height = fullHeight * Math.Min(1, Math.Sqrt(area / ratio));
        var left = box.Left + (fullWidth - width) * random.Uniform(2);
        var top = box.Top + (fullHeight - height) * random.Uniform(3);
        return (left, top, left + width, top + height);
    }

    /// <summary>Brightness, then contrast around the mean grey, then saturation around each pixel's grey, as
    /// torchvision's ColorJitter defines them; without its change of hue, which would change skin.</summary>
    private void Recolour(Span<float> pixels, CounterRandom random)
    {
        float Factor(ulong at) => (float)(1 + Jitter * (2 * random.Uniform(at) - 1));
        var (brightness, contrast, saturation) = (Factor(5), Factor(6), Factor(7));
        var size = pixels.Length / 3;
        Span<float> red = pixels[..size], green = pixels.Slice(size, size), blue = pixels[(2 * size)..];
        var sum = 0.0;
        for (var i = 0; i < size; i++)
        {
            (red[i], green[i], blue[i]) =
                (Level(red[i] * brightness), Level(green[i] * brightness), Level(blue[i] * brightness));
            sum += Grey(red[i], green[i], blue[i]);
        }
        var mean = (float)(sum / size);
        for (var i = 0; i < size; i++)
        {
            var (r, g, b) = (Mix(red[i], mean, contrast), Mix(green[i], mean, contrast), Mix(blue[i], mean, contrast));
            var grey = Grey(r, g, b);
            (red[i], green[i], blue[i]) =
                (Mix(r, grey, saturation), Mix(g, grey, saturation), Mix(b, grey, saturation));
        }

        static float Grey(float r, float g, float b) => 0.299f * r + 0.587f * g + 0.114f * b;
        static float Level(float value) => Math.Clamp(value, 0, 255);
        static float Mix(float value, float other, float share) => Level(other + (value - other) * share);
    }

    private static void EraseRectangle(Span<float> pixels, ImageSpec spec, CounterRandom random)
    {
        var area = 0.02 + 0.18 * random.Uniform(9);
        var ratio = Math.Exp((2 * random.Uniform(10) - 1) * Math.Log(3));
        var width = (int)Math.Clamp(spec.Width * Math.Sqrt(area * ratio), 1, spec.Width);
        var height = (int)Math.Clamp(spec.Height * Math.Sqrt(area / ratio), 1, spec.Height);
        var left = (int)((spec.Width - width + 1) * random.Uniform(11));
        var top = (int)((spec.Height - height + 1) * random.Uniform(12));
        var size = spec.Width * spec.Height;
        for (var c = 0; c < 3; c++)
        {
            var plane = pixels.Slice(c * size, size);
            var sum = 0.0;
            foreach (var value in plane)
                sum += value;
            var mean = (float)(sum / size);
            for (var y = top; y < top + height; y++)
                plane.Slice(y * spec.Width + left, width).Fill(mean);
        }
    }
}
