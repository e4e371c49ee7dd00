using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Gradients;

internal static partial class GradientRules
{
    private static Dictionary<string, GradientRule> Elementwise => new()
    {
        ["Add"] = n => [() => n.Dy.SumTo(n.X.Shape), () => n.Dy.SumTo(n.Input(1).Shape)],
        ["Sub"] = n => [() => n.Dy.SumTo(n.X.Shape), () => -n.Dy.SumTo(n.Input(1).Shape)],
        ["Mul"] = n => [() => (n.Dy * n.Input(1)).SumTo(n.X.Shape), () => (n.Dy * n.X).SumTo(n.Input(1).Shape)],
        ["Div"] = n =>
        [
            () => (n.Dy / n.Input(1)).SumTo(n.X.Shape),
            () => -(n.Dy * n.Y / n.Input(1)).SumTo(n.Input(1).Shape),
        ],
        ["Sum"] = n =>
            [.. Enumerable.Range(0, n.InputCount).Select(i => (Func<Expression>)(() => n.Dy.SumTo(n.Input(i).Shape)))],
        ["Min"] = Chosen,
        ["Max"] = Chosen,
        ["Pow"] = n =>
        [
            () => (n.Dy * n.Input(1).CastTo(n.X.Type) * Power(n.X, n.Input(1).CastTo(n.X.Type) + -1)).SumTo(n.X.Shape),
            () => (n.Dy * n.Y * n.X.Map("Log")).SumTo(n.Input(1).Shape),
        ],
        ["Identity"] = n => [() => n.Dy],
        ["Cast"] = n => [() => n.Dy.CastTo(n.X.Type)],
        ["Neg"] = n => [() => -n.Dy],
        ["Abs"] = n => [() => n.Dy * n.X.Map("Sign")],
        ["Exp"] = n => [() => n.Dy * n.Y],
        ["Log"] = n => [() => n.Dy / n.X],
        ["Sqrt"] = n => [() => n.Dy / (n.Y * 2)],
        ["Reciprocal"] = n => [() => -(n.Dy * n.Y * n.Y)],
        ["Erf"] = n => [() => n.Dy * (n.X * n.X * -1).Map("Exp") * (2 / Math.Sqrt(Math.PI))],
        ["Clip"] = n => [() => ClipGradient(n)],
        ["Relu"] = n => [() => n.Dy * (n.Y.Type == DataType.Float ? n.Y.Positive() : n.Y.Map("Sign"))],
        ["LeakyRelu"] = n => [() => n.Dy * Slope(n.X, n.Float("alpha", 0.01f))],
        ["PRelu"] = n =>
        [
            () => n.Dy * (n.X.Positive() * (1 - n.Input(1)) + n.Input(1)),
            () => (n.Dy * n.X.With("Min", n.Scalar(0))).SumTo(n.Input(1).Shape),
        ],
        ["Tanh"] = n => [() => n.Dy * (1 - n.Y * n.Y)],
        ["Sigmoid"] = n => [() => n.Dy * n.Y * (1 - n.Y)],
        ["Softplus"] = n => [() => n.Dy * n.X.Map("Sigmoid")],
        ["HardSigmoid"] =
            n => [() => n.Dy * Inside(n.X, n.Float("alpha", 0.2f), n.Float("beta", 0.5f)) * n.Float("alpha", 0.2f)],
        ["HardSwish"] = n => [() => n.Dy * HardSwishSlope(n.X)],
        ["Gelu"] = n => [() => n.Dy * (n.Text("approximate", "none") == "tanh" ? TanhGeluSlope(n.X) : GeluSlope(n.X))],
        ["Where"] = n =>
        [
            null,
            () => (n.Dy * n.Input(0).CastTo(n.Dy.Type)).SumTo(n.Input(1).Shape),
            () => (n.Dy * (1 - n.Input(0).CastTo(n.Dy.Type))).SumTo(n.Input(2).Shape),
        ],
        // Outside of training a Dropout passes its input on; in training graphs it has become a product with a mask.
        ["Dropout"] = n => [() => n.Dy],
        ["Floor"] = Flat, ["Ceil"] = Flat, ["Round"] = Flat, ["Sign"] = Flat,
    };

    /// <summary>Piecewise constant: the derivative is zero wherever it exists.</summary>
    private static GradientRule Flat => n => [() => n.Graph.Filled(0, n.X.Type, n.X.Shape)];

    /// <summary>Min and Max: to the inputs that were chosen, in equal parts where several are equal.</summary>
    private static GradientRule Chosen =>
        n => [.. Enumerable.Range(0, n.InputCount).Select(i => (Func<Expression>)(() =>
    {
        var chosen = Enumerable.Range(0, n.InputCount).Select(j => n.Input(j).Where("Equal", n.Y)).ToArray();
        return (n.Dy * chosen[i] / chosen.Aggregate((a, b) => a + b)).SumTo(n.Input(i).Shape);
    }))];

    /// <summary>With constant limits the gradient is that of strictly between them and needs the output alone, so that
    /// the runtime can make one operator of a convolution and its Clip. Otherwise: where nothing was changed.</summary>
    private static Expression ClipGradient(ForwardNode n)
    {
        var (low, high) = (n.ConstantScalar(1), n.ConstantScalar(2));
        if (n.Y.Type != DataType.Float || (n.HasInput(1) && low is null) || (n.HasInput(2) && high is null))
            return n.Dy * n.X.Where("Equal", n.Y);
        var dx = n.Dy;
        if (low is { } bottom)
            dx *= n.Y.Above(bottom);
        if (high is { } top)
            dx *= n.Y.Above(top, -1);
        return dx;
    }

    private static Expression Power(Expression x, Expression exponent) => x.With("Pow", exponent);

    private static Expression Slope(Expression x, double negative) => x.Positive() * (1 - negative) + negative;

    /// <summary>1 where 0 &lt; alpha x + beta &lt; 1.</summary>
    private static Expression Inside(Expression x, double alpha, double beta)
    {
        var line = x * alpha + beta;
        return line.Positive() * (1 - line).Positive();
    }

    /// <summary>x clip(x/6 + 1/2, 0, 1): the clipped line plus, inside, x/6.</summary>
    private static Expression HardSwishSlope(Expression x)
    {
        var line = x * (1.0 / 6) + 0.5;
        return line.Map("Relu").With("Min", x.Scalar(1)) + x * Inside(x, 1.0 / 6, 0.5) * (1.0 / 6);
    }

    /// <summary>x Phi(x): Phi(x) + x phi(x). With t = x / sqrt(2), Phi(x) is a hard sigmoid of erf(t), and x phi(x) is
    /// t exp(-t^2 - log(pi) / 2): as few passes over the values as that takes.</summary>
    private static Expression GeluSlope(Expression x)
    {
        var t = x * Math.Sqrt(0.5);
        var share = t.Map("Erf");
        share = x.Type == DataType.Float
            ? share with { Name = x.Graph.Builder.Add("HardSigmoid", [share.Name], [("alpha", 0.5f), ("beta", 0.5f)]) }
            : (share + 1) * 0.5;
        return share + t * (-0.5 * Math.Log(Math.PI) - t * t).Map("Exp");
    }

    private static Expression TanhGeluSlope(Expression x)
    {
        var (a, c) = (Math.Sqrt(2 / Math.PI), 0.044715);
        var t = ((x * x * c + 1) * x * a).Map("Tanh");
        return (t + 1) * 0.5 + x * (1 - t * t) * (x * x * (3 * c) + 1) * (0.5 * a);
    }
}
