using Microsoft.ML.AutoML;
using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;
using SearchSpace = Microsoft.ML.SearchSpace.SearchSpace;

namespace FaceBias.MLNet.Sweeping.AutoML;

/// <summary>Trials of an <see cref="AutoMLExperiment"/> by worst-group accuracy, with any of ML.NET's tuners:
/// <code>
/// var runner = new FairTrialRunner(train, validation, options);
/// var best = await context.Auto().CreateExperiment().SetFairTrials(runner, options).SetCostFrugalTuner()
///     .SetMaxModelToExplore(60).RunAsync(cancel);
/// </code>
/// A trial that the options' journal has finished is not trained again; its result then carries no model, and
/// <see cref="FairTrialRunner.Run(FairTrial, out Microsoft.ML.ITransformer, CancellationToken)"/> makes it.</summary>
/// <param name="trials">What trains and judges.</param>
public sealed class FairAutoMLRunner(FairTrialRunner trials) : ITrialRunner
{
    /// <summary>Key of the trial's settings within an experiment's search space.</summary>
    public const string Key = "fair";

    /// <summary>Backbones, trainers, mitigation weight, regularisation and trees.</summary>
    public static SearchSpace Space(FairTrialOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new SearchSpace
        {
            [nameof(FairTrial.Features)] = new ChoiceOption([.. options.FeatureColumns]),
            [nameof(FairTrial.Trainer)] = new ChoiceOption([.. Enum.GetNames<FairTrainer>()]),
            [nameof(FairTrial.GroupWeight)] = new UniformDoubleOption(0, 1.5, defaultValue: 0),
            [nameof(FairTrial.L2)] = new UniformDoubleOption(1e-6, 1, logBase: true, defaultValue: 1e-3),
            [nameof(FairTrial.Leaves)] = new UniformIntOption(4, 128, logBase: true, defaultValue: 20),
            [nameof(FairTrial.Trees)] = new UniformIntOption(10, 400, logBase: true, defaultValue: 100),
            [nameof(FairTrial.LearningRate)] = new UniformDoubleOption(0.02, 0.5, logBase: true, defaultValue: 0.2),
        };
    }

    /// <summary>The settings that a tuner proposed.</summary>
    public static FairTrial Read(Parameter parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        return new()
        {
            Features = parameter[nameof(FairTrial.Features)].AsType<string>(),
            Trainer = Enum.Parse<FairTrainer>(parameter[nameof(FairTrial.Trainer)].AsType<string>()),
            GroupWeight = parameter[nameof(FairTrial.GroupWeight)].AsType<double>(),
            L2 = parameter[nameof(FairTrial.L2)].AsType<double>(),
            Leaves = parameter[nameof(FairTrial.Leaves)].AsType<int>(),
            Trees = parameter[nameof(FairTrial.Trees)].AsType<int>(),
            LearningRate = parameter[nameof(FairTrial.LearningRate)].AsType<double>(),
        };
    }

    /// <inheritdoc/>
    public Task<TrialResult> RunAsync(TrialSettings settings, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return Task.Run(() =>
        {
            var result = trials.Run(Read(settings.Parameter[Key]), ct);
            return new TrialResult { TrialSettings = settings, Loss = result.Loss, Metric = 1 - result.Loss, DurationInMilliseconds = 1000 * result.Seconds };
        }, ct);
    }

    /// <summary>Nothing: an experiment disposes its runner after every trial, and the next trial needs the data.</summary>
    public void Dispose()
    {
    }
}

/// <summary>Experiments by worst-group accuracy.</summary>
public static class FairAutoMLExperiment
{
    /// <summary>Makes an experiment run fair trials over <see cref="FairAutoMLRunner.Space"/>.</summary>
    public static AutoMLExperiment SetFairTrials(this AutoMLExperiment experiment, FairTrialRunner trials, FairTrialOptions options)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        return experiment.SetTrialRunner(new FairAutoMLRunner(trials)).AddSearchSpace(FairAutoMLRunner.Key, FairAutoMLRunner.Space(options));
    }
}
