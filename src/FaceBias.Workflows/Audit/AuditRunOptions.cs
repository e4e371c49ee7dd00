using FaceBias.Auditing;
using FaceBias.Core.Data.Labels;
using FaceBias.Core.Data.Tables;
using FaceBias.Onnx.Import;

namespace FaceBias.Workflows.Audit;

/// <summary>What a user asks of <see cref="AuditRun"/>: a table of predictions, or a model to ask about images.</summary>
public sealed record AuditRunOptions
{
    /// <summary>A table of predictions; null with <see cref="Model"/>.</summary>
    public string? Predictions { get; init; }

    /// <summary>Which columns are truth, prediction and probabilities, where they are not named T_true, T and T_p_CLASS.</summary>
    public ForeignColumns Columns { get; init; } = new();

    /// <summary>How to read the table.</summary>
    public TableReading Reading { get; init; } = new();

    /// <summary>Whether only to say how the table is read and what is wrong with it.</summary>
    public bool CheckOnly { get; init; }

    /// <summary>Predictions of another model for the same ids, to compare with.</summary>
    public string? Compare { get; init; }

    /// <summary>A model to audit as a black box: one of the catalogue, or an ONNX file: a model that FaceBias trained, or
    /// anybody's classifier.</summary>
    public string? Model { get; init; }

    /// <summary>Of anybody's classifier: what it tells, and the classes in the order of its scores: <c>gender=female,male</c>, or
    /// <c>gender=labels.txt</c> for a file of one class a line. Null where the file names them and <see cref="Targets"/> one target.</summary>
    public string? Classes { get; init; }

    /// <summary>Of anybody's classifier: how it takes pictures, and as <see cref="ImportWishes.Features"/> the value that holds
    /// its scores; what is null is proposed from the graph.</summary>
    public ImportWishes Import { get; init; } = new();

    /// <summary>Folders of images, with <see cref="Model"/>.</summary>
    public IReadOnlyList<string> Images { get; init; } = [];

    /// <summary>Where labels come from, with <see cref="Model"/>.</summary>
    public LabelOptions? Labels { get; init; }

    /// <summary>A feature file of a run (features/NAME.npy, its rows beside it), to look for look-alikes; or null.</summary>
    public string? Features { get; init; }

    /// <summary>Targets to audit; null for all.</summary>
    public IReadOnlyList<string>? Targets => Audit.Targets;

    /// <summary>The audit's own options.</summary>
    public AuditOptions Audit { get; init; } = new();

    /// <summary>The report's title; null for one made from the input's name.</summary>
    public string? Title { get; init; }

    /// <summary>Whether the audit of a run in <see cref="Out"/> may be replaced.</summary>
    public bool Force { get; init; }

    /// <summary>The folder to write.</summary>
    public required string Out { get; init; }
}
