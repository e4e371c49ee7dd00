namespace FaceBias.Workflows.Init;

/// <summary>What a user has, for <see cref="Proposal"/>.</summary>
public sealed record ProposalOptions
{
    /// <summary>Folders of images.</summary>
    public IReadOnlyList<string> Images { get; init; } = [];

    /// <summary>Tables of labels, or one of predictions.</summary>
    public IReadOnlyList<string> Tables { get; init; } = [];

    /// <summary>Columns to predict, where the user says it.</summary>
    [Option("Columns to predict; with a table of labels.", ValueName = "COLUMNS", Common = true)]
    public IReadOnlyList<string> Targets { get; init; } = [];

    /// <summary>Columns to compare by, where the user says it.</summary>
    [Option("Columns to compare by.", ValueName = "COLUMNS", Common = true)]
    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>The column of the truth, in a table of predictions.</summary>
    [Option("Column of the truth; with a table of predictions.", ValueName = "COLUMN", Common = true)]
    public string? Truth { get; init; }

    /// <summary>The column of the prediction.</summary>
    [Option("Column of the prediction; with a table of predictions.", ValueName = "COLUMN", Common = true)]
    public string? Prediction { get; init; }
}
