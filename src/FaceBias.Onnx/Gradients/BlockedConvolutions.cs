using System.Runtime.InteropServices;
using Google.Protobuf;

namespace FaceBias.Onnx.Gradients;

/// <summary>Convolutions in the runtime's blocked layout: channels in blocks of as many as a vector register holds, [N,
/// C/B, H, W, B] in memory, which the runtime describes as [N, C, H, W]. It uses it by itself only where weights are
/// constant; here they are brought into the layout in every step, which costs little beside the images.</summary>
/// <remarks>Kernels are [O/B, I/B, H, W, Bi, Bo], for depthwise convolutions and those of few input channels [O/B, I,
/// H, W, Bo].</remarks>
internal sealed class BlockedConvolutions(GraphBuilder g, ValueFacts facts, int block)
{
    private readonly Dictionary<(long Outer, long Inner, long Taps), string> _reversals = [];

    /// <summary>The runtime's domain of operators in this layout.</summary>
    public const string Domain = "com.microsoft.nchwc";

    /// <summary>Whether a convolution, given by the shapes of its input and kernel, can run in the layout.</summary>
    public bool Fits(long[] x, long[] w, long groups) => x.Length == 4 && w[0] % block == 0
        && (groups == 1 ? x[1] % block == 0 || x[1] < block : groups == x[1] && groups == w[0]);

    /// <summary>Whether the input of such a convolution stays as it is: the first layer's three colours.</summary>
    public bool TakesPlain(long[] x, long groups) => groups == 1 && x[1] < block;

    /// <summary>Adds a node of the runtime's domain.</summary>
    public string Add(string op, ReadOnlySpan<string> inputs, params ReadOnlySpan<(string, object)> attributes)
    {
        var name = g.Add(op, inputs, attributes);
        g.Graph.Node[^1].Domain = Domain;
        return name;
    }

    /// <summary>A plain value in the layout.</summary>
    public string ToBlocked(string plain) => Add("ReorderInput", [plain]);

    /// <summary>The same convolution of a value in the layout.</summary>
    /// <param name="kernel">Its kernel in the layout, or null to make it from the node's.</param>
    public string Convolve(NodeProto conv, string x, string? kernel)
    {
        var shape = facts.Shape(conv.Input[1]);
        kernel ??= Kernel(conv.Input[1], shape, Groups(conv));
        string[] inputs = conv.Input.Count > 2 && conv.Input[2].Length > 0 ? [x, kernel, conv.Input[2]] : [x, kernel];
        var y = Add("Conv", inputs);
        g.Graph.Node[^1].Attribute.Add(conv.Attribute.Where(a => a.Name != "kernel_shape"));
        return y;
    }

    /// <summary>Whether a transposed convolution can run in the layout: strides of two that double height and width,
    /// and as a convolution from its output to its input it fits. Its padding must stand in the node.</summary>
    public bool FitsTransposed(NodeProto node, long[] x, long[] w, long[] y) =>
        x.Length == 4 && x[1] % block == 0 && y[1] % block == 0 && Fits(y, w, Groups(node))
        && Ints(node, "strides", 1) is [2, 2] && Ints(node, "dilations", 1) is [1, 1]
        && y[2] == 2 * x[2] && y[3] == 2 * x[3] && node.Input.Count == 2
        && node.Attribute.All(a => a.Name != "output_shape" && (a.Name != "auto_pad" || a.S.ToStringUtf8() == "NOTSET"))
        && Phases(node, w).All(axis => axis.All(p => p.Before >= 0));

    /// <summary>A transposed convolution with strides of two as four convolutions, one for even and odd rows and
    /// columns each, whose results are interleaved: no product is added up that is zero or thrown away.</summary>
    public string ConvolveTransposed(NodeProto node, string x)
    {
        var (xs, w, ys) = (facts.Shape(node.Input[0]), facts.Shape(node.Input[1]), facts.Shape(node.Output[0]));
        var groups = Groups(node);
        var taps = TurnedTaps(node.Input[1], w, groups);
        var phases = Phases(node, w);
        var rows = phases[0].Select(down => phases[1].Select(right =>
        {
            if (down.Taps.Length == 0 || right.Taps.Length == 0)
                return null;
            var picked = down.Taps.SelectMany(i => right.Taps.Select(j => i * w[3] + j)).ToArray();
            var kernel = Reshape(
                g.Add("Gather", [taps, g.Constant(picked)], [("axis", 1L)]), w[1] * groups, groups == 1 ? w[0] : 1,
                down.Taps.Length, right.Taps.Length);
            return Add("Conv", [x, kernel], ("group", groups),
                ("pads", new[] { down.Before, right.Before, down.After, right.After }));
        }).ToArray()).ToArray();
        long[] quarter = [xs[0] * ys[1] / block * xs[2], 1, xs[3], block];
        if (rows[0][0] is { } only && rows.SelectMany(r => r).Count(v => v is not null) == 1)
            return Reshape(g.Add("Pad", Reshape(only, quarter), g.Constant(0, 0, 0, 0, 0, 1, 0, block), g.Constant(0f)),
                ys);
        var zero = new Lazy<string>(() => g.Add("Expand", g.Constant(0f), g.Constant(quarter.AsSpan())));
        var lines = rows.Select(row => Reshape(
            g.Add("Concat", [.. row.Select(v => v is null ? zero.Value : Reshape(v, quarter))], [("axis", 3L)]),
            quarter[0], 2 * xs[3] * block)).ToArray();
        return Reshape(g.Add("Concat", lines, [("axis", 1L)]), ys);
    }

