using Microsoft.ML.AutoML;
using Microsoft.ML.SearchSpace;

namespace FaceBias.MLNet.Sweeping.AutoML;

/// <summary>Trials of an <see cref="AutoMLExperiment"/> by worst-group accuracy. A trial that the options' journal has
/// finished is not trained again; its result carries no model, as no trial's does:
/// <see cref="FairTrialRunner.Run(FairTrial, out Microsoft.ML.ITransformer, CancellationToken)"/> makes the winner's
/// from <see cref="Read"/>.</summary>
/// <param name="trials">What trains and judges.</param>
public sealed class FairAutoMLRunner(FairTrialRunner trials) : ITrialRunner
{
    /// <summary>The trial that a tuner proposed.</summary>
    public static FairTrial Read(TrialSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (!settings.Parameter.ContainsKey(FairSearchSpace.Pipelines))
            return FairSearchSpace.Read(settings.Parameter[FairSearchSpace.Key]);
        // A pipeline is named by its estimators, of which the trainer is the last: "e0 * e3".
        var pipelines = settings.Parameter[FairSearchSpace.Pipelines];
        return FairSearchSpace.Read(pipelines[pipelines["_SCHEMA_"].AsType<string>().Split('*')[^1].Trim()]);
    }

    /// <inheritdoc/>
    public Task<TrialResult> RunAsync(TrialSettings settings, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return Task.Run(() =>
        {
            var result = trials.Run(Read(settings), ct);
            // ML.NET's SMAC tuner takes the metric for the loss.
            return new TrialResult { TrialSettings = settings, Loss = result.Loss, Metric = result.Loss,
                DurationInMilliseconds = 1000 * result.Seconds };
        }, ct);
    }

    /// <summary>Nothing: an experiment disposes its runner after every trial, and the next trial needs the
    /// data.</summary>
    public void Dispose()
    {
    }
}
