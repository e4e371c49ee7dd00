namespace FaceBias.Core.Search.Spaces;

/// <summary>One of some named choices without an order; its value is the index. With one choice it is a
/// constant.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Choices">The choices, at least one, all different.</param>
internal sealed record ChoiceParameter(string Name, IReadOnlyList<string> Choices) : Parameter(Name)
{
    /// <inheritdoc/>
    public override double At(double position) => Math.Clamp((int)(position * Choices.Count), 0, Choices.Count - 1);

    /// <inheritdoc/>
    public override double PositionOf(double value) => (value + 0.5) / Choices.Count;

    /// <inheritdoc/>
    public override string Text(double value) => Choices[(int)value];
}
