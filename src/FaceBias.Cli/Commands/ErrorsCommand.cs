using FaceBias.Workflows.Errors;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias errors</c>: where a run's model fails, and which labels are in doubt.</summary>
internal static class ErrorsCommand
{
    public static Command Create() =>
        Job.Command<ErrorRunOptions>("errors",
            "Analyses the errors of a run's model: the worst ones, what they have in common, doubtful labels.",
        "errors --run runs/first --out errors",
        (options, job) => job.Run(progress => ErrorRun.Execute(options, progress, job.Cancel)));
}
