using System.CommandLine;
using FaceBias.Cli.Binding;
using FaceBias.Workflows.Audit;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias audit</c>: for whom a model fails, from a table of its predictions or by asking it.</summary>
internal static class AuditCommand
{
    public static Command Create() => Job.Command<AuditRunOptions>("audit",
        "Finds out for whom a model fails, and how sure that is, from a table of its predictions or by asking it.",
        "audit --predictions answers.csv --truth label --prediction answer --groups gender,age --out audit",
        (options, job) => job.Run(progress => AuditRun.Execute(options, progress, job.Cancel)));
}
