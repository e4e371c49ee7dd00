using FaceBias.Onnx.Gradients;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Runtime;
using FaceBias.Onnx.Tests.Training;
using Microsoft.ML.OnnxRuntime;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Tests.Gradients;

/// <summary>Every rule of the table against central differences, and against PyTorch's gradients.</summary>
public class GradientRuleTests
{
    private delegate string Op(GraphBuilder g, DataType type, string[] x);

    private sealed record Case(Op Build, double Low, double High, params long[][] Shapes);

    private static Op Plain(string op, params (string, object)[] attributes) => (g, _, x) => g.Add(op, x, attributes);

    private static Op WithIntegers(string op, long[] second, params (string, object)[] attributes) =>
        (g, _, x) => g.Add(op, [x[0], g.Constant(second.AsSpan())], attributes);

    private static string Number(GraphBuilder g, DataType type, double value) =>
        g.Initializer(GradientCheck.Tensor(type, [value]));

    private static readonly Dictionary<string, Case> Cases = new()
    {
        ["Add"] = new(Plain("Add"), -2, 2, [2, 3], [2, 3]),
        ["Add bias"] = new(Plain("Add"), -2, 2, [4, 3], [3]),
        ["Add both ways"] = new(Plain("Add"), -2, 2, [2, 1, 3], [4, 1]),
        ["Add scalar"] = new(Plain("Add"), -2, 2, [], [2, 2]),
        ["Sub"] = new(Plain("Sub"), -2, 2, [2, 3], [2, 1]),
        ["Mul"] = new(Plain("Mul"), -2, 2, [2, 3, 2], [3, 1]),
        ["Div"] = new(Plain("Div"), 0.5, 2, [2, 3], [1, 3]),
        ["Div left"] = new(Plain("Div"), 0.5, 2, [3], [2, 3]),
        ["Sum"] = new(Plain("Sum"), -2, 2, [2, 3], [3], [1, 1]),
        ["Min"] = new(Plain("Min"), -2, 2, [2, 3], [3]),
        ["Max"] = new(Plain("Max"), -2, 2, [2, 3], [2, 3], [1, 3]),
        ["Pow"] = new(Plain("Pow"), 0.5, 2, [2, 3], [3]),
        ["Pow integer"] = new((g, t, x) => g.Add("Pow", x[0], Number(g, t, 3)), -2, 2, [2, 3]),
        ["Identity"] = new(Plain("Identity"), -2, 2, [3]),
        ["Dropout"] = new(Plain("Dropout"), -2, 2, [3]),
        ["Cast"] = new((g, t, x) => g.Add("Cast", [x[0]], [("to", (long)t)]), -2, 2, [3]),
        ["Neg"] = new(Plain("Neg"), -2, 2, [3]),
        ["Abs"] = new(Plain("Abs"), -2, 2, [6]),
        ["Exp"] = new(Plain("Exp"), -1, 1, [3]),
        ["Log"] = new(Plain("Log"), 0.5, 2, [3]),
        ["Sqrt"] = new(Plain("Sqrt"), 0.5, 2, [3]),
        ["Reciprocal"] = new(Plain("Reciprocal"), 0.5, 2, [3]),
        ["Erf"] = new(Plain("Erf"), -2, 2, [5]),
        ["Clip"] = new((g, t, x) => g.Add("Clip", x[0], Number(g, t, -0.7), Number(g, t, 0.9)), -2, 2, [9]),
        ["Clip above"] = new((g, t, x) => g.Add("Clip", x[0], "", Number(g, t, 0.9)), -2, 2, [9]),
        ["Relu"] = new(Plain("Relu"), -2, 2, [9]),
        ["LeakyRelu"] = new(Plain("LeakyRelu", ("alpha", 0.2f)), -2, 2, [9]),
        ["PRelu"] = new(Plain("PRelu"), -2, 2, [2, 3, 2], [3, 1]),
        ["Tanh"] = new(Plain("Tanh"), -2, 2, [5]),
        ["Sigmoid"] = new(Plain("Sigmoid"), -2, 2, [5]),
        ["Softplus"] = new(Plain("Softplus"), -2, 2, [5]),
        ["HardSigmoid"] = new(Plain("HardSigmoid", ("alpha", 0.4f)), -2, 2, [9]),
        ["HardSwish"] = new(Plain("HardSwish"), -4, 4, [12]),
        ["Where"] = new(
            (g, _, x) => g.Add("Where", g.Initializer(Tensors.Bool("", [true, false, true], 3)), x[0], x[1]), -2, 2,
            [2, 3], [3]),
        ["Floor"] = new((g, _, x) => g.Add("Add", x[0], g.Add("Floor", x[0])), 0.1, 0.9, [3]),
        ["Ceil"] = new((g, _, x) => g.Add("Add", x[0], g.Add("Ceil", x[0])), 0.1, 0.9, [3]),
        ["Round"] = new((g, _, x) => g.Add("Add", x[0], g.Add("Round", x[0])), 0.1, 0.4, [3]),
        ["Sign"] = new((g, _, x) => g.Add("Add", x[0], g.Add("Sign", x[0])), 0.1, 0.9, [3]),
        ["MatMul"] = new(Plain("MatMul"), -2, 2, [2, 3], [3, 4]),
        ["MatMul rows"] = new(Plain("MatMul"), -2, 2, [2, 5, 3], [3, 4]),
        ["MatMul batched"] = new(Plain("MatMul"), -2, 2, [2, 1, 2, 3], [4, 3, 2]),
        ["MatMul vector left"] = new(Plain("MatMul"), -2, 2, [3], [3, 4]),
        ["MatMul vector right"] = new(Plain("MatMul"), -2, 2, [2, 3], [3]),
        ["MatMul vectors"] = new(Plain("MatMul"), -2, 2, [3], [3]),
        ["Gemm"] = new(Plain("Gemm"), -2, 2, [2, 3], [3, 4], [4]),
        ["Gemm transposed A"] = new(Plain("Gemm", ("transA", 1L), ("alpha", 0.5f)), -2, 2, [3, 2], [3, 4], [2, 1]),
        ["Gemm transposed B"] = new(Plain("Gemm", ("transB", 1L), ("beta", 2f)), -2, 2, [2, 3], [4, 3], [2, 4]),
        ["Gemm transposed both"] = new(Plain("Gemm", ("transA", 1L), ("transB", 1L), ("alpha", 2f)), -2, 2, [3, 2],
            [4, 3]),
        ["ReduceSum"] = new(WithIntegers("ReduceSum", [1], ("keepdims", 0L)), -2, 2, [2, 3, 2]),
        ["ReduceSum all"] = new(Plain("ReduceSum", ("keepdims", 0L)), -2, 2, [2, 3]),
        ["ReduceSum none"] = new(Plain("ReduceSum", ("noop_with_empty_axes", 1L)), -2, 2, [2, 3]),
        ["ReduceMean"] = new(WithIntegers("ReduceMean", [-1, 0]), -2, 2, [2, 3, 2]),
        ["ReduceSumSquare"] = new(WithIntegers("ReduceSumSquare", [1]), -2, 2, [2, 3]),
        ["ReduceL2"] = new(WithIntegers("ReduceL2", [1], ("keepdims", 0L)), 0.5, 2, [2, 3]),
        ["ReduceLogSumExp"] = new(WithIntegers("ReduceLogSumExp", [0]), -2, 2, [2, 3]),
        ["ReduceMax"] = new(WithIntegers("ReduceMax", [1], ("keepdims", 0L)), -2, 2, [2, 5]),
        ["ReduceMin"] = new(WithIntegers("ReduceMin", [0]), -2, 2, [4, 2]),
        ["Softmax"] = new(Plain("Softmax"), -2, 2, [2, 4]),
        ["Softmax axis"] = new(Plain("Softmax", ("axis", 1L)), -2, 2, [2, 3, 2]),
        ["LogSoftmax"] = new(Plain("LogSoftmax"), -2, 2, [2, 4]),
        ["GlobalAveragePool"] = new(Plain("GlobalAveragePool"), -2, 2, [2, 3, 2, 2]),
        ["Reshape"] = new(WithIntegers("Reshape", [3, -1]), -2, 2, [2, 3]),
        ["Flatten"] = new(Plain("Flatten"), -2, 2, [2, 3, 2]),
        ["Squeeze"] = new(WithIntegers("Squeeze", [1]), -2, 2, [2, 1, 3]),
        ["Unsqueeze"] = new(WithIntegers("Unsqueeze", [0, 2]), -2, 2, [2, 3]),
        ["Expand"] = new(WithIntegers("Expand", [2, 4, 3]), -2, 2, [1, 3]),
        ["Transpose"] = new(Plain("Transpose", ("perm", new long[] { 2, 0, 1 })), -2, 2, [2, 3, 4]),
        ["Transpose reversed"] = new(Plain("Transpose"), -2, 2, [2, 3, 4]),
        ["Concat"] = new(Plain("Concat", ("axis", -1L)), -2, 2, [2, 3], [2, 1], [2, 2]),
        ["Split"] = new((g, _, x) =>
        {
            var parts = g.AddMany("Split", [x[0], g.Constant(1, 2, 2)], 3, [("axis", 1L)]);
            return g.Add("Mul", parts[0], parts[2]);
        }, -2, 2, [2, 5]),
        ["Slice"] = new((g, _, x) => g.Add("Slice", x[0], g.Constant(1L), g.Constant(3L), g.Constant(1L)), -2, 2,
            [2, 5]),
        ["Slice steps"] = new((g, _, x) => g.Add(
            "Slice", x[0], g.Constant(1, -1), g.Constant(100, -100), g.Constant(1, 0), g.Constant(3, -2)), -2, 2,
            [5, 8]),
        ["Slice without axes"] = new((g, _, x) => g.Add("Slice", x[0], g.Constant(-1, 0), g.Constant(9, 2)), -2, 2,
            [2, 5]),
        ["Pad"] = new((g, _, x) => g.Add("Pad", x[0], g.Constant(1, 0, 0, 2)), -2, 2, [2, 3]),
        ["Pad negative"] = new((g, _, x) => g.Add("Pad", x[0], g.Constant(-1, 0, 1, -2)), -2, 2, [3, 4]),
        ["Gather one"] =
            new((g, _, x) => g.Add("Gather", [x[0], g.Initializer(Tensors.Int64("", [-2]))], [("axis", 1L)]), -2, 2,
                [2, 3]),
        ["Gather twice"] = new((g, _, x) => g.Add("Gather", [x[0], g.Constant(2, 0, 2, -1)], [("axis", 1L)]), -2, 2,
            [2, 4, 2]),
        ["Gather rows"] = new((g, _, x) => g.Add("Gather", x[0], g.Initializer(Tensors.Int64("", [1, 1, 0, 2], 2, 2))),
            -2, 2, [3, 2]),
        ["Conv"] = new(Plain("Conv", ("pads", new long[] { 1, 0, 0, 2 }), ("strides", new long[] { 2, 1 })), -1, 1,
            [2, 2, 5, 4], [3, 2, 3, 2], [3]),
        ["Conv same"] = new(Plain("Conv", ("auto_pad", "SAME_UPPER"), ("strides", new long[] { 2, 2 })), -1, 1,
            [1, 2, 6, 6], [2, 2, 3, 3]),
        ["ConvTranspose"] =
            new(Plain("ConvTranspose", ("pads", new long[] { 1, 1, 0, 1 }), ("strides", new long[] { 2, 2 }),
            ("output_padding", new long[] { 1, 0 })), -1, 1, [2, 3, 3, 2], [3, 2, 3, 3], [2]),
        ["ConvTranspose groups"] = new(Plain("ConvTranspose", ("group", 2L), ("dilations", new long[] { 2, 1 })), -1, 1,
            [1, 4, 3, 2], [4, 1, 2, 2]),
        ["MaxPool"] = new(Plain("MaxPool", ("kernel_shape", new long[] { 3, 3 }), ("strides", new long[] { 2, 2 }),
            ("pads", new long[] { 1, 1, 1, 1 })), -2, 2, [2, 2, 6, 5]),
        ["MaxPool apart"] =
            new(Plain("MaxPool", ("kernel_shape", new long[] { 2, 2 }), ("strides", new long[] { 2, 2 })), -2, 2,
                [1, 2, 5, 4]),
        ["GlobalMaxPool"] = new(Plain("GlobalMaxPool"), -2, 2, [2, 2, 3, 3]),
        ["AveragePool"] =
            new(Plain("AveragePool", ("kernel_shape", new long[] { 3, 2 }), ("strides", new long[] { 2, 1 }),
            ("pads", new long[] { 1, 0, 1, 1 })), -2, 2, [2, 2, 6, 5]),
        ["AveragePool padded"] =
            new(Plain("AveragePool", ("kernel_shape", new long[] { 2, 2 }), ("strides", new long[] { 2, 2 }),
            ("pads", new long[] { 1, 1, 1, 1 }), ("count_include_pad", 1L)), -2, 2, [1, 2, 4, 4]),
        ["AveragePool ceil"] =
            new(Plain("AveragePool", ("kernel_shape", new long[] { 2, 2 }), ("strides", new long[] { 2, 2 }),
            ("ceil_mode", 1L)), -2, 2, [1, 1, 5, 5]),
        ["BatchNormalization"] = new((g, t, x) => g.Add("BatchNormalization", [.. x,
            g.Initializer(GradientCheck.Tensor(t, [0.3, -0.2], 2)),
            g.Initializer(GradientCheck.Tensor(t, [0.5, 1.5], 2))],
            [("epsilon", 0.01f)]), -1, 1, [3, 2, 2, 2], [2], [2]),
        ["LayerNormalization"] = new(Plain("LayerNormalization", ("epsilon", 0.01f)), -2, 2, [2, 3, 5], [5], [5]),
        ["LayerNormalization axis"] =
            new(Plain("LayerNormalization", ("axis", 1L), ("epsilon", 0.01f)), -2, 2, [2, 3, 2], [3, 2], [3, 2]),
        ["LRN"] = new(Plain("LRN", ("size", 3L), ("alpha", 0.6f), ("beta", 0.7f), ("bias", 1.5f)), -2, 2, [2, 5, 2, 3]),
        ["InstanceNormalization"] = new(Plain("InstanceNormalization", ("epsilon", 0.01f)), -2, 2, [2, 2, 3, 2], [2],
            [2]),
        ["GroupNormalization"] = new((g, t, x) => WithOpset(g, 21).Add(
            "GroupNormalization", x, [("num_groups", 2L), ("epsilon", 0.01f), ("stash_type", (long)t)]), -2, 2,
            [2, 4, 3], [4], [4]),
        ["Resize"] = new((g, _, x) => g.Add("Resize", [x[0], "", "", g.Constant(1, 2, 6, 4)],
            [("mode", "nearest"), ("coordinate_transformation_mode", "asymmetric"), ("nearest_mode", "floor")]), -2, 2,
            [1, 2, 3, 2]),
        ["Resize linear"] =
            new((g, _, x) => g.Add("Resize", [x[0], "", "", g.Constant(1, 2, 5, 3)], [("mode", "linear")]), -2, 2,
                [1, 2, 3, 4]),
        ["Resize scales"] =
            new((g, _, x) => g.Add("Resize", [x[0], "", g.Constant([1, 1, 1.7f, 0.6f], 4)], [("mode", "linear")]), -2,
                2, [1, 1, 3, 5]),
        ["Gelu"] = new((g, _, x) => WithOpset(g, 20).Add("Gelu", x), -2, 2, [5]),
        ["Gelu tanh"] = new((g, _, x) => WithOpset(g, 20).Add("Gelu", x, [("approximate", "tanh")]), -2, 2, [5]),
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory, MemberData(nameof(Names))]
    public void Rule_agrees_with_central_differences(string name)
    {
        var c = Cases[name];
        var values = c.Shapes.Select((s, i) => GradientCheck.Random(i + 1, s, c.Low, c.High)).ToArray();
        GradientCheck.Check(values, c.Shapes, (g, type, x) => c.Build(g, type, x));
    }

