using FaceBias.Workflows.Check;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias check</c>: whether an audit shows what a policy asks for.</summary>
internal static class CheckCommand
{
    /// <summary>Exit code where something is not shown.</summary>
    public const int Failed = 3;

    public static Command Create() =>
        Job.Command<CheckRunOptions>("check",
            "Checks an audit against a release policy; exits with code 3 where something is not shown.",
        "check --audit runs/first/audit.json --policy policy.json --sarif check.sarif", (options, job) =>
        {
            var result = CheckRun.Execute(options);
            job.Lines(result.Lines);
            return result.Passed ? 0 : Failed;
        });
}
