using FaceBias.Core.Explaining.Superpixels;
using FaceBias.Core.Imaging;

namespace FaceBias.Core.Explaining.Scoring;

/// <summary>Pictures without what they show, to put in place of parts that are hidden.</summary>
internal static class PictureFill
{
    /// <summary>Standard deviation of the blur as a share of the shorter side.</summary>
    private const double BlurShare = 0.08;

    /// <summary>The picture that hidden parts come from.</summary>
    public static float[] Make(HiddenFill fill, ReadOnlySpan<float> picture, ImageSpec spec, Segmentation? segments)
    {
        if (fill == HiddenFill.SuperpixelMean)
            return (segments
                ?? throw new FaceBiasException(
                    $"The fill '{fill}' needs superpixels, which this method has none of; choose "
                        + $"{HiddenFill.PictureMean} or {HiddenFill.Blur}.")).MeanColours(picture);
        if (fill == HiddenFill.Blur)
            return Blur(picture, spec, BlurShare * Math.Min(spec.Width, spec.Height));
        var (result, size) = (new float[picture.Length], spec.Width * spec.Height);
        for (var c = 0; c < 3; c++)
        {
            result.AsSpan(c * size, size).Fill(fill switch
            {
                HiddenFill.Black => 0,
                HiddenFill.Grey => 127.5f,
                _ => (float)(Sum(picture.Slice(c * size, size)) / size),
            });
        }
        return result;
    }

    /// <summary>A Gaussian blur that mirrors the picture at its edges.</summary>
    public static float[] Blur(ReadOnlySpan<float> picture, ImageSpec spec, double deviation)
    {
        var reach = (int)Math.Ceiling(3 * deviation);
        double[] kernel =
            [.. Enumerable.Range(-reach, 2 * reach + 1).Select(i => Math.Exp(-0.5 * i * i / (deviation * deviation)))];
        var sum = kernel.Sum();
        var (w, h) = (spec.Width, spec.Height);
        var across = new float[picture.Length];
        var result = new float[picture.Length];
        for (var plane = 0; plane < picture.Length; plane += w * h)
        {
            for (var i = 0; i < w * h; i++)
            {
                double v = 0;
                for (var k = -reach; k <= reach; k++)
                    v += kernel[k + reach] * picture[plane + i / w * w + Mirror(i % w + k, w)];
                across[plane + i] = (float)(v / sum);
            }
            for (var i = 0; i < w * h; i++)
            {
                double v = 0;
                for (var k = -reach; k <= reach; k++)
                    v += kernel[k + reach] * across[plane + Mirror(i / w + k, h) * w + i % w];
                result[plane + i] = (float)(v / sum);
            }
        }
        return result;
    }

    private static int Mirror(int i, int n)
    {
        for (; ; )
        {
            if (i < 0)
                i = -i - 1;
            else if (i >= n)
                i = 2 * n - 1 - i;
            else
                return i;
        }
    }

    private static double Sum(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (var v in values)
            sum += v;
        return sum;
    }
}

/// <summary>What takes the place of a part that is hidden.</summary>
public enum HiddenFill
{
    /// <summary>The mean colour of its own superpixel, as LIME is published.</summary>
    SuperpixelMean,

    /// <summary>The mean colour of the whole picture.</summary>
    PictureMean,

    /// <summary>The picture, strongly blurred.</summary>
    Blur,

    /// <summary>Black.</summary>
    Black,

    /// <summary>Mid grey.</summary>
    Grey,
}
