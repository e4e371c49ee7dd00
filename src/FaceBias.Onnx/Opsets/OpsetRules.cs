using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Opsets;

/// <summary>The changes of ONNX's operators, one rule for each that has another form or meaning since an operator set.
/// Sets that only allowed further element types need no rule. After the change log of ONNX (Operators and Changelog of
/// its documentation).</summary>
internal static partial class OpsetRules
{
    private const string Loop = "runs a subgraph again and again, which means something else since";

    private static readonly OpsetRule[] Table =
    [
        new(9, "BatchNormalization", Up: PerActivation),
        new(9, "Upsample", Up: n => { if (n.TakeFloats("scales") is { } s) n.SetInput(1, n.Floats(s, s.Length)); }),
        new(9, "Scan", Up: n => throw n.Refuse($"{Loop} 9")),

        new(10, "Slice", Up: SliceToInputs, Down: SliceToAttributes),
        new(10, "TopK", Up: n => n.SetInput(1, n.Integers(n.TakeInt("k") ?? throw n.Refuse("has no k"))),
            Down: n => n.SetInt("k", 1)),
        new(10, "Upsample", Up: n => n.Operator = "Resize"),
        new(10, "Resize", Down: n => n.Operator = "Upsample"),
        new(10, "AveragePool", Down: n => n.DropDefault("ceil_mode", 0)),
        new(10, "MaxPool", Down: n => { n.DropDefault("ceil_mode", 0); n.DropDefault("dilations", 1); }),

        new(11, "Clip", Up: ClipToInputs, Down: ClipToAttributes),
        new(11, "Pad", Up: PadToInputs, Down: PadToAttributes),
        new(11, "Resize", Up: ResizeFrom10, Down: ResizeTo10),
        new(11, "Scatter", Up: n => n.Operator = "ScatterElements"),
        new(11, "ScatterElements", Down: n => n.Operator = "Scatter"),
        new(11, "TopK", Down: n => { n.DropDefault("largest", 1); n.DropDefault("sorted", 1); }),
        new(11, "Gemm", Down: n => { if (n.Input(2).Length == 0) n.SetInput(2, n.Number(0, n.Type(n.Input(0)))); }),
        new(11, "DepthToSpace", Down: n => n.DropDefault("mode", "DCR")),
        .. new[] { "Concat", "Flatten", "Gather", "Softmax", "LogSoftmax", "Hardmax", "Split", "ArgMax", "ArgMin",
            "OneHot" }
            .Select(op => new OpsetRule(11, op, Down: n => FrontAxis(n))),
        .. Reductions.Append("ReduceSum").Append("Squeeze").Append("Unsqueeze")
            .Select(op => new OpsetRule(11, op, Down: FrontAxes)),

        new(12, "Dropout", Up: n => { if (n.TakeFloat("ratio") is { } r) n.SetInput(1, n.Number(r, DataType.Float)); },
            Down: DropoutTo11),
        new(12, "ArgMax", Down: n => n.DropDefault("select_last_index", 0)),
        new(12, "ArgMin", Down: n => n.DropDefault("select_last_index", 0)),
        new(12, "Pow", Down: n =>
        {
            if (n.Type(n.Input(1)) is var exponent && n.Type(n.Input(0)) is var type && exponent != type)
                n.SetInput(1, n.Before("Cast", [n.Input(1)], ("to", (long)type)));
        }),
        new(12, "GreaterOrEqual", Down: n => Opposite(n, "Less")),
        new(12, "LessOrEqual", Down: n => Opposite(n, "Greater")),

        new(13, "Softmax", Up: SoftmaxOfRows, Down: SoftmaxOfLast),
        new(13, "LogSoftmax", Up: SoftmaxOfRows, Down: SoftmaxOfLast),
        new(13, "Hardmax", Up: SoftmaxOfRows, Down: SoftmaxOfLast),
        new(13, "Split", Up: n => n.IntsToInput("split", 1), Down: n => n.InputToInts(1, "split")),
        new(13, "Squeeze", Up: n => n.IntsToInput("axes", 1), Down: n => n.InputToInts(1, "axes")),
        new(13, "Unsqueeze", Up: n => n.IntsToInput("axes", 1), Down: n => n.InputToInts(1, "axes")),
        new(13, "ReduceSum", Up: n => n.IntsToInput("axes", 1), Down: AxesToAttribute),
        new(13, "Resize", Down: n =>
        {
            // Both were no option before: an empty tensor says that they are not given.
            foreach (var i in new[] { 1, 2 })
                if (n.Input(i).Length == 0)
                    n.SetInput(i, n.Floats([], 0));
        }),

        new(14, "BatchNormalization", Up: InferenceNorm, Down: n => n.DropDefault("training_mode", 0)),
        new(14, "HardSwish",
            Down: n =>
                n.Become("Mul", n.Input(0), n.Before("HardSigmoid", [n.Input(0)], ("alpha", 1f / 6), ("beta", 0.5f)))),
        new(14, "Reshape", Down: n => n.DropDefault("allowzero", 0)),
        new(15, "Shape", Down: ShapePart),
        new(16, "RoiAlign", Up: n => n.Set("coordinate_transformation_mode", "output_half_pixel"),
            Down: n => n.DropDefault("coordinate_transformation_mode", "output_half_pixel")),
        new(16, "ScatterElements", Down: n => n.DropDefault("reduction", "none")),
        new(16, "ScatterND", Down: n => n.DropDefault("reduction", "none")),
        new(17, "LayerNormalization", Down: LayerNormalisation),

        new(18, "Split", Up: n => { if (n.Input(1).Length == 0) n.Set("num_outputs", (long)n.Outputs); },
            Down: EqualSplit),
        .. Reductions.Select(op => new OpsetRule(18, op, Up: n => n.IntsToInput("axes", 1), Down: AxesToAttribute)),
        new(18, "Pad", Down: PadAxes),
        new(18, "Resize", Down: n =>
        {
            n.DropDefault("antialias", 0);
            n.DropDefault("keep_aspect_ratio_policy", "stretch");
            if (n.TakeInts("axes") is not null)
                throw n.Refuse("names the axes to resize");
        }),
        new(18, "ScatterElements", Down: n => n.Only("reduction", "none", "add", "mul")),
        new(18, "ScatterND", Down: n => n.Only("reduction", "none", "add", "mul")),
        new(18, "Mish", Down: n => n.Become("Mul", n.Input(0), n.Before("Tanh", [n.Before("Softplus", [n.Input(0)])]))),
        new(18, "GroupNormalization", Down: n => GroupNorm(n, perChannel: false)),

        new(19, "AveragePool", Down: n => n.DropDefault("dilations", 1)),
        new(19, "Cast", Down: n => n.TakeInt("saturate")),
        new(19, "Pad", Down: n => n.Only("mode", "constant", "reflect", "edge")),
        new(19, "Resize", Down: n => n.Only("coordinate_transformation_mode",
            "half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric", "tf_crop_and_resize")),
        new(20, "Gelu", Down: Gelu),
        new(20, "GridSample",
            Down: n =>
                n.Set("mode", n.TakeText("mode") switch { "nearest" => "nearest", "cubic" => "bicubic",
                    _ => "bilinear" })),
        new(21, "GroupNormalization", Down: n => GroupNorm(n, perChannel: true)),
        new(21, "QuantizeLinear", Down: n => { n.DropDefault("block_size", 0); n.DropDefault("output_dtype", 0); }),
        new(21, "DequantizeLinear", Down: n => n.DropDefault("block_size", 0)),
        new(23, "RMSNormalization", Down: RootMeanSquare),
        new(24, "Swish", Down: n => n.Become("Mul", n.Input(0), n.Before(
            "Sigmoid", [n.TakeFloat("alpha") is { } a and not 1
                ? n.Before("Mul", [n.Input(0), n.Number(a, n.Type(n.Input(0)))]) : n.Input(0)]))),
    ];

