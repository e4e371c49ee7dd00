using FaceBias.Onnx.Gradients;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Runtime;
using Microsoft.ML.OnnxRuntime;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Tests.Gradients;

/// <summary>Every formulation of a convolution's gradients against plain loops in double.</summary>
public class ConvolutionGradientTests
{
    private sealed class Forced(string input, string weights) : ConvolutionChoices
    {
        public override string ForInput(ConvolutionShape s) => input;
        public override string ForWeights(ConvolutionShape s) => weights;
    }

    // Batch, in, out, groups, height, width, kernel, strides, dilations, pads (top, left, bottom, right).
    private static readonly long[][] Shapes =
    [
        [2, 3, 4, 1, 6, 5, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1],
        [2, 3, 4, 1, 6, 5, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1],
        [2, 3, 4, 1, 7, 5, 3, 2, 2, 3, 1, 1, 0, 1, 2, 0],
        [2, 3, 4, 1, 5, 6, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0],
        [2, 3, 4, 1, 5, 6, 1, 1, 2, 2, 1, 1, 0, 0, 0, 0],
        [1, 2, 2, 1, 9, 8, 3, 3, 1, 1, 2, 3, 2, 0, 1, 3],
        [1, 2, 3, 1, 9, 9, 5, 5, 2, 2, 1, 1, 2, 2, 2, 2],
        [2, 4, 6, 2, 5, 5, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1],
        [2, 4, 6, 2, 6, 6, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1],
        [2, 4, 4, 4, 5, 6, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1],
        [2, 4, 4, 4, 6, 7, 3, 3, 2, 2, 1, 1, 0, 0, 1, 1],
        [1, 3, 6, 3, 5, 5, 3, 3, 1, 1, 1, 1, 0, 0, 0, 0],
        [2, 3, 5, 1, 5, 4, 2, 3, 1, 1, 1, 1, 3, 3, 0, 2],
    ];

    public static TheoryData<int, string, string> Formulations()
    {
        var data = new TheoryData<int, string, string>();
        for (var i = 0; i < Shapes.Length; i++)
        {
            var s = Shape(Shapes[i]);
            foreach (var (name, (fits, _)) in ConvolutionGradients.ForInput)
                if (fits(s))
                    data.Add(i, name, "columns");
            foreach (var (name, (fits, _)) in ConvolutionGradients.ForWeights)
                if (fits(s))
                    data.Add(i, "transpose", name);
        }
        return data;
    }

    [Theory, MemberData(nameof(Formulations))]
    public void Formulation_agrees_with_plain_loops(int index, string input, string weights)
    {
        var c = Shapes[index];
        var s = Shape(c);
        var g = new GraphBuilder("conv");
        long[] xs = [s.Batch, s.In, s.Input.H, s.Input.W], ws = [s.Out, s.In / s.Groups, s.Kernel.H, s.Kernel.W];
        long[] ys = [s.Batch, s.Out, s.Output.H, s.Output.W];
        var (x, w, dy) = (GradientCheck.Random(1, xs), GradientCheck.Random(2, ws), GradientCheck.Random(3, ys));
        g.Initializer(Named("x", x, xs));
        g.Initializer(Named("w", w, ws));
        var y = g.Add("Conv", ["x", "w"],
            [("strides", c[8..10]), ("dilations", c[10..12]), ("pads", c[12..16]), ("group", s.Groups)]);
        var loss = g.Add("ReduceSum", [g.Add("Mul", y, g.Initializer(Named("dy", dy, ys)))], [("keepdims", 0L)]);
        var gradients = Gradient.Of(g, loss, ["x", "w"], ValueFacts.Learn(g.Model), new Forced(input, weights));
        foreach (var name in new[] { gradients["x"], gradients["w"] })
            g.Graph.Output.Add(new ValueInfoProto { Name = name });

        using var options = OrtEnvironment.Options(2);
        using var session = OrtEnvironment.Create(OnnxFile.ToBytes(g.Model), options, "the convolution");
        using var run = new RunOptions();
        using var values = session.Run(run, [], [], [gradients["x"], gradients["w"]]);
        var (dx, dw) = Loops(s, x, w, dy);
        AssertClose(dx, values[0].GetTensorDataAsSpan<float>());
        AssertClose(dw, values[1].GetTensorDataAsSpan<float>());
    }

    private static void AssertClose(double[] expected, ReadOnlySpan<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) < 1e-4, $"[{i}] expected {expected[i]}, was {actual[i]}");
    }

    private static TensorProto Named(string name, double[] values, long[] shape)
    {
        var t = GradientCheck.Tensor(DataType.Float, values, shape);
        t.Name = name;
        return t;
    }

    private static ConvolutionShape Shape(long[] c)
    {
        long Out(long size, long kernel, long stride, long dilation, long pads) =>
            (size + pads - dilation * (kernel - 1) - 1) / stride + 1;
        return new ConvolutionShape(
            c[0], c[1], c[2], c[3], (c[4], c[5]),
            (Out(c[4], c[6], c[8], c[10], c[12] + c[14]), Out(c[5], c[7], c[9], c[11], c[13] + c[15])),
            (c[6], c[7]), (c[8], c[9]), (c[10], c[11]), (c[12], c[13]));
    }

    private static (double[] Dx, double[] Dw) Loops(ConvolutionShape s, double[] x, double[] w, double[] dy)
    {
        var (dx, dw) = (new double[x.Length], new double[w.Length]);
        var (inner, outer) = (s.In / s.Groups, s.Out / s.Groups);
        for (var n = 0L; n < s.Batch; n++)
            for (var o = 0L; o < s.Out; o++)
                for (var p = 0L; p < s.Output.H; p++)
                    for (var q = 0L; q < s.Output.W; q++)
                    {
                        var g = dy[((n * s.Out + o) * s.Output.H + p) * s.Output.W + q];
                        for (var c = 0L; c < inner; c++)
                            for (var i = 0L; i < s.Kernel.H; i++)
                                for (var j = 0L; j < s.Kernel.W; j++)
                                {
                                    var (row, column) = (p * s.Stride.H + i * s.Dilation.H - s.PadBegin.H,
                                        q * s.Stride.W + j * s.Dilation.W - s.PadBegin.W);
                                    if (row < 0 || row >= s.Input.H || column < 0 || column >= s.Input.W)
                                        continue;
                                    var at = ((n * s.In + o / outer * inner + c) * s.Input.H + row) * s.Input.W
                                        + column;
                                    var to = ((o * inner + c) * s.Kernel.H + i) * s.Kernel.W + j;
                                    dx[at] += g * w[to];
                                    dw[to] += g * x[at];
                                }
                    }
        return (dx, dw);
    }
}
