namespace FaceBias.Onnx.Import;

/// <summary>TensorFlow's ways to pad a window.</summary>
internal enum WindowPadding
{
    /// <summary>No padding.</summary>
    Valid,

    /// <summary>So that the output has ceil(input / stride) places; an odd rest goes to the bottom and right.</summary>
    Same,

    Explicit,
}

/// <summary>How a window moves over a picture; pairs are height, width, and pads top, left, bottom, right.</summary>
internal sealed record Window(int[] Strides, WindowPadding Padding, int[] Dilations, int[] Pads)
{
    public Window(int[] strides, WindowPadding padding) : this(strides, padding, [1, 1], [0, 0, 0, 0]) { }
}

/// <summary>Convolutions and pooling.</summary>
internal sealed partial class ChannelsFirstEmitter
{
    /// <summary>A convolution with weights [kh, kw, in / groups, out].</summary>
    public GraphValue Conv2D(GraphValue input, GraphValue weights, Window window)
    {
        var kernel = NeedConstant(weights, "weights");
        if (kernel.Rank != 4 || kernel.Length == 0)
            throw Refuse($"has weights of shape {weights}; 4 dimensions are needed.");
        var (kh, kw, depth, filters) = (kernel.Shape[0], kernel.Shape[1], kernel.Shape[2], kernel.Shape[3]);
        if (input.Rank == 4 && (input.Channels % depth != 0 || filters % (input.Channels / depth) != 0))
            throw Refuse($"has weights {weights} that do not fit its input {input}.");
        return Convolution(
            input, kernel.Transposed(3, 2, 0, 1), [filters, depth, kh, kw], i => i.Channels / depth, window);
    }

    /// <summary>A convolution of each channel on its own with weights [kh, kw, in, multiplier].</summary>
    public GraphValue DepthwiseConv2D(GraphValue input, GraphValue weights, Window window)
    {
        var kernel = NeedConstant(weights, "weights");
        if (kernel.Rank != 4 || kernel.Length == 0)
            throw Refuse($"has weights of shape {weights}; 4 dimensions are needed.");
        var (kh, kw, channels, multiplier) = (kernel.Shape[0], kernel.Shape[1], kernel.Shape[2], kernel.Shape[3]);
        if (input.Rank == 4 && input.Channels != channels)
            throw Refuse($"has weights {weights} that do not fit its input {input}.");
        return Convolution(
            input, kernel.Transposed(2, 3, 0, 1), [channels * multiplier, 1, kh, kw], i => i.Channels, window);
    }

    private GraphValue Convolution(GraphValue input, float[] weights, long[] dims, Func<GraphValue, int> groups,
        Window window)
    {
        // Padding of its own is exact to merge: both pad with zeros.
        var source = Planes(input.Inner ?? input);
        var (pads, height, width) = Place(input, [(int)dims[2], (int)dims[3]], window);
        for (var i = 0; i < 4; i++)
            pads[i] += input.InnerPads[i];
        var name = graph.Add("Conv", [source.Name!, graph.Constant(weights, dims)],
        [
            ("kernel_shape", new[] { dims[2], dims[3] }), ("strides", Longs(window.Strides)), ("pads", Longs(pads)),
            ("dilations", Longs(window.Dilations)), ("group", groups(source)),
        ]);
        return GraphValue.Of(name, [input.Shape[0], height, width, (int)dims[0]], true);
    }

