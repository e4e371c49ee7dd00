using FaceBias.Core.Backbones;
using FaceBias.Core.Data;
using FaceBias.Core.Heads.Finetune;
using FaceBias.Core.Heads.Fit;

namespace FaceBias.MLNet.Training;

/// <summary>When training ends early.</summary>
public sealed class EarlyStopping
{
    /// <summary>Epochs without gain on the validation rows.</summary>
    public int Patience { get; set; } = 3;

    /// <summary>Less than this is no gain of the validation loss.</summary>
    public double MinDelta { get; set; }
}

/// <summary>How an epoch ended.</summary>
/// <param name="Stage">What was trained: the head on frozen features, or the backbone's last layers with it.</param>
/// <param name="Epoch">From 1; 0 for the state that fine-tuning starts from.</param>
/// <param name="Loss">The validation loss; the training loss where there is nothing to validate on.</param>
/// <param name="Accuracy">Share of right labels among the validation rows; not a number for a regression.</param>
/// <param name="MeanAbsoluteError">Of the validation rows; not a number for classes.</param>
public sealed record ImageFineTuningMetrics(ImageFineTuningStage Stage, int Epoch, double Loss, double Accuracy,
    double MeanAbsoluteError);

/// <summary>What is trained.</summary>
public enum ImageFineTuningStage
{
    /// <summary>The head, on features of the frozen backbone.</summary>
    Head,

    /// <summary>The backbone's last layers, or all, with the head.</summary>
    Backbone,
}

/// <summary>How <see cref="ImageFineTuningTrainer"/> trains. Names are those of ML.NET's ImageClassificationTrainer
/// where the two have the same.</summary>
public sealed class ImageFineTuningOptions
{
    /// <summary>The column of pictures: paths (text), whole files (vectors of Byte) or MLImage.</summary>
    public string FeatureColumnName { get; set; } = nameof(FaceImage.Image);

    /// <summary>The folder of relative paths, "" for the current one.</summary>
    public string ImageFolder { get; set; } = "";

    /// <summary>The column of the label: a key, text, a boolean or a number.</summary>
    public string LabelColumnName { get; set; } = "Label";

    /// <summary>The column of the scores: probabilities with the classes as slot names, or one number.</summary>
    public string ScoreColumnName { get; set; } = "Score";

    /// <summary>The column of the predicted label, a key with the label's values.</summary>
    public string PredictedLabelColumnName { get; set; } = "PredictedLabel";

    /// <summary>A backbone of the catalogue, one that was imported, or the file of one (ImageClassificationTrainer:
    /// Arch).</summary>
    public string Backbone { get; set; } = "faceres";

    /// <summary>What is trained beside the head: <c>last:N</c> layers of the backbone, <c>all</c>, or <c>head</c> for
    /// nothing.</summary>
    public string Layers { get; set; } = "last:6";

    /// <summary>Maximum number of passes over the training rows, null for the default of <see cref="FineTuning"/>, or
    /// of <see cref="Head"/> where nothing but the head is trained.</summary>
    public int? Epoch { get; set; }

    /// <summary>Pictures of a step; null for the default.</summary>
    public int? BatchSize { get; set; }

    /// <summary>Highest learning rate; null for the default.</summary>
    public double? LearningRate { get; set; }

    /// <summary>When training ends early; null for the default.</summary>
    public EarlyStopping? EarlyStoppingCriteria { get; set; }

    /// <summary>Rows to validate on; null for a part of the training rows.</summary>
    public IDataView? ValidationSet { get; set; }

    /// <summary>The share of rows that are validated on, stratified by label and groups, where there is no
    /// <see cref="ValidationSet"/>.</summary>
    public double ValidationSetFraction { get; set; } = 0.1;

    /// <summary>Columns by which these rows are stratified beside the label.</summary>
    public IReadOnlyList<string> GroupColumnNames { get; set; } = [];