    [Fact]
    public void Rules_agree_with_PyTorch_in_float64()
    {
        // All cases in one graph whose loss is the sum of theirs: their gradients do not meet, and PyTorch starts once.
        var g = new GraphBuilder("rules");
        var inputs = new Dictionary<string, string[]>();
        var losses = new List<string>();
        foreach (var (name, c) in Cases)
        {
            inputs[name] = [.. c.Shapes.Select((shape, i) => g.Initializer(
                Tensors.Float($"{name}/{i}",
                    [.. GradientCheck.Random(i + 1, shape, c.Low, c.High).Select(v => (float)v)], shape)))];
            var y = c.Build(g, DataType.Float, inputs[name]);
            // y · tanh(y): a slope that differs from element to element.
            losses.Add(g.Add("ReduceSum", [g.Add("Mul", y, g.Add("Tanh", y))], [("keepdims", 0L)]));
        }
        var loss = WithOpset(g, 21).Add("Sum", [.. losses]);
        var wanted = inputs.Values.SelectMany(names => names).ToArray();
        var (_, expected) = TorchPeer.Gradients(g.Model, loss, wanted, new Dictionary<string, Array>());
        var found = Gradient.Of(g, loss, wanted);
        foreach (var name in wanted)
            g.Graph.Output.Add(new ValueInfoProto { Name = found[name] });
        using var options = OrtEnvironment.Options(1, GraphOptimizationLevel.ORT_DISABLE_ALL);
        using var session = OrtEnvironment.Create(OnnxFile.ToBytes(g.Model), options, "the rules");
        using var run = new RunOptions();
        using var values = session.Run(run, [], [], [.. wanted.Select(name => found[name])]);
        Assert.Equal([], wanted.Where((name, i) =>
            !(TorchPeer.RelativeError(expected[name],
                Array.ConvertAll(values[i].GetTensorDataAsSpan<float>().ToArray(), v => (double)v)) <= 2e-5)));
    }

    [Fact]
    public void Every_operator_of_the_table_has_a_case()
    {
        var tested = Cases.Keys.Select(k => k.Split(' ')[0]).ToHashSet();
        Assert.Empty(GradientRules.Operators.Except(tested));
    }

    private static GraphBuilder WithOpset(GraphBuilder g, int version)
    {
        g.Model.OpsetImport[0].Version = version;
        g.Model.IrVersion = version > 20 ? 10 : 9;
        return g;
    }
}
