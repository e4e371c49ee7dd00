using FaceBias.Auditing;
using FaceBias.Workflows.Audit;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias audit</c>: for whom a model fails, from a table of its predictions or by asking it.</summary>
internal static class AuditCommand
{
    public static Command Create() => Job.Command<AuditRunOptions>("audit",
        "Finds out for whom a model fails, with what certainty, from a table of its predictions or by running it.",
        "audit --predictions answers.csv --truth label --prediction answer --groups gender,age --out audit",
        (options, job) =>
        {
            AuditResult? audit = null;
            job.Run(progress =>
            {
                var result = AuditRun.Execute(options, progress, job.Cancel);
                audit = result.Audit;
                return result.Summary;
            });
            return Verdict(audit, options, job);
        });

    /// <summary>Says the findings to programs, and fails where the user asked for it.</summary>
    private static int Verdict(AuditResult? audit, AuditRunOptions options, Job job)
    {
        foreach (var finding in audit?.Findings ?? [])
            job.Event(new { Finding = finding });
        var gaps = audit?.Findings.Where(f => f.Verdict == FaceBias.Auditing.Verdict.GapShown).ToArray() ?? [];
        if (options.FailOn is null || gaps.Length == 0)
            return 0;
        Console.Error.WriteLine(
            $"facebias: {gaps.Length} of {audit!.Findings.Count} findings show a gap, the first: {gaps[0].Sentence}");
        return CommandLine.CheckFailed;
    }
}
