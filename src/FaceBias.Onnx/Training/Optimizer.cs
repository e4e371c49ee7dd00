using System.Runtime.CompilerServices;
using FaceBias.Onnx.Gradients;

namespace FaceBias.Onnx.Training;

/// <summary>What may differ between parameters.</summary>
/// <param name="RateScale">Multiplies the learning rate, for layer-wise rates.</param>
/// <param name="WeightDecay">Replaces the optimizer's weight decay; null keeps it.</param>
internal sealed record ParameterGroup(double RateScale = 1, double? WeightDecay = null)
{
    /// <summary>The learning rate as it is and no weight decay, usual for biases and norms.</summary>
    public static ParameterGroup NoDecay { get; } = new(1, 0);
}

/// <summary>How parameters follow their gradients: <see cref="Sgd"/>, <see cref="Adam"/> or <see cref="AdamW"/>. On a
/// GPU the update is part of the training graph, on the processor one pass over the parameters after it; numbers that
/// change with the step are scalars of either.</summary>
internal abstract record Optimizer
{
    /// <summary>Weight decay of parameters whose group does not say otherwise.</summary>
    public double WeightDecay { get; init; }

    /// <summary>If positive, all gradients are scaled so that their joint Euclidean norm is at most this
    /// (torch.nn.utils.clip_grad_norm_).</summary>
    public double ClipNorm { get; init; }

    /// <summary>If positive, an exponential moving average of each parameter is kept with this decay
    /// (<see cref="TrainingSession.GetAverages"/>).</summary>
    public double EmaDecay { get; init; }

    /// <summary>The group of a parameter by its name; null puts all into one.</summary>
    public Func<string, ParameterGroup>? Group { get; init; }

    /// <summary>The state that is kept per parameter, each of its shape and zero at first; two at most.</summary>
    internal abstract string[] StateNames { get; }

    /// <summary>The scalars that are fed in every step, "rate" among them.</summary>
    internal abstract string[] ScalarNames { get; }

    /// <summary>The scalars of a step, counted from 1.</summary>
    internal abstract void Scalars(long step, double rate, Span<float> values);

    /// <summary>Hands the rule of a group's parameters to whoever carries it out.</summary>
    internal abstract void Accept(ParameterGroup group, IUpdateRuleVisitor visitor);

    private protected double Decay(ParameterGroup group) => group.WeightDecay ?? WeightDecay;
}

/// <summary>Stochastic gradient descent, as torch.optim.SGD.</summary>
/// <param name="Momentum">The share of the last step's velocity that is kept.</param>
/// <param name="Nesterov">Looks ahead along the velocity.</param>
internal sealed record Sgd(double Momentum = 0, bool Nesterov = false) : Optimizer
{
    internal override string[] StateNames => Momentum == 0 ? [] : ["velocity"];

    internal override string[] ScalarNames => ["rate"];

    internal override void Scalars(long step, double rate, Span<float> values) => values[0] = (float)rate;

    internal override void Accept(ParameterGroup group, IUpdateRuleVisitor visitor) =>
        visitor.Visit(new Rule(Momentum, Nesterov, Decay(group), group.RateScale));

    private readonly record struct Rule(double Momentum, bool Nesterov, double Decay, double RateScale) : IUpdateRule
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public (T Parameter, T First, T Second) Next<T>(T parameter, T gradient, T first, T second,
            ReadOnlySpan<T> scalars)
            where T : struct, IUpdateValue<T>
        {
            if (Decay != 0)
                gradient += parameter * Decay;
            var step = gradient;
            if (Momentum != 0)
            {
                first = first * Momentum + gradient;
                step = Nesterov ? first * Momentum + gradient : first;
            }
            return (parameter - step * (scalars[0] * RateScale), first, second);
        }
    }
}

/// <summary>Adam (Kingma and Ba 2015), as torch.optim.Adam: weight decay is added to the gradient.</summary>
/// <param name="Beta1">Decay of the mean of gradients.</param>
/// <param name="Beta2">Decay of the mean of squared gradients.</param>
internal record Adam(double Beta1 = 0.9, double Beta2 = 0.999, double Epsilon = 1e-8) : Optimizer
{
    /// <summary>Whether weight decay shrinks the parameter by itself.</summary>
    private protected virtual bool Decoupled => false;

    internal override string[] StateNames => ["mean", "square"];

    internal override string[] ScalarNames => ["rate", "step_size", "epsilon"];

    // With M = m / (1 - b1) and V = v / (1 - b2) kept instead of m and v, each costs one pass over memory less, and
    // rate (m/c1) / (sqrt(v/c2) + e), where c1 and c2 correct the bias, is size * M / (sqrt(V) + e / s) with
    // s = sqrt((1 - b2) / c2) and size = rate (1 - b1) / (c1 s).
    internal override void Scalars(long step, double rate, Span<float> values)
    {
        var (c1, c2) = (1 - Math.Pow(Beta1, step), 1 - Math.Pow(Beta2, step));
        var scale = Math.Sqrt((1 - Beta2) / c2);
        values[0] = (float)rate;
        values[1] = (float)(rate * (1 - Beta1) / (c1 * scale));
        values[2] = (float)(Epsilon / scale);
    }

    internal override void Accept(ParameterGroup group, IUpdateRuleVisitor visitor) =>
        visitor.Visit(new Rule(Beta1, Beta2, Decay(group), Decoupled, group.RateScale));

    private readonly record struct Rule(double Beta1, double Beta2, double Decay, bool Decoupled, double RateScale)
        : IUpdateRule
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public (T Parameter, T First, T Second) Next<T>(T parameter, T gradient, T first, T second,
            ReadOnlySpan<T> scalars)
            where T : struct, IUpdateValue<T>
        {
            if (Decay != 0 && !Decoupled)
                gradient += parameter * Decay;
            var mean = first * Beta1 + gradient;
            var square = second * Beta2 + gradient * gradient;
            var step = mean / (square.Sqrt() + scalars[2]) * (scalars[1] * RateScale);
            if (Decay != 0 && Decoupled)
                parameter *= 1 - scalars[0] * (RateScale * Decay);
            return (parameter - step, mean, square);
        }
    }
}

/// <summary>Adam whose weight decay shrinks the parameters by themselves (Loshchilov and Hutter 2019), as
/// torch.optim.AdamW; set <see cref="Optimizer.WeightDecay"/>, 0.01 there.</summary>
internal sealed record AdamW(double Beta1 = 0.9, double Beta2 = 0.999, double Epsilon = 1e-8)
    : Adam(Beta1, Beta2, Epsilon)
{
    private protected override bool Decoupled => true;
}