    public static long Groups(NodeProto node) => node.Attribute.FirstOrDefault(a => a.Name == "group")?.I ?? 1;

    public string Reshape(string value, params ReadOnlySpan<long> shape) => g.Add("Reshape", value, g.Constant(shape));

    private string Kernel(string w, long[] shape, long groups)
    {
        var taps = shape[2] * shape[3];
        if (facts.Turned(w) is { } original && (groups > 1 || shape[1] % block == 0))
        {
            if (groups == 1 && taps > 1)
                return Reshape(Reversed(original, facts.Shape(original), taps), shape);
            var turned = TurnedTaps(original, facts.Shape(original), groups);
            if (taps > 1)
                turned = g.Add("Gather",
                    [turned, g.Constant([.. Enumerable.Range(1, (int)taps).Select(i => taps - i)])], [("axis", 1L)]);
            return Reshape(turned, shape);
        }
        // What brings pixels of channels into blocks also brings any rows of a matrix there.
        var blocks = ToBlocked(Reshape(w, 1, shape[0], shape[1] * taps, 1));
        if (groups == 1 && shape[1] % block == 0 && taps > 1)
            blocks = g.Add(
                "Transpose", [Reshape(blocks, shape[0] / block, shape[1] / block, block, taps, block)],
                [("perm", new long[] { 0, 1, 3, 2, 4 })]);
        return Reshape(blocks, shape);
    }

    /// <summary>The kernel [out, in, h, w] with output and input exchanged and its taps reversed, in one pass: where
    /// each row of a block comes from is known.</summary>
    private string Reversed(string w, long[] shape, long taps)
    {
        var (outer, inner) = (shape[0] / block, shape[1] / block);
        if (!_reversals.TryGetValue((outer, inner, taps), out var rows))
        {
            var from = new List<int>();
            for (var i = 0L; i < inner; i++)
                for (var o = 0L; o < outer; o++)
                    for (var t = taps - 1; t >= 0; t--)
                        for (var b = 0L; b < block; b++)
                            from.Add((int)(((o * block + b) * inner + i) * taps + t));
            _reversals[(outer, inner, taps)] = rows = g.Initializer(new TensorProto
            {
                DataType = (int)TensorProto.Types.DataType.Int32,
                Dims = { from.Count },
                RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes<int>(from.ToArray())),
            });
        }
        return g.Add("Gather",
            [Reshape(ToBlocked(Reshape(w, shape[0], shape[1], taps, 1)), shape[0] * inner * taps, block), rows],
            [("axis", 0L)]);
    }

    /// <summary>The kernel [out, in/groups, h, w] with output and input exchanged, [blocks, taps, elements of a
    /// tap].</summary>
    private string TurnedTaps(string w, long[] shape, long groups)
    {
        var taps = shape[2] * shape[3];
        if (groups > 1)
            return Reshape(ToBlocked(Reshape(w, 1, shape[0], taps, 1)), shape[0] / block, taps, block);
        var blocks = Reshape(ToBlocked(Reshape(w, shape[0], shape[1], taps, 1)), shape[0] / block, block,
            shape[1] / block, taps, block);
        return Reshape(
            g.Add("Transpose", [blocks], [("perm", new long[] { 2, 0, 3, 1, 4 })]),
            shape[0] / block * (shape[1] / block), taps, block * block);
    }

    /// <summary>Which elements of the kernel, last first, even and odd rows (then columns) of the result consist of,
    /// and how many zeros before and after that takes: y = 2 a + r gets x[a + first - t] w[2 t + s] for every t, where
    /// s = (r + pad) mod 2 and first = (r + pad - s) / 2.</summary>
    private static (long[] Taps, long Before, long After)[][] Phases(NodeProto node, long[] w)
    {
        var pads = node.Attribute.FirstOrDefault(a => a.Name == "pads")?.Ints.ToArray() ?? [0, 0, 0, 0];
        return [.. new[] { 0, 1 }.Select(axis => new[] { 0, 1 }.Select(r =>
        {
            var s = (r + pads[axis]) % 2;
            var first = (r + pads[axis] - s) / 2;
            var count = Math.Max(0, (w[2 + axis] - s + 1) / 2);
            long[] taps = [.. Enumerable.Range(1, (int)count).Select(t => 2 * (count - t) + s)];
            return (taps, count == 0 ? 0 : count - 1 - first, first);
        }).ToArray())];
    }

    private static long[] Ints(NodeProto node, string name, long otherwise) =>
        node.Attribute.FirstOrDefault(a => a.Name == name)?.Ints.ToArray() ?? [otherwise, otherwise];
}
