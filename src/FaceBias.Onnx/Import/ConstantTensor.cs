namespace FaceBias.Onnx.Import;

/// <summary>A constant of a source model: row-major values with a shape, either float32 or integer.</summary>
internal sealed class ConstantTensor
{
    public ConstantTensor(int[] shape, float[] values) => (Shape, Floats, Integers) = (shape, values, null);

    public ConstantTensor(int[] shape, long[] values) => (Shape, Integers, Floats) = (shape, values, null);

    public int[] Shape { get; }

    public float[]? Floats { get; }

    public long[]? Integers { get; }

    public int Rank => Shape.Length;

    public int Length => Floats?.Length ?? Integers!.Length;

    /// <summary>The value where there is only one, whatever the rank.</summary>
    public float? Scalar => Length == 1 ? ToFloats()[0] : null;

    public float[] ToFloats() => Floats ?? [.. Integers!.Select(i => (float)i)];

    public long[] ToIntegers() => Integers ?? [.. Floats!.Select(f => (long)f)];

    public TensorProto ToTensor(string name, params ReadOnlySpan<long> dims)
    {
        long[] own = [.. Shape];
        var shape = dims.IsEmpty ? own : dims;
        return Floats is not null ? Tensors.Float(name, Floats, shape) : Tensors.Int64(name, Integers, shape);
    }

    /// <summary>The values with their dimensions in another order: dimension i of the result is dimension
    /// <paramref name="order"/>[i] of this.</summary>
    public float[] Transposed(params ReadOnlySpan<int> order)
    {
        var source = ToFloats();
        var strides = new int[Rank];
        for (int i = Rank - 1, step = 1; i >= 0; step *= Shape[i--])
            strides[i] = step;
        var result = new float[source.Length];
        var index = new int[Rank];
        for (var i = 0; i < result.Length; i++)
        {
            var offset = 0;
            for (var d = 0; d < index.Length; d++)
                offset += index[d] * strides[order[d]];
            result[i] = source[offset];
            for (var d = index.Length - 1; d >= 0 && ++index[d] == Shape[order[d]]; d--)
                index[d] = 0;
        }
        return result;
    }
}
