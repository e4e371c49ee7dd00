namespace FaceBias.Auditing;

/// <summary>Which columns of somebody else's table are truth, prediction and probabilities.</summary>
public sealed record ForeignColumns
{
    /// <summary>The truth's column; or one per class, with a 1 in the column of the true one (CLASS=COLUMN, or columns named after their
    /// class but for what all of the names share). None: a table without truth.</summary>
    public IReadOnlyList<string> Truth { get; init; } = [];

    /// <summary>The prediction's column, or one per class, as for the truth. None where it follows from probabilities or a score.</summary>
    public IReadOnlyList<string> Prediction { get; init; } = [];

    /// <summary>Columns of probabilities: CLASS=COLUMN, or columns named after their class.</summary>
    public IReadOnlyList<string> Probabilities { get; init; } = [];

    /// <summary>The column of a score of one of two classes.</summary>
    public string? Score { get; init; }

    /// <summary>Whether nothing is named, so that the table's own names count (T, T_true, T_p_CLASS).</summary>
    public bool IsEmpty => Truth.Count + Prediction.Count + Probabilities.Count == 0 && Score is null;
}
