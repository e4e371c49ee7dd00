using FaceBias.Onnx.Training;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Gradients;

/// <summary>A value of the graph under construction, with its shape, so that a rule of the gradient table reads like
/// the formula it stands for: <c>dy * (1 - y * y)</c>. Each operator adds one node.</summary>
internal readonly record struct Expression(Backward Graph, string Name, DataType Type, long[] Shape)
    : IUpdateValue<Expression>
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

    public Expression Sqrt() => Map("Sqrt");

    public Expression Min(Expression other) => With("Min", other);

    public Expression Max(Expression other) => With("Max", other);

    /// <summary>1 where the comparison with another value holds, 0 elsewhere.</summary>
    public Expression Where(string comparison, Expression other) =>
        (With(comparison, other) with { Type = DataType.Bool }).CastTo(Type);

    /// <summary>1 where this is positive, 0 elsewhere.</summary>
    public Expression Positive() => Type == DataType.Float ? Above(0) : Map("Relu").Map("Sign");

    /// <summary>1 where this is above (or, with a negative sign, below) a limit, 0 elsewhere, in one pass that all
    /// threads share: a hard sigmoid so steep that it steps. Powers of two keep the limit itself exact. Float
    /// only.</summary>
    public Expression Above(double limit, int sign = 1)
    {
        var slope = sign * Math.ScaleB(1, 100);
        return this with
        {
            Name = Graph.Builder.Add("HardSigmoid", [Name],
                [("alpha", (float)slope), ("beta", (float)(-limit * slope))]),
        };
    }

    public Expression CastTo(DataType type) => type == Type
        ? this
        : this with { Name = Graph.Builder.Add("Cast", [Name], [("to", (long)type)]), Type = type };

    public Expression Reshape(params long[] shape) => shape.AsSpan().SequenceEqual(Shape)
        ? this
        : this with { Name = Graph.Builder.Add("Reshape", Name, Graph.Integers(shape)), Shape = shape };

    public Expression Expand(params long[] shape)
    {
        if (shape.AsSpan().SequenceEqual(Shape))
            return this;
        Graph.Facts.Set(this);
        return this with { Name = Graph.Builder.Add("Expand", Name, Graph.Integers(shape)), Shape = shape };
    }

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

    /// <summary>Entries of the first axis in another order; any may come more than once.</summary>
    public Expression Rows(long[] indices) => this with
    {
        Name = Graph.Builder.Add("Gather", [Name, Graph.Integers(indices)], [("axis", 0L)]),
        Shape = [indices.Length, .. Shape[1..]],
    };

    /// <summary>Zeros before and after along one axis.</summary>
    public Expression Pad(int axis, long before, long after) =>
        Pad(new Dictionary<int, (long, long)> { [axis] = (before, after) });

    /// <summary>Zeros before and after along several axes; negative numbers cut off instead.</summary>
    public Expression Pad(IReadOnlyDictionary<int, (long Before, long After)> axes)
    {
        var result = this;
        foreach (var (axis, (before, after)) in axes)
        {
            var (first, last) = (Math.Max(-before, 0), Math.Max(-after, 0));
            result = result.Slice(axis, first, result.Shape[axis] - first - last);
        }
        var pads = new long[2 * Rank];
        foreach (var (axis, (before, after)) in axes)
            (pads[axis], pads[Rank + axis]) = (Math.Max(before, 0), Math.Max(after, 0));
        if (pads.All(p => p == 0))
            return result;
        var rank = Rank;
        var padded = result with
        {
            Name = Graph.Builder.Add("Pad", result.Name, Graph.Integers(pads), Scalar(0).Name),
            Shape = [.. result.Shape.Select((d, i) => d + pads[i] + pads[rank + i])],
        };
        return axes.Count == 1 && axes.Keys.Single() is var only ? Graph.Padded(padded, result, only, pads[only])
            : padded;
    }

    /// <summary>Joins values along an axis.</summary>
    public static Expression Concat(int axis, params Expression[] parts)
    {
        if (parts.Length == 1)
            return parts[0];
        var shape = (long[])parts[0].Shape.Clone();
        shape[axis] = parts.Sum(p => p.Shape[axis]);
        var name = parts[0].Graph.Builder.Add("Concat", [.. parts.Select(p => p.Name)], [("axis", (long)axis)]);
        return parts[0] with { Name = name, Shape = shape };
    }

    /// <summary>The mean over axes, which stay with size 1.</summary>
    public Expression Mean(long[] axes) => Sum(axes, keep: true) * (1.0 / axes.Aggregate(1L, Multiply));

    /// <summary>[C]: the sum of the products of two tensors [N, C, ...] over everything but C.</summary>
    public Expression ChannelDot(Expression other) =>
        (this * other).Sum([.. Enumerable.Range(0, Rank).Where(i => i != 1).Select(i => (long)i)], keep: false);

    /// <summary>A constant of the same element type.</summary>
    public Expression Scalar(double value) => Graph.Scalar(value, Type);

    private long Multiply(long count, long axis) => count * Shape[axis];

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
