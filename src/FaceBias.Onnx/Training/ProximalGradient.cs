using FaceBias.Onnx.Gradients;

namespace FaceBias.Onnx.Training;

/// <summary>
/// Accelerated proximal gradient descent (FISTA, Beck and Teboulle 2009) for convex losses of the whole data with an L1
/// penalty. With the learning rate at most 1 / (Lipschitz constant of the gradient) it reaches the optimum, which hangs
/// on neither the seed nor the order of samples.
/// </summary>
/// <param name="L1">Weight of the sum of absolute values. A parameter group's rate scale of 0 would freeze; its weight
/// decay of 0 lifts both penalties.</param>
public sealed record ProximalGradient(double L1 = 0) : Optimizer
{
    internal override string[] StateNames => ["point"];

    internal override string[] ScalarNames => ["rate", "momentum"];

    // The parameter is the extrapolated point where the gradient is taken, the state the last point itself. The momentum
    // (k - 1) / (k + 2) is the usual short form of FISTA's sequence.
    internal override void Scalars(long step, double rate, Span<float> values) =>
        (values[0], values[1]) = ((float)rate, (float)((step - 1.0) / (step + 2.0)));

    internal override (Expression, Expression[]) Update(
        Expression parameter, Expression gradient, Expression[] state, IReadOnlyDictionary<string, Expression> scalars,
        ParameterGroup group)
    {
        if (Decay(group) != 0)
            gradient += parameter * Decay(group);
        var rate = scalars["rate"] * group.RateScale;
        var point = parameter - gradient * rate;
        if (L1 > 0 && group.WeightDecay is not 0)
        {
            // v - clip(v, -t, t) moves every value towards zero by t and stops there.
            var limit = rate * L1;
            point -= point.With("Max", -limit).With("Min", limit);
        }
        return (point + (point - state[0]) * scalars["momentum"], [point]);
    }
}
