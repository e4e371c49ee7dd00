namespace FaceBias.Auditing;

/// <summary>Truth and prediction of one target, for the audited rows.</summary>
internal sealed record TargetData(string Name, TargetKind Kind)
{
    public string[] Classes { get; init; } = [];

    /// <summary>Index into <see cref="Classes"/>, -1 where missing.</summary>
    public int[] Truth { get; init; } = [];

    /// <summary>Index into <see cref="Classes"/>, -1 where missing.</summary>
    public int[] Predicted { get; init; } = [];

    /// <summary>[class][row], or null without probabilities.</summary>
    public double[][]? Probabilities { get; init; }

    /// <summary>Scores that rank rows but are no probabilities, [class][row]; null where there are none.</summary>
    public double[][]? Scores { get; init; }

    /// <summary>What the score of a row was cut at to get its prediction; null where the prediction is the table's
    /// own.</summary>
    public double? Threshold { get; init; }

    /// <summary>Whether nothing is known to be right: the truth then repeats the prediction, and only what is predicted
    /// for whom can be compared.</summary>
    public bool NoTruth { get; init; }

    /// <summary>The names of the columns it was read from.</summary>
    public IReadOnlyList<string> Headers { get; init; } = [];

    /// <summary>The unit of a number, if it is known: "years".</summary>
    public string? Unit { get; init; }

    /// <summary>Its prediction sets or intervals; null where it has none.</summary>
    public CoverageData? Coverage { get; init; }

    /// <summary>How unsure the model is of each row, by the columns' names: larger is less sure.</summary>
    public IReadOnlyList<(string Column, double[] Values)> Uncertainties { get; init; } = [];

    /// <summary>Whether metrics of each class are given: there are not too many of them.</summary>
    public bool Detailed { get; init; } = true;

    /// <summary>NaN where missing.</summary>
    public double[] TruthValue { get; init; } = [];

    /// <summary>NaN where missing.</summary>
    public double[] PredictedValue { get; init; } = [];

    public bool HasTruth(int row) => Kind == TargetKind.Categorical ? Truth[row] >= 0 : !double.IsNaN(TruthValue[row]);

    public bool HasPrediction(int row) =>
        Kind == TargetKind.Categorical ? Predicted[row] >= 0 : !double.IsNaN(PredictedValue[row]);
}
