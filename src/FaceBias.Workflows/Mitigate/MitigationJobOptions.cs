using FaceBias.Core.Heads.Data;

namespace FaceBias.Workflows.Mitigate;

/// <summary>What a user asks of <see cref="MitigationJob"/>: the features of a run, or a folder of them, and how
/// methods are compared.</summary>
public sealed record MitigationJobOptions
{
    /// <summary>Folder of a finished run; null with <see cref="Features"/>.</summary>
    [Option("Folder of a finished 'facebias train': its features, splits and labels.", ValueName = "RUN",
        Common = true, OneOf = true)]
    public string? Run { get; init; }

    /// <summary>What to predict, with <see cref="Run"/>.</summary>
    [Option("With ‹Run›: what to predict, such as gender or age:0-30,31-.", ValueName = "SPEC", Common = true)]
    public LevelSpec? Target { get; init; }

    /// <summary>The attributes behind the shortcut, with <see cref="Run"/>; several are crossed.</summary>
    [Option("With ‹Run›: the attribute behind the shortcut, such as race or age:young=0-34,old=35-; several are crossed.",
        ValueName = "SPEC", Common = true)]
    public IReadOnlyList<LevelSpec> Bias { get; init; } = [];

    /// <summary>Columns to cross; the same as several <see cref="Bias"/>.</summary>
    [Option("With ‹Run›: columns to cross, race,gender; the same as several ‹Bias›.", ValueName = "COLUMNS")]
    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>Folder of NumPy files; null with <see cref="Run"/>.</summary>
    [Option("Folder with {train,val,test}_feats.npy, _target.npy and, if known, _bias.npy.", ValueName = "DIR",
        OneOf = true)]
    public string? Features { get; init; }

    /// <summary>Folder of the same test rows with training rows without the correlation.</summary>
    [Option("Folder of the same test rows with training rows without the correlation: an upper bound.",
        ValueName = "DIR")]
    public string? Oracle { get; init; }

    /// <summary>Whether the target of <see cref="Features"/> is a number even if its values are whole.</summary>
    [Option("The target is a number even if its values are integers.")]
    public bool Numeric { get; init; }

    /// <summary>What to compare and how.</summary>
    [Options]
    public required MitigationRunOptions Comparison { get; init; }
}