    private static readonly ILookup<int, OpsetRule> ByVersion = Table.ToLookup(r => r.Version);

    private static readonly Dictionary<string, int> FirstVersions = new Dictionary<int, string>
    {
        [8] = "Expand Scan",
        [9] = "Acosh Asinh Atanh Compress ConstantOfShape Cosh Erf EyeLike IsNaN MaxUnpool MeanVarianceNormalization "
            + "NonZero OneHot "
            + "Shrink Sign Sinh TfIdfVectorizer Where",
        [10] = "ConvInteger DequantizeLinear IsInf MatMulInteger Mod NonMaxSuppression QLinearConv QLinearMatMul "
            + "QuantizeLinear Resize "
            + "ReverseSequence RoiAlign StringNormalizer ThresholdedRelu",
        [11] = "BitShift ConcatFromSequence CumSum Det DynamicQuantizeLinear GatherElements GatherND Range Round "
            + "ScatterElements ScatterND "
            + "SequenceAt SequenceConstruct SequenceEmpty SequenceErase SequenceInsert SequenceLength SplitToSequence Unique",
        [12] = "Celu Einsum GreaterOrEqual LessOrEqual NegativeLogLikelihoodLoss SoftmaxCrossEntropyLoss",
        [14] = "HardSwish Trilu",
        [15] = "Bernoulli CastLike Optional OptionalGetElement OptionalHasElement",
        [16] = "GridSample",
        [17] = "BlackmanWindow DFT HammingWindow HannWindow LayerNormalization MelWeightMatrix STFT SequenceMap",
        [18] = "BitwiseAnd BitwiseNot BitwiseOr BitwiseXor CenterCropPad Col2Im GroupNormalization Mish",
        [19] = "DeformConv",
        [20] = "AffineGrid Gelu ImageDecoder RegexFullMatch StringConcat StringSplit",
        [23] = "Attention RMSNormalization RotaryEmbedding",
        [24] = "Swish TensorScatter",
    }.SelectMany(v => v.Value.Split(' ').Select(op => (op, v.Key))).ToDictionary(p => p.op, p => p.Key);

    private static IEnumerable<string> Reductions =>
        ["ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceLogSum",
            "ReduceLogSumExp", "ReduceSumSquare"];

    /// <summary>The rules of the change to an operator set from the one before.</summary>
    public static IReadOnlyDictionary<string, OpsetRule> Of(int version) =>
        ByVersion[version].ToDictionary(r => r.Operator);

    /// <summary>The operator set that an operator came with; 0 if it was there from the start.</summary>
    public static int Introduced(string op) => FirstVersions.GetValueOrDefault(op);

    /// <summary>All rules, for tests.</summary>
    internal static IReadOnlyList<OpsetRule> All => Table;
}
