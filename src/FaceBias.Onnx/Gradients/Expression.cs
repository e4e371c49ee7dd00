using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Gradients;

/// <summary>
/// A value of the graph under construction, with its shape, so that a rule of the gradient table reads like the formula
/// it stands for: <c>dy * (1 - y * y)</c>. Each operator adds one node.
/// </summary>
internal readonly record struct Expression(Backward Graph, string Name, DataType Type, long[] Shape)
{
    public int Rank => Shape.Length;

    public static Expression operator +(Expression a, Expression b) => a.With("Add", b);
    public static Expression operator -(Expression a, Expression b) => a.With("Sub", b);
    public static Expression operator *(Expression a, Expression b) => a.With("Mul", b);
    public static Expression operator /(Expression a, Expression b) => a.With("Div", b);
    public static Expression operator +(Expression a, double b) => a.With("Add", a.Scalar(b));
    public static Expression operator *(Expression a, double b) => b == 1 ? a : a.With("Mul", a.Scalar(b));
    public static Expression operator *(double a, Expression b) => b * a;
    public static Expression operator -(double a, Expression b) => b.Scalar(a).With("Sub", b);
    public static Expression operator -(Expression a) => a.Map("Neg");

    /// <summary>An operator of one input that keeps the shape.</summary>
    public Expression Map(string op) => this with { Name = Graph.Builder.Add(op, Name) };

    /// <summary>An operator of two inputs that broadcasts.</summary>
    public Expression With(string op, Expression other) =>
        new(Graph, Graph.Builder.Add(op, Name, other.Name), Type, Broadcast(Shape, other.Shape));

    /// <summary>1 where the comparison with another value holds, 0 elsewhere.</summary>
    public Expression Where(string comparison, Expression other) =>
        (With(comparison, other) with { Type = DataType.Bool }).CastTo(Type);

    /// <summary>1 where this is positive, 0 elsewhere.</summary>
    public Expression Positive() => Map("Relu").Map("Sign");

    public Expression CastTo(DataType type) => type == Type
        ? this
        : this with { Name = Graph.Builder.Add("Cast", [Name], [("to", (long)type)]), Type = type };

    public Expression Reshape(params long[] shape) => shape.AsSpan().SequenceEqual(Shape)
        ? this
        : this with { Name = Graph.Builder.Add("Reshape", Name, Graph.Integers(shape)), Shape = shape };

    public Expression Expand(params long[] shape) => shape.AsSpan().SequenceEqual(Shape)
        ? this
        : this with { Name = Graph.Builder.Add("Expand", Name, Graph.Integers(shape)), Shape = shape };

    public Expression Transpose(params long[] permutation)
    {
        var shape = Shape;
        return this with
        {
            Name = Graph.Builder.Add("Transpose", [Name], [("perm", permutation)]),
            Shape = [.. permutation.Select(p => shape[p])],
        };
    }

    /// <summary>Swaps the last two dimensions.</summary>
    public Expression TransposeLast()
    {
        var permutation = Enumerable.Range(0, Rank).Select(i => (long)i).ToArray();
        (permutation[^1], permutation[^2]) = (permutation[^2], permutation[^1]);
        return Transpose(permutation);
    }

    /// <summary>Sums over axes, which stay with size 1 or go.</summary>
    public Expression Sum(long[] axes, bool keep) => axes.Length == 0 ? this : this with
    {
        Name = Graph.Builder.Add("ReduceSum", [Name, Graph.Integers(axes)], [("keepdims", keep)]),
        Shape = Reduced(Shape, axes, keep),
    };

    /// <summary>Sums away what broadcasting repeated: the gradient of a value that was broadcast from
    /// <paramref name="shape"/>.</summary>
    public Expression SumTo(long[] shape)
    {
        var extra = Rank - shape.Length;
        var leading = Enumerable.Range(0, extra).Select(i => (long)i).ToArray();
        var from = Shape;
        var repeated = Enumerable.Range(extra, shape.Length)
            .Where(i => shape[i - extra] == 1 && from[i] != 1).Select(i => (long)i).ToArray();
        return repeated.Length == 0
            ? Sum(leading, keep: false).Reshape(shape)
            : Sum([.. leading, .. repeated], keep: true).Reshape(shape);
    }

    /// <summary>Matrix product; leading dimensions broadcast.</summary>
    public Expression MatMul(Expression other) => new(
        Graph, Graph.Builder.Add("MatMul", Name, other.Name), Type,
        [.. Broadcast(Shape[..^2], other.Shape[..^2]), Shape[^2], other.Shape[^1]]);

    /// <summary>Product of two matrices, either transposed on the way without a copy.</summary>
    public Expression Gemm(Expression other, bool transposeThis, bool transposeOther, double scale = 1) => new(
        Graph,
        Graph.Builder.Add("Gemm", [Name, other.Name],
            [("transA", transposeThis), ("transB", transposeOther), ("alpha", scale)]),
        Type, [Shape[transposeThis ? 1 : 0], other.Shape[transposeOther ? 0 : 1]]);

    /// <summary>A part of one axis.</summary>
    public Expression Slice(int axis, long start, long length)
    {
        if (start == 0 && length == Shape[axis])
            return this;
        var shape = (long[])Shape.Clone();
        shape[axis] = length;
        var g = Graph;
        return this with
        {
            Name = g.Builder.Add("Slice", Name, g.Integers(start), g.Integers(start + length), g.Integers(axis)),
            Shape = shape,
        };
    }

    /// <summary>The same elements in opposite order along one axis.</summary>
    public Expression Reversed(int axis) => this with
    {
        Name = Graph.Builder.Add(
            "Slice", Name, Graph.Integers(-1), Graph.Integers(long.MinValue), Graph.Integers(axis), Graph.Integers(-1)),
    };

    /// <summary>Zeros before and after along one axis.</summary>
    public Expression Pad(int axis, long before, long after)
    {
        if (before == 0 && after == 0)
            return this;
        var pads = new long[2 * Rank];
        (pads[axis], pads[Rank + axis]) = (before, after);
        var shape = (long[])Shape.Clone();
        shape[axis] += before + after;
        return this with { Name = Graph.Builder.Add("Pad", Name, Graph.Integers(pads), Scalar(0).Name), Shape = shape };
    }

    /// <summary>A constant of the same element type.</summary>
    public Expression Scalar(double value) => Graph.Scalar(value, Type);

    /// <summary>The shape that two shapes broadcast to.</summary>
    public static long[] Broadcast(long[] a, long[] b)
    {
        var rank = Math.Max(a.Length, b.Length);
        var shape = new long[rank];
        for (var i = 1; i <= rank; i++)
        {
            var (x, y) = (i <= a.Length ? a[^i] : 1, i <= b.Length ? b[^i] : 1);
            shape[^i] = x == 1 ? y : x;
        }
        return shape;
    }

    /// <summary>A shape after a reduction over non-negative axes.</summary>
    public static long[] Reduced(long[] shape, long[] axes, bool keep) => keep
        ? [.. shape.Select((d, i) => axes.Contains(i) ? 1 : d)]
        : [.. shape.Where((_, i) => !axes.Contains(i))];
}
