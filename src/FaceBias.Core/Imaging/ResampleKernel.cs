namespace FaceBias.Core.Imaging;

/// <summary>Filters that <see cref="Resampler"/> knows.</summary>
internal enum ResampleFilter
{
    /// <summary>A triangle as wide as one source pixel each side (wider when scaling down): Pillow's
    /// BILINEAR.</summary>
    Triangle,

    /// <summary>The windowed sinc of three lobes: Pillow's LANCZOS.</summary>
    Lanczos3,
}

/// <summary>The weights of one direction of a resampling: output <c>i</c> is the sum of <c>Weights[i * Taps + t]</c>
/// times source <c>Starts[i] + t</c>. This is Pillow's algorithm to the last bit (libImaging/Resample.c): the filter is
/// scaled by the factor of reduction, so it antialiases; weights are normalised in double, then rounded to 22
/// fractional bits.</summary>
internal sealed class ResampleKernel
{
    /// <summary>Fractional bits of a weight: 32 less 8 of the pixel less 2 of headroom for a filter's
    /// overshoot.</summary>
    public const int FractionBits = 32 - 8 - 2;

    /// <summary>Weights for <paramref name="outputs"/> samples of the source interval [<paramref name="from"/>,
    /// <paramref name="to"/>) of a line of <paramref name="inputs"/> pixels.</summary>
    public ResampleKernel(int inputs, double from, double to, int outputs, ResampleFilter filter)
    {
        // Pillow passes the box in single precision.
        var (left, right) = ((float)from, (float)to);
        var scale = (double)(right - left) / outputs;
        var widening = Math.Max(scale, 1.0);
        var support = (filter == ResampleFilter.Triangle ? 1.0 : 3.0) * widening;
        Taps = ((int)Math.Ceiling(support) * 2 + 1 + Resampler.GreyLanes - 1) / Resampler.GreyLanes
            * Resampler.GreyLanes;
        Starts = new int[outputs];
        Counts = new int[outputs];
        Weights = new int[outputs * Taps];
        var weights = new double[Taps];
        for (var i = 0; i < outputs; i++)
        {
            var center = left + (i + 0.5) * scale;
            var start = Math.Max((int)(center - support + 0.5), 0);
            var count = Math.Min((int)(center + support + 0.5), inputs) - start;
            var sum = 0.0;
            for (var t = 0; t < count; t++)
                sum += weights[t] = Value(filter, (t + start - center + 0.5) * (1.0 / widening));
            for (var t = 0; t < count; t++)
            {
                var weight = (sum == 0 ? weights[t] : weights[t] / sum) * (1 << FractionBits);
                Weights[i * Taps + t] = (int)(weight < 0 ? weight - 0.5 : weight + 0.5);
            }
            (Starts[i], Counts[i]) = (start, count);
        }
    }

    /// <summary>Room for weights per output, a whole number of vectors.</summary>
    public int Taps { get; }

    /// <summary>First source pixel per output.</summary>
    public int[] Starts { get; }

    /// <summary>Number of source pixels per output, at most <see cref="Taps"/>.</summary>
    public int[] Counts { get; }

    /// <summary>The weights, <see cref="Taps"/> per output, zero beyond its count.</summary>
    public int[] Weights { get; }

    private static double Value(ResampleFilter filter, double x)
    {
        if (filter == ResampleFilter.Triangle)
            return Math.Max(1.0 - Math.Abs(x), 0.0);
        return x is >= -3.0 and < 3.0 ? Sinc(x) * Sinc(x / 3) : 0.0;
    }

    private static double Sinc(double x) => x == 0 ? 1.0 : Math.Sin(x * Math.PI) / (x * Math.PI);
}
