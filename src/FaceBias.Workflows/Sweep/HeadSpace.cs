using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Search.Spaces;
using FaceBias.Onnx.Training;

namespace FaceBias.Workflows.Sweep;

/// <summary>The parameters of head training that a sweep can vary, and what they do to the options.</summary>
internal static class HeadSpace
{
    /// <summary>Name of the choice of which epoch is kept.</summary>
    public const string Keep = "keep";

    /// <summary>Name of the power by which groups weigh.</summary>
    public const string GroupWeights = "group-weights";

    private static readonly TrainOptions Standard = new();

    /// <summary>All parameters with their usual ranges.</summary>
    /// <param name="numeric">Whether a target is a number.</param>
    public static IReadOnlyList<Parameter> Known(bool numeric = true)
    {
        var known = new List<Parameter>
        {
            new NumberParameter("hidden", 32, 1024, Log: true, Integer: true)
                { Min = 1, Max = 65536, Default = Standard.Hidden, Cheapest = 64 },
            new NumberParameter("members", 1, 3, Integer: true) { Min = 1, Max = 32, Default = Standard.Members,
                Cheapest = 1 },
            new NumberParameter("epochs", 3, 30, Log: true, Integer: true)
                { Min = 1, Max = 100_000, Default = Standard.Epochs, Cheapest = 4 },
            new NumberParameter("batch-size", 64, 1024, Log: true, Integer: true)
                { Min = 1, Max = 1_000_000, Default = Standard.BatchSize },
            new ChoiceParameter("optimizer", ["adamw", "sgd"]) { Default = 0 },
            new NumberParameter("learning-rate", 1e-4, 1e-2, Log: true)
                { Min = 1e-12, Max = 10, Default = Standard.LearningRate, When = [new("optimizer", [0])] },
            new NumberParameter("sgd-learning-rate", 1e-3, 1, Log: true)
                { Min = 1e-12, Max = 10, Default = 0.05, When = [new("optimizer", [1])] },
            new NumberParameter("momentum", 0, 0.99) { Min = 0, Max = 0.9999, Default = Standard.Momentum,
                When = [new("optimizer", [1])] },
            new ChoiceParameter("schedule", ["cosine", "one-cycle", "constant"]) { Default = 0 },
            new NumberParameter("weight-decay", 1e-4, 1, Log: true)
                { Min = 0, Max = 100, Default = Standard.WeightDecay },
            new NumberParameter("dropout", 0, 0.8) { Min = 0, Max = 0.99, Default = Standard.Dropout },
            new NumberParameter("input-dropout", 0, 0.7) { Min = 0, Max = 0.99, Default = Standard.InputDropout },
            new ChoiceParameter("class-weights", ["false", "true"]) { Default = 0 },
            new NumberParameter(GroupWeights, 0, 1.5) { Min = 0, Max = 10, Default = 0 },
            new ChoiceParameter(Keep, ["loss", "objective"]) { Default = 0 },
        };
        if (numeric)
        {
            known.Add(new NumberParameter("label-smoothing", 0.5, 6)
                { Min = 0.01, Max = 1000, Default = Standard.LabelSmoothing });
            known.Add(new NumberParameter("expectation-weight", 0.05, 5, Log: true)
                { Min = 0, Max = 1e6, Default = Standard.ExpectationWeight });
        }
        return known;
    }

    /// <summary>The options that a configuration stands for. What the space does not have stays at the run's
    /// default.</summary>
    public static TrainOptions Options(Configuration c, ulong seed) => new()
    {
        Seed = seed,
        Hidden = (int)Value(c, "hidden", Standard.Hidden),
        Members = (int)Value(c, "members", Standard.Members),
        Epochs = (int)Value(c, "epochs", Standard.Epochs),
        BatchSize = (int)Value(c, "batch-size", Standard.BatchSize),
        Optimizer = Choice(c, "optimizer", "adamw") == "sgd" ? HeadOptimizer.Sgd : HeadOptimizer.AdamW,
        LearningRate = Value(c, "sgd-learning-rate", Value(c, "learning-rate", Standard.LearningRate)),
        Momentum = Value(c, "momentum", Standard.Momentum),
        Schedule = Choice(c, "schedule", "cosine") switch
        {
            "one-cycle" => HeadSchedule.OneCycle,
            "constant" => HeadSchedule.Constant,
            _ => HeadSchedule.Cosine,
        },
        WeightDecay = Value(c, "weight-decay", Standard.WeightDecay),
        Dropout = Value(c, "dropout", Standard.Dropout),
        InputDropout = Value(c, "input-dropout", Standard.InputDropout),
        ClassWeights = Choice(c, "class-weights", "false") == "true",
        LabelSmoothing = Value(c, "label-smoothing", Standard.LabelSmoothing),
        ExpectationWeight = Value(c, "expectation-weight", Standard.ExpectationWeight),
    };

    /// <summary>The value of a number, which a space may also give as choices; the default where it has no
    /// meaning.</summary>
    internal static double Value(Configuration c, string name, double standard) =>
        c.Has(name) ? double.Parse(c.Text(name), CultureInfo.InvariantCulture) : standard;

    internal static string Choice(Configuration c, string name, string standard) =>
        c.Has(name) ? c.Text(name) : standard;
}
