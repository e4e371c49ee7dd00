namespace FaceBias.Onnx.Tests.Import;

/// <summary>One picture or map, channels last, and TensorFlow's operators on it, written as plainly as possible: what
/// imported models are compared with.</summary>
internal sealed record Picture(int Height, int Width, int Channels, double[] Values)
{
    public double this[int y, int x, int c] =>
        y < 0 || x < 0 || y >= Height || x >= Width ? 0 : Values[(y * Width + x) * Channels + c];

    public static Picture Make(int height, int width, int channels, Func<int, int, int, double> value)
    {
        var values = new double[height * width * channels];
        for (var i = 0; i < values.Length; i++)
            values[i] = value(i / (width * channels), i / channels % width, i % channels);
        return new Picture(height, width, channels, values);
    }

    /// <summary>Whole numbers 0 to 255.</summary>
    public static Picture Random(int height, int width, int seed)
    {
        var random = new Random(seed);
        return Make(height, width, 3, (_, _, _) => random.Next(256));
    }

    public Picture Map(Func<double, double> f) => this with { Values = [.. Values.Select(f)] };

    public Picture PerChannel(Func<double, int, double> f) =>
        Make(Height, Width, Channels, (y, x, c) => f(this[y, x, c], c));

    /// <summary>Padding before and output size as TensorFlow's documentation gives them.</summary>
    private static (int Before, int Size) Place(int size, int kernel, int stride, int dilation, bool same)
    {
        var reach = (kernel - 1) * dilation + 1;
        if (!same)
            return (0, (size - reach) / stride + 1);
        var total = size % stride == 0 ? Math.Max(reach - stride, 0) : Math.Max(reach - size % stride, 0);
        return (total / 2, (size + stride - 1) / stride);
    }

    /// <summary>Weights [k, k, in, out].</summary>
    public Picture Conv(Weights w, int stride, bool same, int dilation = 1)
    {
        var (top, height) = Place(Height, w.Shape[0], stride, dilation, same);
        var (left, width) = Place(Width, w.Shape[1], stride, dilation, same);
        return Make(height, width, w.Shape[3], (y, x, o) =>
        {
            double sum = 0;
            for (var i = 0; i < w.Shape[0]; i++)
                for (var j = 0; j < w.Shape[1]; j++)
                    for (var c = 0; c < Channels; c++)
                        sum += this[y * stride - top + i * dilation, x * stride - left + j * dilation, c]
                            * w[i, j, c, o];
            return sum;
        });
    }

    /// <summary>Weights [k, k, in, multiplier].</summary>
    public Picture Depthwise(Weights w, int stride, bool same)
    {
        var (top, height) = Place(Height, w.Shape[0], stride, 1, same);
        var (left, width) = Place(Width, w.Shape[1], stride, 1, same);
        return Make(height, width, Channels * w.Shape[3], (y, x, o) =>
        {
            double sum = 0;
            for (var i = 0; i < w.Shape[0]; i++)
                for (var j = 0; j < w.Shape[1]; j++)
                    sum += this[y * stride - top + i, x * stride - left + j, o / w.Shape[3]]
                        * w[i, j, o / w.Shape[3], o % w.Shape[3]];
            return sum;
        });
    }

    /// <summary>Maximum or mean over windows; places outside the picture do not count.</summary>
    public Picture Pool(bool maximum, int size, int stride, bool same)
    {
        var (top, height) = Place(Height, size, stride, 1, same);
        var (left, width) = Place(Width, size, stride, 1, same);
        return Make(height, width, Channels, (y, x, c) =>
        {
            var window = new List<double>();
            for (var i = 0; i < size; i++)
                for (var j = 0; j < size; j++)
                    if (y * stride - top + i is var py && x * stride - left + j is var px && py >= 0 && px >= 0
                        && py < Height && px < Width)
                        window.Add(this[py, px, c]);
            return maximum ? window.Max() : window.Average();
        });
    }

    public Picture Pad(int top, int bottom, int left, int right, double value = 0) =>
        Make(Height + top + bottom, Width + left + right, Channels, (y, x, c) =>
            y >= top && x >= left && y < top + Height && x < left + Width ? this[y - top, x - left, c] : value);

    public double[] Mean() =>
        [.. Enumerable.Range(0, Channels).Select(c => Values.Where((_, i) => i % Channels == c).Average())];

    /// <summary>The picture as float32 in planes, the interface of imported models.</summary>
    public float[] Planes()
    {
        var planes = new float[Values.Length];
        for (var i = 0; i < planes.Length; i++)
            planes[i] = (float)this[i / Width % Height, i % Width, i / (Width * Height)];
        return planes;
    }
}

/// <summary>A weight with its shape.</summary>
internal sealed record Weights(int[] Shape, float[] Values)
{
    public double this[int a, int b, int c, int d] => Values[((a * Shape[1] + b) * Shape[2] + c) * Shape[3] + d];

    public static Weights Random(int seed, params int[] shape)
    {
        var random = new Random(seed);
        return new Weights(shape,
            [.. Enumerable.Range(0, shape.Aggregate(1, (a, d) => a * d))
                .Select(_ => (float)(random.NextDouble() * 2 - 1))]);
    }

    public static Weights Of(params float[] values) => new([values.Length], values);

    public static double[] Times(double[] row, Weights matrix) => [.. Enumerable.Range(0, matrix.Shape[1])
        .Select(m => row.Select((v, k) => v * matrix.Values[k * matrix.Shape[1] + m]).Sum())];
}
