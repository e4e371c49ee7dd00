using FaceBias.Workflows.Bounty;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias bounty8bit</c>: the 8-bit Bias Bounty from its folders to a submission.</summary>
internal static class BountyCommand
{
    public static Command Create() => Job.Command<BountyRunOptions>("bounty8bit",
        "Turns the folders of the 8-bit Bias Bounty into a submission, its score, and what the score does not measure.",
        "bounty8bit --render 2000 --out runs/bounty",
        (options, job) => job.Run(progress => [.. BountyRun.Execute(options, progress, job.Cancel).Lines,
            $"Next: facebias open {Path.Combine(options.Out, "audit")}"]));
}
