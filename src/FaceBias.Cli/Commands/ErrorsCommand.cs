using FaceBias.Workflows.Errors;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias errors</c>: where a run's model fails, and which labels are in doubt.</summary>
internal static class ErrorsCommand
{
    public static Command Create() =>
        Job.Command<ErrorRunOptions>("errors",
            "Shows where a run's model fails, what its errors share, and which labels are in doubt.",
        "errors --run runs/first --out errors",
        (options, job) => job.Run(progress => ErrorRun.Execute(options, progress, job.Cancel)));
}
