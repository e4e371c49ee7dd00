using System.Runtime.CompilerServices;
using FaceBias.Onnx.Gradients;

namespace FaceBias.Onnx.Training;

/// <summary>
/// Accelerated proximal gradient descent (FISTA, Beck and Teboulle 2009) for convex losses of the whole data with an L1
/// penalty. With the learning rate at most 1 / (Lipschitz constant of the gradient) it reaches the optimum, which
/// depends on neither the seed nor the order of samples.
/// </summary>
/// <param name="L1">Weight of the sum of absolute values. A parameter group's rate scale of 0 would freeze; its weight
/// decay of 0 lifts both penalties.</param>
internal sealed record ProximalGradient(double L1 = 0) : Optimizer
{
    internal override string[] StateNames => ["point"];

    internal override string[] ScalarNames => ["rate", "momentum"];

    // The parameter is the extrapolated point where the gradient is taken, the state the last point itself. The
    // momentum (k - 1) / (k + 2) is the usual short form of FISTA's sequence.
    internal override void Scalars(long step, double rate, Span<float> values) =>
        (values[0], values[1]) = ((float)rate, (float)((step - 1.0) / (step + 2.0)));

    internal override void Accept(ParameterGroup group, IUpdateRuleVisitor visitor) =>
        visitor.Visit(new Rule(group.WeightDecay is 0 ? 0 : L1, Decay(group), group.RateScale));

    private readonly record struct Rule(double L1, double Decay, double RateScale) : IUpdateRule
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public (T Parameter, T First, T Second) Next<T>(T parameter, T gradient, T first, T second,
            ReadOnlySpan<T> scalars)
            where T : struct, IUpdateValue<T>
        {
            if (Decay != 0)
                gradient += parameter * Decay;
            var rate = scalars[0] * RateScale;
            var point = parameter - gradient * rate;
            if (L1 > 0)
            {
                // v - clip(v, -t, t) moves every value towards zero by t and stops there.
                var limit = rate * L1;
                point -= point.Max(-limit).Min(limit);
            }
            return (point + (point - first) * scalars[1], point, second);
        }
    }
}
