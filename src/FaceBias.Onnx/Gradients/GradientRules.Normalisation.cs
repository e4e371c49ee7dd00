using static FaceBias.Onnx.Graphs.TensorProto.Types;


namespace FaceBias.Onnx.Gradients;

internal static partial class GradientRules
{
    private static Dictionary<string, GradientRule> Normalisations => new()
    {
        // Inputs: x, scale, bias, mean, variance. With batch statistics mean and variance are functions of x, and the
        // gradient by x includes what flows through them.
        ["BatchNormalization"] = n =>
        [
            () => n.HasBatchStatistics ? BatchNormInput(n) : n.Dy * PerChannel(n, BatchNormFactor(n)),
            () => BatchNormScale(n),
            () => n.Dy.Sum(AllButChannel(n), keep: false),
        ],
        // Inputs: x, scale, bias; over the axes from "axis" on.
        ["LayerNormalization"] = n =>
        {
            var normal = new Lazy<(Expression Normal, Expression Inverse, long[] Axes)>(() => LayerNormal(n));
            return
            [
                () => LayerNormInput(n.Dy * n.Input(1), normal.Value.Normal, normal.Value.Inverse, normal.Value.Axes),
                () => (n.Dy * normal.Value.Normal).SumTo(n.Input(1).Shape),
                () => n.Dy.SumTo(n.Input(2).Shape),
            ];
        },
        ["LRN"] = n => [() => ResponseNormInput(n)],
        ["InstanceNormalization"] = n =>
        [
            () => GroupNormInput(n, n.X.Shape[1]),
            () => GroupNormScale(n, n.X.Shape[1]),
            () => n.Dy.Sum(AllButChannel(n), keep: false),
        ],
        ["GroupNormalization"] = n =>
        [
            () => GroupNormInput(n, n.Int("num_groups", 1)),
            () => GroupNormScale(n, n.Int("num_groups", 1)),
            () => ToScaleShape(n, n.Dy.Sum(AllButChannel(n), keep: false)),
        ],
    };

    private static long[] AllButChannel(ForwardNode n) =>
        [.. Enumerable.Range(0, n.X.Rank).Where(i => i != 1).Select(i => (long)i)];

    /// <summary>[C] to [C, 1, 1], which broadcasts over images.</summary>
    private static Expression PerChannel(ForwardNode n, Expression values) =>
        values.Reshape([values.Shape[0], .. Enumerable.Repeat(1L, n.X.Rank - 2)]);

    private static Expression BatchNormDeviation(ForwardNode n) =>
        (n.Input(4) + n.Float("epsilon", 1e-5f)).Map("Sqrt");

    private static Expression BatchNormFactor(ForwardNode n) => n.Input(1) / BatchNormDeviation(n);

    /// <summary>sum(dy (x - mean)) / deviation, per channel.</summary>
    private static Expression BatchNormScale(ForwardNode n)
    {
        var products = n.Dy.ChannelDot(n.X);
        var sums = n.Dy.Sum(AllButChannel(n), keep: false);
        return (products - sums * n.Input(3)) / BatchNormDeviation(n);
    }

    /// <summary>f (dy - mean(dy) - xhat mean(dy xhat)) with f = scale / deviation (Ioffe and Szegedy 2015), written as
    /// f dy + b x + c with b and c per channel, because passes over the images are what costs.</summary>
    private static Expression BatchNormInput(ForwardNode n)
    {
        double count = Tensors.Count(n.X.Shape) / n.X.Shape[1];
        var factor = BatchNormFactor(n);
        var sums = n.Dy.Sum(AllButChannel(n), keep: false);
        var b = -(factor * BatchNormScale(n) / BatchNormDeviation(n)) * (1 / count);
        var c = -(factor * sums * (1 / count)) - b * n.Input(3);
        return n.Dy * PerChannel(n, factor) + (n.X * PerChannel(n, b) + PerChannel(n, c));
    }

    /// <summary>The normalised input and one by the deviation. The runtime's kernel gives mean and inverse deviation
    /// with the result, in float.</summary>
    private static (Expression Normal, Expression Inverse, long[] Axes) LayerNormal(ForwardNode n)
    {
        var axis = n.Axis(n.X.Rank, -1);
        var axes = Enumerable.Range(axis, n.X.Rank - axis).Select(i => (long)i).ToArray();
        if (n.X.Type != DataType.Float)
        {
            var (slow, deviation) = Normal(n.X, axes, n.Float("epsilon", 1e-5f));
            return (slow, deviation.Map("Reciprocal"), axes);
        }
        var row = Expression.Reduced(n.X.Shape, axes, keep: true);
        var mean = n.X with { Name = n.FurtherOutput(1), Shape = row };
        var inverse = n.X with { Name = n.FurtherOutput(2), Shape = row };
        n.Graph.Facts.Set(mean, inverse);
        return ((n.X - mean) * inverse, inverse, axes);
    }

