using FaceBias.Core.Heads.Model;

namespace FaceBias.Reporting;

/// <summary>What a report is made of. Only the title and the audit are needed; a section without content is left out.
/// No text has to be escaped by the caller.</summary>
internal sealed record ReportInput
{
    /// <summary>The report's title, such as "Audit of model.onnx on UTKFace".</summary>
    public required string Title { get; init; }

    public required AuditResult Audit { get; init; }

    /// <summary>What curation found and removed.</summary>
    public IReadOnlyList<CurationCount> Curation { get; init; } = [];

    /// <summary>The training history. Series named "loss/train" and "loss/validation" share a chart named
    /// "loss".</summary>
    public IReadOnlyList<TrainingPoint> Training { get; init; } = [];

    /// <summary>JPEG thumbnails (about 112 x 112, a few KB) by the id of a prediction, for
    /// <see cref="TargetAudit.Worst"/>.</summary>
    public IReadOnlyDictionary<string, byte[]> Thumbnails { get; init; } = new Dictionary<string, byte[]>();

    /// <summary>What the model says of its own uncertainty; null where it says nothing.</summary>
    public UncertaintySummary? Uncertainty { get; init; }

    /// <summary>The training images before and after resampling; null where there was none.</summary>
    public ResamplingSummary? Resampling { get; init; }

    /// <summary>What was planted into synthetic data and what was found again.</summary>
    public IReadOnlyList<PlantedRow> Planted { get; init; } = [];

    /// <summary>Whether the faces are drawings made by a program; the report then says so on top.</summary>
    public bool Drawings { get; init; }

    /// <summary>Another model on the same rows; empty where none was compared.</summary>
    public IReadOnlyList<PairedResult> Comparison { get; init; } = [];

    /// <summary>The other model's name.</summary>
    public string? ComparedWith { get; init; }

    /// <summary>Where it all comes from, in the order to print: options, versions, seeds, backbone, licence of its
    /// weights.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Provenance { get; init; } = [];
}

/// <summary>A count of curation: "exact duplicates", 12, "one of each kept".</summary>
internal sealed record CurationCount(string What, long Count, string? Note = null);

/// <summary>Something planted, what was found of it, and whether that is right (null: not decided).</summary>
internal sealed record PlantedRow(string What, string Planted, string Found, bool? Agrees = null);
