namespace FaceBias.Core.Search.Spaces;

/// <summary>A number between two limits, both included, drawn evenly or evenly in its logarithm.</summary>
/// <param name="High">Largest value, above <paramref name="Low"/>.</param>
/// <param name="Log">Whether its order of magnitude matters; <paramref name="Low"/> must then be above 0.</param>
/// <param name="Integer">Whether only whole numbers make sense.</param>
public sealed record NumberParameter(string Name, double Low, double High, bool Log = false, bool Integer = false)
    : Parameter(Name)
{
    /// <summary>Smallest value that means anything, whatever a file says.</summary>
    internal double Min { get; init; } = double.NegativeInfinity;

    /// <summary>Largest value that means anything.</summary>
    internal double Max { get; init; } = double.PositiveInfinity;

    /// <summary>Digits that a drawn value has, so that a journal and a person read the same number.</summary>
    internal int Digits { get; init; } = 6;

    // Whole numbers own the interval half a unit around them, so that the limits are as likely as the rest.
    private double From => Forward(Integer ? Low - (Log ? 0.5 * Math.Min(1, Low) : 0.5) : Low);

    private double To => Forward(Integer ? High + 0.5 : High);

    internal override string? Problem =>
        !(Low < High) || !double.IsFinite(High - Low) ? "needs a low end below its high end"
            : Log && Low <= 0 ? "is drawn by its logarithm, so that its low end must be above 0"
            : Default < Low || Default > High || double.IsNaN(Default) ? "has a default outside its range" : null;

    internal override double At(double position)
    {
        var x = From + Math.Clamp(position, 0, 1) * (To - From);
        var value = Log ? Math.Exp(x) : x;
        return Math.Clamp(Integer ? Math.Round(value) : Round(value), Low, High);
    }

    internal override double PositionOf(double value) => Math.Clamp((Forward(value) - From) / (To - From), 0, 1);

    internal override string Text(double value) => value.ToString("G6", CultureInfo.InvariantCulture);

    private double Forward(double value) => Log ? Math.Log(value) : value;

    private double Round(double value) =>
        double.Parse(value.ToString("G" + Digits, CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