    /// <summary>The gradient by x of (x - mean(x)) / deviation(x) over axes.</summary>
    private static Expression LayerNormInput(Expression dy, Expression normal, Expression inverse, long[] axes) =>
        (dy - dy.Mean(axes) - normal * (dy * normal).Mean(axes)) * inverse;

    private static (Expression Normal, Expression Deviation) Normal(Expression x, long[] axes, double epsilon)
    {
        var centred = x - x.Mean(axes);
        var deviation = ((centred * centred).Mean(axes) + epsilon).Map("Sqrt");
        return (centred / deviation, deviation);
    }

    /// <summary>y = x d^-beta with d = bias + alpha / size times the sum of x^2 over neighbouring channels (Krizhevsky
    /// et al. 2012): dy d^-beta - 2 alpha beta / size x times the sum of dy y / d over the channels that have this one
    /// as a neighbour. The sums are convolutions with a band of ones.</summary>
    private static Expression ResponseNormInput(ForwardNode n)
    {
        if (n.X.Rank != 4)
            throw n.Unsupported($"its input has {n.X.Rank} dimensions and only images (4 dimensions) have one");
        var (channels, size) = (n.X.Shape[1], n.Int("size", 1));
        var (alpha, beta) = (n.Float("alpha", 1e-4f) / size, n.Float("beta", 0.75f));
        Expression Neighbours(Expression values, long before, long after)
        {
            var band = new double[channels * channels];
            for (var c = 0L; c < channels; c++)
                for (var j = Math.Max(0, c - before); j <= Math.Min(channels - 1, c + after); j++)
                    band[c * channels + j] = 1;
            return ConvolutionGradients.Conv(values, n.Graph.Constant(band, n.X.Type, [channels, channels, 1, 1]),
                n.X.Shape, (1, 1), (1, 1), [0, 0, 0, 0], 1);
        }

        var (before, after) = ((size - 1) / 2, size / 2);
        var d = Neighbours(n.X * n.X, before, after) * alpha + n.Float("bias", 1);
        var power = d.With("Pow", n.X.Scalar(-beta));
        return n.Dy * power - n.X * Neighbours(n.Dy * n.Y / d, after, before) * (2 * alpha * beta);
    }

    /// <summary>The gradient by x of (x - mean(x)) / deviation(x) over axes.</summary>
    private static Expression NormalInput(Expression dy, Expression normal, Expression deviation, long[] axes) =>
        (dy - dy.Mean(axes) - normal * (dy * normal).Mean(axes)) / deviation;

    /// <summary>x as [batch, groups, elements] normalised over the elements.</summary>
    private static (Expression Normal, Expression Deviation) GroupNormal(ForwardNode n, long groups) => Normal(
        n.X.Reshape(n.X.Shape[0], groups, Tensors.Count(n.X.Shape) / n.X.Shape[0] / groups), [2],
        n.Float("epsilon", 1e-5f));

    private static Expression GroupNormInput(ForwardNode n, long groups)
    {
        var (normal, deviation) = GroupNormal(n, groups);
        var scale = n.Input(1);
        if (scale.Shape[0] != n.X.Shape[1])
            // Before operator set 21 scale and bias belong to groups.
            scale = scale.Reshape(groups, 1).Expand(groups, n.X.Shape[1] / groups).Reshape(n.X.Shape[1]);
        var dy = (n.Dy * PerChannel(n, scale)).Reshape(normal.Shape);
        return NormalInput(dy, normal, deviation, [2]).Reshape(n.X.Shape);
    }

    private static Expression GroupNormScale(ForwardNode n, long groups) => ToScaleShape(
        n, (n.Dy * GroupNormal(n, groups).Normal.Reshape(n.X.Shape)).Sum(AllButChannel(n), keep: false));

    private static Expression ToScaleShape(ForwardNode n, Expression channels)
    {
        var scale = n.Input(1).Shape;
        return scale[0] == channels.Shape[0] ? channels
            : channels.Reshape(scale[0], channels.Shape[0] / scale[0]).Sum([1], keep: false);
    }
}
