using FaceBias.Core.Backbones;
using FaceBias.Core.Curation;
using FaceBias.Core.Data;
using FaceBias.Core.Data.Labels;
using FaceBias.Core.Heads.Finetune;
using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Uncertainty.Choosing;
using FaceBias.Core.Uncertainty.Resampling;
using FaceBias.Onnx.Runtime;

namespace FaceBias.Workflows.Train;

/// <summary>What a user asks of TrainRun.</summary>
public sealed record TrainRunOptions
{
    /// <summary>Folders of images, or tables that hold their pixels (fer2013.csv).</summary>
    public required IReadOnlyList<string> Images { get; init; }

    /// <summary>Where labels come from; a text is one source: <c>utkface</c>, <c>folder</c> or a table.</summary>
    public required LabelOptions Labels { get; init; }

    /// <summary>Columns to predict.</summary>
    public required IReadOnlyList<string> Targets { get; init; }

    /// <summary>Further columns to audit by, beside the targets themselves. They change nothing about the model.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>Further columns to stratify random splits by, beside the targets.</summary>
    public IReadOnlyList<string> Stratify { get; init; } = [];

    /// <summary>A backbone of the catalogue, or an ONNX file.</summary>
    public string Backbone { get; init; } = "faceres";

    /// <summary>Folder of the run.</summary>
    public required string Out { get; init; }

    /// <summary>How the heads are trained; its seed also splits the images.</summary>
    public TrainOptions Training { get; init; } = new();

    /// <summary>How the backbone is trained further with the heads; null keeps it frozen.</summary>
    public FinetuneOptions? Finetune { get; init; }

    /// <summary>What the model says beside its predictions about what it does not know: names of
    /// <see cref="UncertaintyWrappers"/>. How unlike the training pictures a picture is, it always says.</summary>
    public IReadOnlyList<string> Uncertainty { get; init; } = [];

    /// <summary>How training rows are drawn; null takes each once per epoch.</summary>
    public ResampleOptions? Resample { get; init; }

    /// <summary>Whether there must be a fine-tuning of the same options in <see cref="Out"/> to resume. Without it, too,
    /// one is resumed if it is there, else begun.</summary>
    public bool Resume { get; init; }

    /// <summary>Whether a model or files of another run in <see cref="Out"/> may be replaced.</summary>
    public bool Force { get; init; }

    /// <summary>Largest Hamming distance of near duplicates.</summary>
    public int NearDistance { get; init; } = 5;

    /// <summary>What becomes of near duplicates.</summary>
    public NearPolicy Near { get; init; }

    /// <summary>Whether the backbone's features take a second look at near duplicates before they are dropped.</summary>
    public bool ConfirmNear { get; init; }

    /// <summary>Flags of curation that drop an image, beside those that always do.</summary>
    public ManifestFlags Drop { get; init; }

    /// <summary>The <c>review.csv</c> of a curation with the decisions of a person, or null.</summary>
    public string? Review { get; init; }

    /// <summary>Replicates of the bootstrap and the permutation tests.</summary>
    public int Replicates { get; init; } = 2000;

    /// <summary>Folder of downloaded models and cached features.</summary>
    public string Home { get; init; } = Core.Backbones.FaceBiasHome.Folder;

    /// <summary>Threads; 0 for one per core.</summary>
    public int Threads { get; init; }

    /// <summary>Where fine-tuning runs.</summary>
    public ExecutionDevice Device { get; init; }

    /// <summary>What was planted in drawn data, to be compared with what is found; null for real images.</summary>
    public string? PlantedFile { get; init; }
}
