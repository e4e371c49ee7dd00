namespace FaceBias.Core.Search.Spaces;

/// <summary>One of some named choices without an order; its value is the index. With one choice it is a
/// constant.</summary>
/// <param name="Choices">The choices, at least one, all different.</param>
public sealed record ChoiceParameter(string Name, IReadOnlyList<string> Choices) : Parameter(Name)
{
    internal override string? Problem =>
        Choices.Count == 0 || Choices.Distinct(StringComparer.Ordinal).Count() < Choices.Count
            ? "needs choices that are all different"
            : Default < 0 || Default >= Choices.Count || Default != Math.Floor(Default)
                ? "has a default that is the index of none of its choices" : null;

    internal override double At(double position) => Math.Clamp((int)(position * Choices.Count), 0, Choices.Count - 1);

    internal override double PositionOf(double value) => (value + 0.5) / Choices.Count;

    internal override string Text(double value) => Choices[(int)value];
}
