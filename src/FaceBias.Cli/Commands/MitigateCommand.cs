using FaceBias.Workflows.Mitigate;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias mitigate</c>: heads that rely less on a shortcut, by every published method, in one
/// table.</summary>
internal static class MitigateCommand
{
    public static Command Create()
    {
        var command = Job.Command<MitigationJobOptions>("mitigate",
            "Trains heads on frozen features by published bias mitigation methods and compares them.",
            "mitigate --run runs/first --target gender --bias race --out runs/mitigated",
            (options, job) => job.Run(progress => MitigationJob.Execute(options, progress, job.Cancel)));
        command.Subcommands.Add(MitigateSplitCommand.Create());
        command.Subcommands.Add(MitigateSynthCommand.Create());
        return command;
    }
}
