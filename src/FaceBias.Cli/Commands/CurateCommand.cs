using FaceBias.Workflows.Curate;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias curate</c>: finds what would poison training or an audit, and shows it.</summary>
internal static class CurateCommand
{
    public static Command Create() => Job.Command<CurateRunOptions>("curate",
        "Finds duplicates, label conflicts, near duplicates and bad pictures, and shows them for review.",
        "curate --images faces --labels labels.csv --out curated",
        (options, job) => job.Run(progress => CurateRun.Execute(options, progress, job.Cancel)));
}
