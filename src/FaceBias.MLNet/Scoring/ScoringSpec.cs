using System.Text.Json.Serialization;
using FaceBias.Core.Imaging;
using FaceBias.Core.Uncertainty.Conformal;

namespace FaceBias.MLNet.Scoring;

/// <summary>What a <see cref="ModelTransformer"/> reads and writes, beside its ONNX graph. Kept as JSON in a model
/// zip.</summary>
internal sealed record ScoringSpec
{
    /// <summary>The column that goes in: pictures (paths, files' bytes or <see cref="MLImage"/>), or a vector of
    /// features.</summary>
    public required string InputColumn { get; init; }

    /// <summary>How pictures are fitted; null for features.</summary>
    public ImageSpec? Image { get; init; }

    /// <summary>Columns of one number each that go in behind it.</summary>
    public IReadOnlyList<string> Further { get; init; } = [];

    /// <summary>Columns whose levels go in behind these, by their places.</summary>
    public IReadOnlyList<ConformalGroup> Groups { get; init; } = [];

    /// <summary>Floats of one row that go into the graph.</summary>
    public required int InputLength { get; init; }

    /// <summary>Folder of relative paths.</summary>
    public string ImageFolder { get; init; } = "";

    /// <summary>What becomes of a picture that cannot be decoded.</summary>
    public UnreadableImages Unreadable { get; init; }

    /// <summary>The column of reasons; null for features.</summary>
    public string? ProblemColumn { get; init; }

    /// <summary>What the graph gives, in the order of the columns.</summary>
    public required IReadOnlyList<ScoredOutput> Outputs { get; init; }

    /// <summary>Whether columns of its names that an earlier scoring wrote are hidden by its own, as those of ML.NET's
    /// trainers are: cross validation and feature importance score scored data again. Other columns never
    /// are.</summary>
    public bool ScoresAgain { get; init; }

    /// <summary>CUDA device; null for the CPU.</summary>
    public int? GpuDeviceId { get; init; }

    /// <summary>Whether the CPU serves where that device does not.</summary>
    public bool FallbackToCpu { get; init; }

    /// <summary>Maximum number of threads that work on a batch of rows; 0 for one per core.</summary>
    public int Threads { get; init; }

    /// <summary>Whether it predicts a label from a vector of features, and neither reads pictures nor rewrites another
    /// model's scores.</summary>
    [JsonIgnore]
    public bool PredictsFromFeatures => Image is null
        && Outputs is [{ Shape: OutputShape.Classes or OutputShape.Binary or OutputShape.Number }];

    /// <summary>All columns that are read.</summary>
    [JsonIgnore]
    public IEnumerable<string> InputColumns => [InputColumn, .. Further, .. Groups.Select(g => g.Name)];

    /// <summary>The columns that are added.</summary>
    [JsonIgnore]
    public IReadOnlyList<ScoredColumn> Columns =>
    [
        .. Outputs.SelectMany((o, i) => o.Columns(i)),
        .. ProblemColumn is null ? Array.Empty<ScoredColumn>()
            : [new(ProblemColumn, TextDataViewType.Instance, ScoredValue.Problem, 0)],
    ];
}

/// <summary>Which of a row's results a column holds.</summary>
internal enum ScoredValue
{
    /// <summary>All numbers of an output.</summary>
    Vector,

    /// <summary>The first number.</summary>
    Scalar,

    /// <summary>The key of the largest number.</summary>
    Key,

    /// <summary>Whether the second of two probabilities is the larger one.</summary>
    Boolean,

    /// <summary>The second of two probabilities.</summary>
    Probability,

    /// <summary>The logarithm of its odds.</summary>
    LogOdds,

    /// <summary>Why the picture cannot be used.</summary>
    Problem,
}

/// <summary>A column that a transformer adds.</summary>
internal sealed record ScoredColumn(string Name, DataViewType Type, ScoredValue Value, int Output)
{
    /// <summary>Names of slots or values of keys; null for none.</summary>
    public ClassNames? Classes { get; init; }

    /// <summary>What ML.NET's evaluators look for at a score: the kind of task.</summary>
    public string? ScoreKind { get; init; }
}

/// <summary>How an output of a graph becomes columns.</summary>
internal enum OutputShape
{
    /// <summary>One vector, such as features.</summary>
    Vector,

    /// <summary>A vector of probabilities with the classes as slot names, and a key.</summary>
    Classes,

    /// <summary>A score, a probability and a boolean.</summary>
    Binary,

    Number,

    /// <summary>One number that is no score, so that no evaluator takes it for one.</summary>
    Value,

    /// <summary>The second of two probabilities.</summary>
    Probability,
}

/// <summary>One output of a graph and the columns that it becomes.</summary>
/// <param name="Length">Its floats per row.</param>
/// <param name="LabelColumn">The column of the predicted label; null for numbers and vectors.</param>
/// <param name="ProbabilityColumn">The column of a binary label's probability.</param>
/// <param name="Classes">The classes in the graph's order; null for numbers and vectors.</param>
internal sealed record ScoredOutput(
    string Name, int Length, OutputShape Shape, string ScoreColumn, string? LabelColumn = null,
    string? ProbabilityColumn = null, ClassNames? Classes = null)
{
    public IEnumerable<ScoredColumn> Columns(int output) => Shape switch
    {
        OutputShape.Vector =>
            [new(ScoreColumn, new VectorDataViewType(NumberDataViewType.Single, Length), ScoredValue.Vector, output)
                { Classes = Classes }],
        OutputShape.Value => [new(ScoreColumn, NumberDataViewType.Single, ScoredValue.Scalar, output)],
        OutputShape.Probability =>
            [new(ScoreColumn, NumberDataViewType.Single, ScoredValue.Probability, output)
                { ScoreKind = "BinaryClassification" }],
        OutputShape.Number =>
            [new(ScoreColumn, NumberDataViewType.Single, ScoredValue.Scalar, output) { ScoreKind = "Regression" }],
        OutputShape.Binary =>
        [
            new(LabelColumn!, BooleanDataViewType.Instance, ScoredValue.Boolean, output)
                { ScoreKind = "BinaryClassification" },
            new(ScoreColumn, NumberDataViewType.Single, ScoredValue.LogOdds, output)
                { ScoreKind = "BinaryClassification" },
            new(ProbabilityColumn!, NumberDataViewType.Single, ScoredValue.Probability, output)
                { ScoreKind = "BinaryClassification" },
        ],
        _ =>
        [
            new(LabelColumn!, new KeyDataViewType(typeof(uint), Classes!.Count), ScoredValue.Key, output)
                { Classes = Classes, ScoreKind = "MulticlassClassification" },
            new(ScoreColumn, new VectorDataViewType(NumberDataViewType.Single, Length), ScoredValue.Vector, output)
                { Classes = Classes, ScoreKind = "MulticlassClassification" },
        ],
    };
}
