namespace FaceBias.Core.Explaining.Superpixels;

/// <summary>CIE L*a*b* of sRGB under D65 and the 2 degree observer, with scikit-image's constants.</summary>
internal static class LabColours
{
    private const double WhiteX = 0.95047, WhiteZ = 1.08883;

    /// <param name="rgb">Planes R, G, B.</param>
    /// <param name="offset">What is taken off each value first.</param>
    /// <param name="factor">What brings the values to 0..1 then.</param>
    /// <returns>L, a, b of each pixel, one pixel after the other.</returns>
    public static double[] From(ReadOnlySpan<float> rgb, double offset, double factor)
    {
        var size = rgb.Length / 3;
        var lab = new double[rgb.Length];
        for (var i = 0; i < size; i++)
        {
            double r = Linear((rgb[i] - offset) * factor), g = Linear((rgb[size + i] - offset) * factor),
                b = Linear((rgb[2 * size + i] - offset) * factor);
            double x = Root((0.412453 * r + 0.357580 * g + 0.180423 * b) / WhiteX),
                y = Root(0.212671 * r + 0.715160 * g + 0.072169 * b),
                z = Root((0.019334 * r + 0.119193 * g + 0.950227 * b) / WhiteZ);
            (lab[3 * i], lab[3 * i + 1], lab[3 * i + 2]) = (116 * y - 16, 500 * (x - y), 200 * (y - z));
        }
        return lab;
    }

    private static double Linear(double v) => v > 0.04045 ? Math.Pow((v + 0.055) / 1.055, 2.4) : v / 12.92;

    private static double Root(double t) => t > 0.008856 ? Math.Cbrt(t) : 7.787 * t + 16.0 / 116;
}
