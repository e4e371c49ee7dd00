namespace FaceBias.Onnx.Import;

/// <summary>The inputs of one operator of a source model; null where an optional one is left out.</summary>
internal abstract class OperatorInputs(ChannelsFirstEmitter emit, IReadOnlyList<GraphValue?> inputs)
{
    private const int MaxValues = 64;

    protected ChannelsFirstEmitter Emit => emit;

    public GraphValue this[int input] => Optional(input)
        ?? throw emit.Refuse(
            $"has {inputs.Count(i => i is not null)} inputs but needs {input + 1}; the file is damaged.");

    public GraphValue? Optional(int input) => input < inputs.Count ? inputs[input] : null;

    /// <summary>The integers of a constant input: axes, a shape.</summary>
    public long[] Constant(int input) => this[input].Constant is { Length: > 0 and <= MaxValues } constant
        ? constant.ToIntegers()
        : throw emit.Refuse($"computes its input {input} (a shape or axis); only constants are supported.");

    /// <summary>The one number of a constant input.</summary>
    public float Scalar(int input) =>
        this[input].Constant?.Scalar ?? throw emit.Refuse($"computes its input {input}; only constants are supported.");

    /// <summary>A constant input [n, 2] as pairs.</summary>
    public (int, int)[] Pairs(int input)
    {
        var values = Constant(input);
        return values.Length % 2 == 0
            ? [.. values.Chunk(2).Select(p => ((int)p[0], (int)p[1]))]
            : throw emit.Refuse("has an odd number of paddings; the file is damaged.");
    }
}
