using FaceBias.Core.Heads.Methods;
using FaceBias.Onnx.Training;

namespace FaceBias.Core.Search.Results;

/// <summary>What a sweep is after.</summary>
internal enum ObjectiveKind
{
    /// <summary>The metric of the worst group.</summary>
    WorstGroup,

    /// <summary>The metric over all rows.</summary>
    Average,

    /// <summary>The metric over all rows less some times the gap between groups.</summary>
    AverageLessGap,

    /// <summary>Average and gap side by side.</summary>
    Pareto,
}

/// <summary>What a sweep is after: turns metrics into losses.</summary>
public sealed record Objective
{
    private readonly double _weight;

    internal Objective(ObjectiveKind kind, double weight = 0) => (Kind, _weight) = (kind, weight);

    internal ObjectiveKind Kind { get; }

    /// <summary>Rows that a group needs on validation to be compared, as in an audit.</summary>
    internal const int MinimumCount = 10;

    /// <summary>Reads <c>worst-group</c>, <c>average</c>, <c>0.5*gap</c> or <c>pareto</c>.</summary>
    /// <exception cref="FaceBiasException">It is none of these.</exception>
    public static Objective Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = text.Split('*');
        return text switch
        {
            "worst-group" => new(ObjectiveKind.WorstGroup),
            "average" => new(ObjectiveKind.Average),
            "pareto" => new(ObjectiveKind.Pareto),
            _ when parts is [var weight, "gap"]
                && double.TryParse(weight, NumberStyles.Float, CultureInfo.InvariantCulture, out var w)
                && double.IsFinite(w) && w > 0 => new(ObjectiveKind.AverageLessGap, w),
            _ => throw new FaceBiasException(
                $"‹Objective› '{text}' is none; write worst-group, average, pareto, or a weight above 0 and the gap "
                    + "such as 0.5*gap."),
        };
    }

    /// <inheritdoc cref="Parse"/>
    public static implicit operator Objective(string text) => Parse(text);

    /// <summary>As it is written.</summary>
    public override string ToString() => Kind switch
    {
        ObjectiveKind.WorstGroup => "worst-group",
        ObjectiveKind.Average => "average",
        ObjectiveKind.Pareto => "pareto",
        _ => string.Create(CultureInfo.InvariantCulture, $"{_weight}*gap"),
    };

    /// <summary>One loss per objective, smaller being better.</summary>
    internal IReadOnlyList<double> Losses(GroupMetrics f) => Kind switch
    {
        ObjectiveKind.WorstGroup => [f.Loss(f.Worst)],
        ObjectiveKind.Average => [f.Loss(f.RowAverage)],
        ObjectiveKind.AverageLessGap => [f.Loss(f.RowAverage) + _weight * f.Gap],
        _ => [f.Loss(f.RowAverage), f.Gap],
    };

    /// <summary>One number for epochs and pruning: the only loss, or for <c>pareto</c> that of the worst group, which
    /// is small only where both are.</summary>
    internal double Scalar(GroupMetrics f) => Kind == ObjectiveKind.Pareto ? f.Loss(f.Worst) : Losses(f)[0];

    /// <summary>Decides between equal losses: on few rows the worst group's metric takes few values.</summary>
    internal double TieBreak(GroupMetrics f) =>
        Kind == ObjectiveKind.WorstGroup ? f.Loss(f.RowAverage) : f.Loss(f.Worst);
}
