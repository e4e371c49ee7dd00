using System.ComponentModel.DataAnnotations;
using FaceBias.Core.Curation;
using FaceBias.Core.Data.Labels;
using FaceBias.Core.Heads.Finetune;
using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Uncertainty.Choosing;
using FaceBias.Core.Uncertainty.Conformal;
using FaceBias.Core.Uncertainty.Resampling;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Opsets;
using FaceBias.Onnx.Runtime;
using FaceBias.Reporting;

namespace FaceBias.Workflows.Train;

/// <summary>What a user asks of TrainRun.</summary>
public sealed record TrainRunOptions
{
    /// <summary>Folders of images, or tables that hold their pixels (fer2013.csv).</summary>
    [Option("Folder(s) of images.", ValueName = "DIR", Whole = true, Common = true)]
    public required IReadOnlyList<string> Images { get; init; }

    /// <summary>Where labels come from; a text is one source: <c>utkface</c>, <c>folder</c> or a table.</summary>
    [Options]
    public required LabelOptions Labels { get; init; }

    /// <summary>Columns to predict.</summary>
    [Option("Columns to predict: gender,age,race.", ValueName = "COLUMNS", Common = true)]
    public required IReadOnlyList<string> Targets { get; init; }

    /// <summary>Further columns to audit by, beside the targets themselves. They change nothing about the
    /// model.</summary>
    [Option("Further columns to audit by.", ValueName = "COLUMNS", Group = OptionGroup.Audit, Common = true)]
    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>Further columns to stratify random splits by, beside the targets.</summary>
    [Option("Further columns to stratify random splits by, beside the targets.", ValueName = "COLUMNS")]
    public IReadOnlyList<string> Stratify { get; init; } = [];

    /// <summary>A column of persons, videos or the like, whose images random splits keep on one side; null for
    /// none.</summary>
    [Option("Column of persons or the like, whose images random splits keep on one side.", ValueName = "COLUMN")]
    public string? KeepTogether { get; init; }

    /// <summary>A backbone of the catalogue, several joined by '+', "auto" for those that reach most on faces, or an
    /// ONNX file.</summary>
    [Option("A name of 'facebias models list', several joined by + (faceres+sface), auto for those that reach most on "
        + "faces, or an ONNX file.", ValueName = "NAME|FILE", Group = OptionGroup.Model)]
    public string Backbone { get; init; } = "faceres";

    /// <summary>Folder of the run.</summary>
    [Option("Folder of the run.", ValueName = "RUN", Group = OptionGroup.Output, Common = true)]
    public required string Out { get; init; }

    /// <summary>How the heads are trained; its seed also splits the images.</summary>
    [Options]
    public TrainOptions Training { get; init; } = new();

    /// <summary>How the backbone is trained further with the heads; null keeps it frozen.</summary>
    [Options]
    public FinetuneOptions? Finetune { get; init; }

    /// <summary>What the model says beside its predictions about what it does not know: names of
    /// <see cref="UncertaintyWrappers"/>. How unlike the training pictures a picture is, it always says.</summary>
    [Option("How the model states its uncertainty: ensemble, laplace, mc-dropout, mve, histogram-vae, "
        + "temperature, conformal and others.", ValueName = "NAME", Group = OptionGroup.Training)]
    public IReadOnlyList<string> Uncertainty { get; init; } = [];

    /// <summary>How sets and intervals are calibrated, where "conformal" is among <see cref="Uncertainty"/>; half of
    /// the validation images are set apart for it then.</summary>
    [Options(When = "With ‹Uncertainty› conformal: ")]
    public ConformalOptions Conformal { get; init; } = new();

    /// <summary>How training rows are drawn; null takes each once per epoch.</summary>
    [Options]
    public ResampleOptions? Resample { get; init; }

    /// <summary>Whether there must be a fine-tuning of the same options in <see cref="Out"/> to resume. Without it,
    /// too, one is resumed if it is there, else begun.</summary>
    [Option("Resume the fine-tuning in ‹Out›; refused if there is none with the same options.",
        Group = OptionGroup.FineTuning)]
    public bool Resume { get; init; }

    /// <summary>Whether a model or files of another run in <see cref="Out"/> may be replaced.</summary>
    [Option("Replace a model or files of another run in ‹Out›.", Group = OptionGroup.Output)]
    public bool Force { get; init; }

    /// <summary>Largest Hamming distance of near duplicates.</summary>
    [Option("Largest Hamming distance of near duplicates.", ValueName = "BITS", Group = OptionGroup.Curation)]
    [Range(0, NearDuplicates.WidestDistance)]
    public int NearDistance { get; init; } = 5;

    /// <summary>What becomes of near duplicates.</summary>
    [Option("What happens to near duplicates: keep-best keeps the largest image, among equals the sharpest.",
        Group = OptionGroup.Curation)]
    public NearPolicy Near { get; init; }

    /// <summary>Whether the backbone's features take a second look at near duplicates before they are
    /// dropped.</summary>
    [Option("Let the backbone's features confirm near duplicates before they are dropped.",
        Group = OptionGroup.Curation)]
    public bool ConfirmNear { get; init; }

    /// <summary>Flags of curation that drop an image, beside those that always do.</summary>
    [Option("Curation findings that exclude an image, such as not_face,dark.", ValueName = "FLAGS",
        Group = OptionGroup.Curation)]
    public ManifestFlags Drop { get; init; }

    /// <summary>The <c>review.csv</c> of a curation with the decisions of a person, or null.</summary>
    [Option("The review.csv of 'facebias curate' with a person's decisions.", ValueName = "FILE",
        Group = OptionGroup.Curation)]
    public string? Review { get; init; }

    /// <summary>Replicates of the bootstrap and the permutation tests.</summary>
    public int Replicates { get; init; } = 2000;

    /// <summary>How the report is written.</summary>
    [Options]
    public PageOptions Pages { get; init; } = new();

    /// <summary>Folder of downloaded models and cached features.</summary>
    public string Home { get; init; } = Core.Backbones.FaceBiasHome.Folder;

    /// <summary>Threads; 0 for one per core.</summary>
    [Option(OptionLimits.ThreadsHelp, Group = OptionGroup.Resources)]
    [Range(0, OptionLimits.Threads)]
    public int Threads { get; init; }

    /// <summary>An older operator set of ONNX in which the model is written too, as <c>model.opsetN.onnx</c>; null for
    /// none.</summary>
    [Option("Also write the model in an older ONNX operator set, as model.opsetN.onnx.", ValueName = "N",
        Group = OptionGroup.Output)]
    [Range(OpsetConverter.OldestWritten, GraphBuilder.Opset)]
    public int? Opset { get; init; }

    /// <summary>Where fine-tuning runs.</summary>
    [Option("Where fine-tuning runs.", Group = OptionGroup.Resources)]
    public ExecutionDevice Device { get; init; }

    /// <summary>What was planted in drawn data, to be compared with what is found; null for real images.</summary>
    public string? PlantedFile { get; init; }

    internal static ManifestFlags ParseDrop(IReadOnlyList<string> texts) => ManifestFlagNames.Parse(texts);
}