    /// <summary>"MaxPool" or "AveragePool". TensorFlow's average leaves padding out of the count, and so does
    /// ONNX.</summary>
    public GraphValue Pool(string op, GraphValue input, int[] size, Window window)
    {
        if (size.Any(s => s < 1))
            throw Refuse($"pools windows of {size[0]} x {size[1]}.");
        if (window.Dilations is not [1, 1])
            throw Refuse("pools with dilation, which is not supported.");
        var (pads, height, width) = Place(input, size, window);
        var source = input;
        // A window that reaches at least one place of a map without negative values finds the same maximum beside zeros
        // as beside minus infinity.
        int[] reach = [size[0], size[1], size[0], size[1]];
        if (op == "MaxPool" && input.Inner is { NonNegative: true } inner
            && input.InnerPads.Zip(reach).All(p => p.First < p.Second))
        {
            source = inner;
            for (var i = 0; i < 4; i++)
                pads[i] += input.InnerPads[i];
        }
        var name = graph.Add(op, [Planes(source).Name!],
            [("kernel_shape", Longs(size)), ("strides", Longs(window.Strides)), ("pads", Longs(pads))]);
        var result = GraphValue.Of(name, [input.Shape[0], height, width, input.Channels], true);
        return input.NonNegative || input.Inner is { NonNegative: true } ? result.AsNonNegative() : result;
    }

    /// <summary>Pads and output size of a window.</summary>
    private (int[] Pads, int Height, int Width) Place(GraphValue input, int[] size, Window window)
    {
        if (input.Rank != 4)
            throw Refuse($"takes a picture of 4 dimensions but gets {input}.");
        if (window.Strides.Any(s => s is < 1 or > 4096) || window.Dilations.Any(d => d is < 1 or > 4096))
            throw Refuse($"has strides {string.Join(" x ", window.Strides)} and dilations "
                + $"{string.Join(" x ", window.Dilations)}; both must be 1 to 4096.");
        var pads = (int[])window.Pads.Clone();
        var output = new int[2];
        for (var d = 0; d < 2; d++)
        {
            var extent = input.Shape[1 + d];
            var reach = (size[d] - 1) * window.Dilations[d] + 1;
            if (window.Padding == WindowPadding.Same)
            {
                output[d] = (extent + window.Strides[d] - 1) / window.Strides[d];
                var total = Math.Max((output[d] - 1) * window.Strides[d] + reach - extent, 0);
                (pads[d], pads[d + 2]) = (total / 2, total - total / 2);
            }
            else
                output[d] = (extent + pads[d] + pads[d + 2] - reach) / window.Strides[d] + 1;
            if (extent + pads[d] + pads[d + 2] < reach)
                throw Refuse($"has a window of {reach} that is larger than its input {input}.");
        }
        return (pads, output[0], output[1]);
    }

    /// <summary>Zeros (or another value) around a picture or before and after any dimension.</summary>
    public GraphValue Pad(GraphValue input, IReadOnlyList<(int Before, int After)> pads, float value = 0)
    {
        if (pads.Count != input.Rank || pads.Any(p => p.Before is < 0 or > 4096 || p.After is < 0 or > 4096)
            || pads[0] != (0, 0))
            throw Refuse($"has padding that does not fit its input {input}.");
        var begin = new long[input.Rank];
        var end = new long[input.Rank];
        for (var d = 0; d < input.Rank; d++)
            (begin[StoredAxis(input, d)], end[StoredAxis(input, d)]) = pads[d];
        var stored = input.ChannelsFirst ? input.Name! : Natural(input);
        // ONNX Runtime 1.31 merges a Pad with zeros into a following MaxPool, which pads with minus infinity; it leaves
        // one that names its axes alone.
        long[] axes = [.. Enumerable.Range(0, input.Rank).Select(d => (long)d)];
        var name = graph.Add("Pad", stored, graph.Constant([.. begin, .. end]), graph.Constant(value),
            graph.Constant(axes));
        int[] shape = [input.Shape[0],
            .. Enumerable.Range(1, input.Rank - 1).Select(d => input.Shape[d] + pads[d].Before + pads[d].After)];
        var picture = input.Rank == 4 && value == 0 && pads[3] == (0, 0) && input.Inner is null;
        if (!picture)
            return GraphValue.Of(name, shape, input.ChannelsFirst);
        var padded = GraphValue.Of(name, shape, input.ChannelsFirst);
        return padded.Around(input, [pads[1].Before, pads[2].Before, pads[1].After, pads[2].After]);
    }

    private static long[] Longs(int[] values) => [.. values.Select(v => (long)v)];
}
