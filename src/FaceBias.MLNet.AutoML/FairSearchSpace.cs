using Microsoft.ML;
using Microsoft.ML.AutoML;
using Microsoft.ML.Data;
using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;
using SearchSpace = Microsoft.ML.SearchSpace.SearchSpace;

namespace FaceBias.MLNet.Sweeping.AutoML;

/// <summary>What a tuner chooses from: backbones, trainers, the weight of rare groups, regularisation and
/// trees.</summary>
public static class FairSearchSpace
{
    /// <summary>Keys within an experiment's search space.</summary>
    internal const string Key = "fair", Pipelines = "_pipeline_";

    /// <summary>All trainers in one space.</summary>
    public static SearchSpace Of(FairTrialOptions options)
    {
        var space = Shared(options);
        space[nameof(FairTrial.Trainer)] = new ChoiceOption([.. Enum.GetNames<FairTrainer>()]);
        Linear(space);
        Trees(space);
        return space;
    }

    /// <summary>A pipeline for each trainer, with the settings that it has.</summary>
    internal static SweepablePipeline PipelinesOf(FairTrialOptions options) =>
        SweepableExtension.Append(new EstimatorChain<ITransformer>(),
            [.. Enum.GetValues<FairTrainer>().Select(trainer =>
    {
        var space = Shared(options);
        space[nameof(FairTrial.Trainer)] = new ChoiceOption(trainer.ToString());
        if (trainer is FairTrainer.Sdca or FairTrainer.Lbfgs)
            Linear(space);
        else
            Trees(space);
        return new SweepableEstimator(
            (context, parameter) => FairTrainers.Of(context, Read(parameter), options.LabelColumnName), space);
    })]);

    /// <summary>The settings that a tuner proposed.</summary>
    internal static FairTrial Read(Parameter parameter)
    {
        var usual = new FairTrial { Features = parameter[nameof(FairTrial.Features)].AsType<string>() };
        return usual with
        {
            Trainer = Enum.Parse<FairTrainer>(parameter[nameof(FairTrial.Trainer)].AsType<string>()),
            GroupWeight = Value(nameof(FairTrial.GroupWeight), usual.GroupWeight),
            L2 = Value(nameof(FairTrial.L2), usual.L2),
            Leaves = Value(nameof(FairTrial.Leaves), usual.Leaves),
            Trees = Value(nameof(FairTrial.Trees), usual.Trees),
            LearningRate = Value(nameof(FairTrial.LearningRate), usual.LearningRate),
        };

        T Value<T>(string name, T otherwise) => parameter.ContainsKey(name) ? parameter[name].AsType<T>() : otherwise;
    }

    private static SearchSpace Shared(FairTrialOptions options) =>
        new SearchSpace
        {
            [nameof(FairTrial.Features)] = new ChoiceOption([.. options.FeatureColumns]),
            [nameof(FairTrial.GroupWeight)] = new UniformDoubleOption(0, 1.5, defaultValue: 0),
        };

    private static void Linear(SearchSpace space) =>
        space[nameof(FairTrial.L2)] = new UniformDoubleOption(1e-6, 1, logBase: true, defaultValue: 1e-3);

    private static void Trees(SearchSpace space)
    {
        space[nameof(FairTrial.Leaves)] = new UniformIntOption(4, 128, logBase: true, defaultValue: 20);
        space[nameof(FairTrial.Trees)] = new UniformIntOption(10, 400, logBase: true, defaultValue: 100);
        space[nameof(FairTrial.LearningRate)] = new UniformDoubleOption(0.02, 0.5, logBase: true, defaultValue: 0.2);
    }
}
