using FaceBias.Workflows.Compare;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias compare</c>: runs side by side.</summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        var runs = new Argument<string[]>("run")
            { Description = "Folders of runs or audits; differences are to the first.",
                Arity = new ArgumentArity(2, 20) };
        var command = Job.Command<Arguments>("compare",
            "Compares runs side by side: metrics, gaps, paired tests on the same rows, and cost.",
            "compare runs/first runs/second --out comparison", (options, job) =>
                job.Run(_ => RunComparison.Execute(job.Parsed.GetValue(runs)!, options.Out)));
        command.Arguments.Add(runs);
        return command;
    }

    internal sealed record Arguments
    {
        [Option("Also write comparison.json and comparison.html to this folder.", ValueName = "DIR",
            Group = OptionGroup.Output)]
        public string? Out { get; init; }
    }
}
