using FaceBias.Workflows.Sweep;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias sweep</c>: the best model under a fairness goal.</summary>
internal static class SweepCommand
{
    public static Command Create() => Job.Command<SweepOptions>("sweep",
        "Searches the best model under a fairness goal, from the cached features of a run or from images.",
        "sweep --run runs/first --targets gender --groups race --trials 60 --out runs/sweep", (options, job) =>
        {
            options = WithRun(options);
            var report = SweepView.Show(job.Mode, job.Parsed.InvocationConfiguration.Output, options,
                (watch, progress) => SweepRun.Execute(options, watch, progress, job.Cancel));
            return job.Mode.Quiet ? 0 : job.Lines(SweepView.Summary(report, options.Out));
        });

    /// <summary>The sweep's targets, groups and seed for the run that it begins with where there is none.</summary>
    private static SweepOptions WithRun(SweepOptions options) => options.Prepare is not { } run ? options : options with
    {
        Prepare = run with
        {
            Targets = options.Targets
                ?? throw new FaceBiasException(
                    "‹Images› needs ‹Targets›: the columns to predict, the judged one first."),
            Groups = options.Groups ?? [],
            Training = run.Training with { Seed = options.Seed },
            Out = Path.Combine(options.Out, "run"),
        },
    };
}
