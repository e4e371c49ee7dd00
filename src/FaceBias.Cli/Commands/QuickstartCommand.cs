using FaceBias.Workflows.Quickstart;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias quickstart</c>: the main jobs on drawn faces with a planted bias.</summary>
internal static class QuickstartCommand
{
    public static Command Create() => Job.Command<QuickstartOptions>("quickstart",
        "Draws faces with a planted bias, trains on them, reports for whom the model fails, and repairs it.",
        "quickstart", (options, job) => job.Run(progress => QuickstartRun.Execute(options, progress, job.Cancel)));
}
