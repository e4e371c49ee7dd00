namespace FaceBias.Core.Heads.Methods;

/// <summary>How features are brought to one scale, by the training rows: (x - mean) · factor.</summary>
/// <param name="Mean">Mean of each feature.</param>
/// <param name="Factor">Factor of each, 0 for a feature that never varies.</param>
internal sealed record FeatureScaling(float[] Mean, float[] Factor)
{
    /// <summary>Mean 0 and deviation 1 for every feature.</summary>
    public static FeatureScaling Of(HeadPart train)
    {
        var (rows, width) = (train.Rows, train.Width);
        double[] mean = new double[width], square = new double[width];
        for (var r = 0; r < rows; r++)
        {
            var row = train.Row(r);
            for (var i = 0; i < width; i++)
                mean[i] += row[i];
        }
        for (var i = 0; i < width; i++)
            mean[i] /= rows;
        for (var r = 0; r < rows; r++)
        {
            var row = train.Row(r);
            for (var i = 0; i < width; i++)
                square[i] += (row[i] - mean[i]) * (row[i] - mean[i]);
        }
        var factor = new float[width];
        for (var i = 0; i < width; i++)
        {
            var deviation = Math.Sqrt(square[i] / rows);
            factor[i] = deviation > 1e-6 * (1 + Math.Abs(mean[i])) ? (float)(1 / deviation) : 0;
        }
        return new([.. mean.Select(m => (float)m)], factor);
    }

    /// <summary>Scaled copies of a split's features; the labels are shared.</summary>
    public HeadPart Apply(HeadPart part)
    {
        var scaled = new float[part.Features.Length];
        for (var r = 0; r < part.Rows; r++)
        {
            var row = part.Row(r);
            var to = scaled.AsSpan(r * part.Width, part.Width);
            for (var i = 0; i < to.Length; i++)
                to[i] = (row[i] - Mean[i]) * Factor[i];
        }
        return new(scaled, part.Width, part.Target, part.Values, part.Bias);
    }
}
