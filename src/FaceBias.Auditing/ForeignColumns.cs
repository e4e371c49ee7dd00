namespace FaceBias.Auditing;

/// <summary>Which columns of somebody else's table are truth, prediction and probabilities.</summary>
public sealed record ForeignColumns
{
    /// <summary>The truth's column; or one per class, with a 1 in the column of the true one (CLASS=COLUMN, or columns
    /// named after their class but for what all of the names share). None: a table without truth.</summary>
    [Option("Column of the truth, where it is not named T_true; or one of 0 and 1 per class (CLASS=COLUMN, or named "
        + "after it).", ValueName = "COLUMN", Group = OptionGroup.Tables, Common = true)]
    public IReadOnlyList<string> Truth { get; init; } = [];

    /// <summary>The prediction's column, or one per class, as for the truth. None where it follows from probabilities
    /// or a score.</summary>
    [Option("Column of the prediction, or one of 0 and 1 per class; without ‹Truth› only what is predicted for whom "
        + "is compared.", ValueName = "COLUMN", Group = OptionGroup.Tables, Common = true)]
    public IReadOnlyList<string> Prediction { get; init; } = [];

    /// <summary>Columns of probabilities: CLASS=COLUMN, or columns named after their class.</summary>
    [Option("Columns of probabilities: CLASS=COLUMN, or columns named after their class; alone, the most probable "
        + "class is the prediction.", ValueName = "COLUMN", Group = OptionGroup.Tables)]
    public IReadOnlyList<string> Probabilities { get; init; } = [];

    /// <summary>The column of a score of one of two classes.</summary>
    [Option("Column of a score of one of two classes, cut at ‹Threshold›.", ValueName = "COLUMN",
        Group = OptionGroup.Tables)]
    public string? Score { get; init; }

    /// <summary>The column of prediction sets: classes separated by '|', or a list as Python writes it.</summary>
    [Option("Column of prediction sets, where it is not named T_set.", ValueName = "COLUMN",
        Group = OptionGroup.Tables)]
    public string? PredictionSet { get; init; }

    /// <summary>The column of the lower ends of prediction intervals.</summary>
    [Option("Column of the lower ends of prediction intervals, where it is not named T_low.", ValueName = "COLUMN",
        Group = OptionGroup.Tables)]
    public string? LowerBound { get; init; }

    /// <summary>The column of their upper ends.</summary>
    [Option("Column of the upper ends of prediction intervals, where it is not named T_high.", ValueName = "COLUMN",
        Group = OptionGroup.Tables)]
    public string? UpperBound { get; init; }

    /// <summary>Columns that say how unsure the model is of a row, larger for less sure.</summary>
    [Option("Columns that are larger the less sure the model is, where they are not named T_uncertainty_NAME.",
        ValueName = "COLUMN", Group = OptionGroup.Tables)]
    public IReadOnlyList<string> UncertaintyColumns { get; init; } = [];

    /// <summary>The columns that say how sure the model is, with what follows the target in their new names.</summary>
    internal IEnumerable<(string Column, string Suffix)> Uncertainties() =>
    [
        .. PredictionSet is { } set ? [(set, "set")] : Array.Empty<(string, string)>(),
        .. LowerBound is { } low ? [(low, "low")] : Array.Empty<(string, string)>(),
        .. UpperBound is { } high ? [(high, "high")] : Array.Empty<(string, string)>(),
        .. UncertaintyColumns.Select(c => (c, "uncertainty_" + c)),
    ];

    /// <summary>Whether nothing is named, so that the table's own names count (T, T_true, T_p_CLASS).</summary>
    public bool IsEmpty => Truth.Count + Prediction.Count + Probabilities.Count == 0 && Score is null
        && !Uncertainties().Any();
}
