using System.Numerics.Tensors;
using System.Text.Json.Serialization;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Uncertainty.Conformal;
using FaceBias.Primitives.Statistics;

namespace FaceBias.Server.Models;

/// <summary>What the model says of one picture.</summary>
/// <param name="Name">The file's name as the request gave it, or its number.</param>
/// <param name="Predictions">One per target.</param>
/// <param name="Novelty">Distance from the training pictures; above 1 is unlike them. Null where the model does not
/// know.</param>
/// <param name="OutOfDistribution">Whether it is above 1.</param>
/// <param name="Further">Further outputs of the model by name, such as uncertainties; null for what is no finite
/// number.</param>
/// <param name="Error">Why there is no prediction, as a sentence; null where there is one.</param>
internal sealed record PictureAnswer(
    string Name, IReadOnlyList<TargetAnswer> Predictions, float? Novelty, bool? OutOfDistribution,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        IReadOnlyDictionary<string, float?[]>? Further = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Error = null);

/// <summary>What the model says about one target.</summary>
/// <param name="Label">The most probable class; null for a number.</param>
/// <param name="Value">The number, or the probability of the label.</param>
/// <param name="Uncertainty">Entropy of the probabilities over its maximum: 0 is certain, 1 knows nothing; null for a
/// number.</param>
/// <param name="Abstained">Whether the label's probability is below what the service answers with; the label is given
/// all the same.</param>
/// <param name="Classes">Every class with its probability.</param>
internal sealed record TargetAnswer(
    string Target, string? Label, float Value, string? Unit, double? Uncertainty, bool Abstained,
    IReadOnlyList<ClassProbability> Classes)
{
    /// <summary>An uncertainty above this counts as uncertain in what is watched.</summary>
    public const double Uncertain = 0.5;

    /// <summary>The classes that hold the truth at the rate <see cref="Coverage"/>; null of a number, and of a model
    /// without calibrated sets.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Set { get; private init; }

    /// <summary>The interval that holds the number at the rate <see cref="Coverage"/>; null where the picture is like
    /// none that it was calibrated on, of a class, and of a model without calibrated intervals.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public AnswerInterval? Interval { get; private init; }

    /// <summary>The nominal coverage of <see cref="Set"/> or <see cref="Interval"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Coverage { get; private init; }

    /// <summary>The answer with its set or interval; the groups of the person are not known, so it is cut at the safest
    /// cutoff of all.</summary>
    /// <param name="calibrated">The calibrated target; null of one that is not.</param>
    /// <param name="values">The target's numbers.</param>
    /// <param name="basis">What its intervals are built around; null for the number itself.</param>
    public TargetAnswer With(ConformalTarget? calibrated, ReadOnlySpan<float> values, float[]? basis)
    {
        if (calibrated is null)
            return this;
        int[] unknown = [.. calibrated.Table.Groups.Select(g => g.Unknown)];
        if (Label is null)
        {
            var (low, high) = calibrated.Interval(
                calibrated.Scaled(basis is null ? new(Value, Value, 1) : new(basis[0], basis[1], basis[2])), unknown);
            return this with { Interval = AnswerInterval.Of(low, high), Coverage = calibrated.Options.Level };
        }
        Span<bool> set = new bool[values.Length];
        calibrated.Set(values, unknown, set);
        var members = new List<string>();
        for (var c = 0; c < set.Length; c++)
            if (set[c])
                members.Add(Classes[c].Name);
        return this with { Set = members, Coverage = calibrated.Options.Level };
    }

    public static TargetAnswer Of(OutputSpec target, ReadOnlySpan<float> values, double abstainBelow)
    {
        if (target is not CategoricalOutput categories)
            return new(target.Name, null, values[0], (target as NumericOutput)?.Unit, null, false, []);
        var best = TensorPrimitives.IndexOfMax(values);
        var classes = new ClassProbability[values.Length];
        for (var i = 0; i < classes.Length; i++)
            classes[i] = new(categories.Classes[i], values[i]);
        return new(target.Name, categories.Classes[best], values[best], null,
            Distributions.Uncertainty(values),
            values[best] < abstainBelow, classes);
    }
}

/// <summary>An interval of a number.</summary>
/// <param name="Low">Its lower end; null where it has none, because too few pictures were calibrated on.</param>
/// <param name="High">Its upper end; null where it has none.</param>
internal sealed record AnswerInterval(double? Low, double? High)
{
    public static AnswerInterval? Of(double low, double high) => low > high ? null
        : new(double.IsFinite(low) ? low : null, double.IsFinite(high) ? high : null);
}

/// <summary>A class and its probability.</summary>
internal sealed record ClassProbability(string Name, float Probability);