    /// <summary>Whether all rows are trained on, and validated on too, where there is no
    /// <see cref="ValidationSet"/>.</summary>
    public bool TestOnTrainSet { get; set; }

    /// <summary>Told of every epoch.</summary>
    public Action<ImageFineTuningMetrics>? MetricsCallback { get; set; }

    /// <summary>Told of every row that is left out, with the reason: its picture cannot be read, or it has no
    /// label.</summary>
    public Action<string>? LeftOutCallback { get; set; }

    /// <summary>Whether features that the frozen backbone gave are kept in FaceBias's home folder, by the pictures'
    /// contents, and used again.</summary>
    public bool ReuseTrainSetBottleneckCachedValues { get; set; } = true;

    /// <summary>The folder of checkpoints: a fit that was interrupted resumes there with the same rows and options.
    /// Null for a temporary one, which is deleted.</summary>
    public string? WorkspacePath { get; set; }

    /// <summary>Seed of first weights, order, augmentation and of the split.</summary>
    public int Seed { get; set; } = 7;

    /// <summary>CUDA device, which can be 0 only; null for the CPU.</summary>
    public int? GpuDeviceId { get; set; }

    /// <summary>Threads; 0 for one per core.</summary>
    public int Threads { get; set; }

    /// <summary>Everything about the head; the seed is <see cref="Seed"/>.</summary>
    public TrainOptions Head { get; set; } = new();

    /// <summary>Everything about the backbone's layers; what is named above overrides it.</summary>
    public FinetuneOptions FineTuning { get; set; } = new();

    /// <summary>The folder of downloaded models and caches; null for FaceBias's own.</summary>
    public string? Home { get; set; }

    /// <summary>Told how far a fit is.</summary>
    public IProgress<StepProgress>? Progress { get; set; }

    /// <summary>Ends a fit after the step in flight; with a <see cref="WorkspacePath"/> the next one resumes.</summary>
    public CancellationToken CancellationToken { get; set; }

    internal ImageFineTuningOptions Copy() => (ImageFineTuningOptions)MemberwiseClone();

    /// <summary>The layers to train; null for the head alone.</summary>
    internal FinetuneOptions? Checked()
    {
        ArgumentException.ThrowIfNullOrEmpty(FeatureColumnName);
        ArgumentException.ThrowIfNullOrEmpty(LabelColumnName);
        ArgumentException.ThrowIfNullOrEmpty(ScoreColumnName);
        ArgumentException.ThrowIfNullOrEmpty(PredictedLabelColumnName);
        ArgumentException.ThrowIfNullOrEmpty(Backbone);
        ArgumentOutOfRangeException.ThrowIfNegative(Threads);
        if (GpuDeviceId is not (null or 0))
            throw new ArgumentOutOfRangeException(nameof(GpuDeviceId), GpuDeviceId,
                "Only device 0 can be named; CUDA_VISIBLE_DEVICES chooses another one.");
        try
        {
            HeadOptions(Layers == "head").Check();
            var options = FineTuning.WithScope(Layers);
            if (options is null)
                return null;
            options = options with
            {
                Epochs = Epoch ?? options.Epochs,
                BatchSize = BatchSize ?? options.BatchSize,
                LearningRate = LearningRate ?? options.LearningRate,
                Patience = EarlyStoppingCriteria?.Patience ?? options.Patience,
            };
            options.Check();
            return options;
        }
        catch (FaceBiasException e)
        {
            throw new ArgumentException(e.Message, e);
        }
    }

    internal TrainOptions HeadOptions(bool alone) => (alone ? Head with
    {
        Epochs = Epoch ?? Head.Epochs,
        BatchSize = BatchSize ?? Head.BatchSize,
        LearningRate = LearningRate ?? Head.LearningRate,
        Patience = EarlyStoppingCriteria?.Patience ?? Head.Patience,
    } : Head) with { Seed = unchecked((ulong)Seed) };
}
