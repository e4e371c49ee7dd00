using System.ComponentModel.DataAnnotations;
using FaceBias.Core.Data.Labels;
using FaceBias.Core.Data.Tables;
using FaceBias.Onnx.Import;
using FaceBias.Reporting;

namespace FaceBias.Workflows.Audit;

/// <summary>What a user asks of <see cref="AuditRun"/>: a table of predictions, or a model to ask about
/// images.</summary>
public sealed record AuditRunOptions
{
    /// <summary>A table of predictions; null with <see cref="Model"/>.</summary>
    [Option("Table of predictions: text with any separator, .xlsx, .json, .jsonl or .parquet, also compressed.",
        ValueName = "FILE", Group = OptionGroup.Data, Common = true, OneOf = true)]
    public string? Predictions { get; init; }

    /// <summary>Which columns are truth, prediction and probabilities, where they are not named T_true, T and
    /// T_p_CLASS.</summary>
    [Options]
    public ForeignColumns Columns { get; init; } = new();

    /// <summary>How to read the table.</summary>
    [Options]
    public TableReading Reading { get; init; } = new();

    /// <summary>Whether only to say how the table is read and what is wrong with it.</summary>
    [Option("Only say how the table is read and what is wrong with it; write nothing.", Name = "check",
        Group = OptionGroup.Tables)]
    public bool CheckOnly { get; init; }

    /// <summary>Predictions of another model for the same ids, to compare with.</summary>
    [Option("Predictions of another model for the same ids; writes compare.json.", ValueName = "FILE",
        Group = OptionGroup.Audit)]
    public string? Compare { get; init; }

    /// <summary>A model to audit as a black box: one of the catalogue, or an ONNX file: a model that FaceBias trained,
    /// or anybody's classifier.</summary>
    [Option("A model to run instead (a black box): gear, faceres, another model of the catalogue with outputs, or an "
        + "ONNX file: "
        + "of facebias train, or anybody's classifier with ‹Classes›.", ValueName = "NAME|FILE",
        Group = OptionGroup.Model, OneOf = true)]
    public string? Model { get; init; }

    /// <summary>Of anybody's classifier: what it tells, and the classes in the order of its scores:
    /// <c>gender=female,male</c>, or <c>gender=labels.txt</c> for a file of one class a line. Null where the file names
    /// them and <see cref="Targets"/> one target.</summary>
    [Option("With anybody's classifier: the label that it predicts, and its classes in the order of its scores.",
        ValueName = "TARGET=A,B|TARGET=FILE.txt", Group = OptionGroup.Model)]
    public string? Classes { get; init; }

    /// <summary>Of anybody's classifier: the value that holds its scores; null finds it.</summary>
    [Option("With anybody's classifier: the output that holds its scores; found automatically where there is one.",
        ValueName = "VALUE",
        Group = OptionGroup.Model)]
    public string? ModelOutput { get; init; }

    /// <summary>Of anybody's classifier: how it takes pictures; what is null is proposed from the graph.</summary>
    [Options(Except = [nameof(ImportOverrides.Features), nameof(ImportOverrides.Pool)])]
    public ImportOverrides Import { get; init; } = new();

    /// <summary>Folders of images, with <see cref="Model"/>.</summary>
    [Option("With ‹Model›: folder(s) of images.", ValueName = "DIR", Whole = true, Group = OptionGroup.Data)]
    public IReadOnlyList<string> Images { get; init; } = [];

    /// <summary>Where labels come from, with <see cref="Model"/>.</summary>
    [Options(When = "With ‹Model›: ")]
    public LabelOptions? Labels { get; init; }

    /// <summary>A feature file of a run (features/NAME.npy, its rows beside it), to look for look-alikes; or
    /// null.</summary>
    [Option("features/NAME.npy of a run: also search for clusters of similar pictures that the model fails on.",
        ValueName = "FILE.npy",
        Group = OptionGroup.Data)]
    public string? Features { get; init; }

    /// <summary>Targets to audit; null for all.</summary>
    public IReadOnlyList<string>? Targets => Audit.Targets;

    /// <summary>The audit's own options.</summary>
    [Options]
    public AuditOptions Audit { get; init; } = new();

    /// <summary>The column that a run kept together, where the table does not lie in its folder.</summary>
    [System.Text.Json.Serialization.JsonInclude]
    internal string? Together { get; init; }

    /// <summary>What makes the command fail, for pipelines.</summary>
    [Option("Exit with code 3 where a finding says this: gap, a gap is shown for any target and attribute.",
        Group = OptionGroup.Audit)]
    [AllowedValues("gap")]
    public string? FailOn { get; init; }

    /// <summary>How the page is written.</summary>
    [Options]
    public PageOptions Pages { get; init; } = new();

    /// <summary>The report's title; null for one made from the input's name.</summary>
    [Option("Title of the report.", ValueName = "TEXT", Group = OptionGroup.Output)]
    public string? Title { get; init; }

    /// <summary>Whether the audit of a run in <see cref="Out"/> may be replaced.</summary>
    [Option("Replace the audit of a run in ‹Out›.", Group = OptionGroup.Output)]
    public bool Force { get; init; }

    /// <summary>The folder to write.</summary>
    [Option("Folder for audit.json, audit.parquet and audit.html.", ValueName = "DIR", Group = OptionGroup.Output,
        Common = true)]
    public required string Out { get; init; }
}
