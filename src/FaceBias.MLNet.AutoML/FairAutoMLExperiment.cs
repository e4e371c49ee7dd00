using Microsoft.ML.AutoML;

namespace FaceBias.MLNet.Sweeping.AutoML;

/// <summary>Experiments by worst-group accuracy:
/// <code>
/// var runner = new FairTrialRunner(train, validation, options);
/// var best = await context.Auto().CreateExperiment().SetFairTrials(runner,
/// options).SetMaxModelToExplore(60).RunAsync(cancel); runner.Run(FairAutoMLRunner.Read(best.TrialSettings), out var
/// model);
/// </code></summary>
public static class FairAutoMLExperiment
{
    /// <summary>Makes an experiment run fair trials with ML.NET's cost-frugal tuner; another one (<c>SetSmacTuner</c>,
    /// <c>SetRandomSearchTuner</c>, <c>SetGridSearchTuner</c>, one of your own) is set after this. <c>SetSmacTuner</c>
    /// needs an initial population of at least 10: from 6 or fewer trials its forest may have no tree, and its local
    /// search then never ends.</summary>
    public static AutoMLExperiment SetFairTrials(this AutoMLExperiment experiment, FairTrialRunner trials,
        FairTrialOptions options)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        return experiment.SetTrialRunner(new FairAutoMLRunner(trials)).AddSearchSpace(FairSearchSpace.Key,
            FairSearchSpace.Of(options)).SetCostFrugalTuner();
    }

    /// <summary>The same with a pipeline for each trainer and ML.NET's tuner for pipelines, which gives its trials to
    /// the trainer that is expected to gain most for its time (<c>SetEciCostFrugalTuner</c>).</summary>
    public static AutoMLExperiment SetFairPipelines(this AutoMLExperiment experiment, FairTrialRunner trials,
        FairTrialOptions options)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        // The pipeline brings a runner of its own; the last one counts.
        return experiment.SetPipeline(FairSearchSpace.PipelinesOf(options))
            .SetTrialRunner(new FairAutoMLRunner(trials));
    }
}
