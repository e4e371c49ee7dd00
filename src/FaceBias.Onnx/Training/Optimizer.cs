using FaceBias.Onnx.Gradients;

namespace FaceBias.Onnx.Training;

/// <summary>What may differ between parameters.</summary>
/// <param name="RateScale">Multiplies the learning rate, for layer-wise rates.</param>
/// <param name="WeightDecay">Replaces the optimizer's weight decay; null keeps it.</param>
public sealed record ParameterGroup(double RateScale = 1, double? WeightDecay = null)
{
    /// <summary>The learning rate as it is and no weight decay, usual for biases and norms.</summary>
    public static ParameterGroup NoDecay { get; } = new(1, 0);
}

/// <summary>How parameters follow their gradients: <see cref="Sgd"/>, <see cref="Adam"/> or <see cref="AdamW"/>. The
/// update becomes part of the training graph; numbers that change with the step are fed as scalars.</summary>
public abstract record Optimizer
{
    /// <summary>Weight decay of parameters whose group does not say otherwise.</summary>
    public double WeightDecay { get; init; }

    /// <summary>If positive, all gradients are scaled so that their joint Euclidean norm is at most this
    /// (torch.nn.utils.clip_grad_norm_).</summary>
    public double ClipNorm { get; init; }

    /// <summary>If positive, an exponential moving average of each parameter is kept with this decay
    /// (<see cref="TrainingSession.GetAverages"/>).</summary>
    public double AverageDecay { get; init; }

    /// <summary>The group of a parameter by its name; null puts all into one.</summary>
    public Func<string, ParameterGroup>? Group { get; init; }

    /// <summary>The state that is kept per parameter, each of its shape and zero at first.</summary>
    internal abstract string[] StateNames { get; }

    /// <summary>The scalars that are fed in every step, "rate" among them.</summary>
    internal abstract string[] ScalarNames { get; }

    /// <summary>The scalars of a step, counted from 1.</summary>
    internal abstract void Scalars(long step, double rate, Span<float> values);

    /// <summary>Adds the nodes of one parameter's update.</summary>
    internal abstract (Expression Parameter, Expression[] State) Update(
        Expression parameter, Expression gradient, Expression[] state, IReadOnlyDictionary<string, Expression> scalars,
        ParameterGroup group);

    private protected double Decay(ParameterGroup group) => group.WeightDecay ?? WeightDecay;
}

/// <summary>Stochastic gradient descent, as torch.optim.SGD.</summary>
/// <param name="Momentum">The share of the last step's velocity that is kept.</param>
/// <param name="Nesterov">Looks ahead along the velocity.</param>
public sealed record Sgd(double Momentum = 0, bool Nesterov = false) : Optimizer
{
    internal override string[] StateNames => Momentum == 0 ? [] : ["velocity"];

    internal override string[] ScalarNames => ["rate"];

    internal override void Scalars(long step, double rate, Span<float> values) => values[0] = (float)rate;

    internal override (Expression, Expression[]) Update(
        Expression parameter, Expression gradient, Expression[] state, IReadOnlyDictionary<string, Expression> scalars,
        ParameterGroup group)
    {
        if (Decay(group) != 0)
            gradient += parameter * Decay(group);
        var step = gradient;
        Expression[] next = [];
        if (Momentum != 0)
        {
            next = [state[0] * Momentum + gradient];
            step = Nesterov ? next[0] * Momentum + gradient : next[0];
        }
        return (parameter - step * (scalars["rate"] * group.RateScale), next);
    }
}

/// <summary>Adam (Kingma and Ba 2015), as torch.optim.Adam: weight decay is added to the gradient.</summary>
/// <param name="Beta1">Decay of the mean of gradients.</param>
/// <param name="Beta2">Decay of the mean of squared gradients.</param>
/// <param name="Epsilon">Added to the denominator.</param>
public record Adam(double Beta1 = 0.9, double Beta2 = 0.999, double Epsilon = 1e-8) : Optimizer
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

    internal override (Expression, Expression[]) Update(
        Expression parameter, Expression gradient, Expression[] state, IReadOnlyDictionary<string, Expression> scalars,
        ParameterGroup group)
    {
        var decay = Decay(group);
        if (decay != 0 && !Decoupled)
            gradient += parameter * decay;
        var mean = state[0] * Beta1 + gradient;
        var square = state[1] * Beta2 + gradient * gradient;
        var step = mean / (square.Map("Sqrt") + scalars["epsilon"]) * (scalars["step_size"] * group.RateScale);
        if (decay != 0 && Decoupled)
            parameter *= 1 - scalars["rate"] * (group.RateScale * decay);
        return (parameter - step, [mean, square]);
    }
}

/// <summary>Adam whose weight decay shrinks the parameters by themselves (Loshchilov and Hutter 2019), as
/// torch.optim.AdamW; set <see cref="Optimizer.WeightDecay"/>, 0.01 there.</summary>
public sealed record AdamW(double Beta1 = 0.9, double Beta2 = 0.999, double Epsilon = 1e-8) : Adam(Beta1, Beta2, Epsilon)
{
    private protected override bool Decoupled => true;
}
