using System.Diagnostics;
using FaceBias.Primitives.Statistics;

namespace FaceBias.MLNet;

/// <summary>What a model says about one target of one picture.</summary>
/// <param name="Target">The target.</param>
/// <param name="Values">Probabilities in the order of the classes, or the number alone.</param>
[DebuggerDisplay("{Target.Name,nq}: {Label,nq} {Value}")]
public sealed record TargetPrediction(FaceBiasTarget Target, IReadOnlyList<float> Values)
{
    /// <summary>The most probable class; null for a number.</summary>
    public string? Label => Target.IsNumeric ? null : Target.Classes[Best];

    /// <summary>The number, or the probability of <see cref="Label"/>.</summary>
    public float Value => Target.IsNumeric ? Values[0] : Values[Best];

    /// <summary>Entropy of the probabilities over its largest possible value: 0 is certain, 1 knows nothing; null for a
    /// number.</summary>
    public double? Uncertainty => Target.IsNumeric ? null : Distributions.Uncertainty([.. Values]);

    private int Best => Enumerable.Range(0, Values.Count).MaxBy(i => Values[i]);
}
