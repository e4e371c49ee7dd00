using FaceBias.Workflows.Init;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias init</c>: the command that fits a folder, a table, or both.</summary>
internal static class InitCommand
{
    public static Command Create()
    {
        var paths = new Argument<string[]>("path")
            { Description = "Folders of images, a table, or both.", Arity = new ArgumentArity(1, 20) };
        var command = Job.Command<Arguments>("init",
            "Looks at a folder of images, a table, or both, and proposes the command.",
            "init faces labels.csv --targets gender --out facebias.json", (options, job) =>
        {
            string[] given = job.Parsed.GetValue(paths)!, tables = [.. given.Where(p => !IsImages(p))];
            if (tables.FirstOrDefault(t => !File.Exists(t)) is { } missing)
                throw new FaceBiasException($"There is no file or folder '{missing}'.", ErrorKind.Missing);
            if (options.Out is { } taken && File.Exists(taken))
                throw new FaceBiasException($"'{taken}' is there already; give another ‹Arguments.Out›.");
            var proposal = Proposal.Of(options.What with
                { Images = [.. given.Where(IsImages)], Tables = tables });
            job.Event(new { Proposal = proposal });
            job.Lines(proposal.Lines());
            if (options.Out is not { } file)
                return 0;
            AtomicFile.WriteText(file, proposal.ToJson());
            job.Line($"Wrote {file}. Next: facebias --config {file}"
                + string.Concat(proposal.Open.Keys.Select(o => $" --{o} {o.ToUpperInvariant()}")));
            return 0;
        });
        command.Arguments.Add(paths);
        return command;
    }

    private static bool IsImages(string path) =>
        Directory.Exists(path) || path.EndsWith(".tar", StringComparison.OrdinalIgnoreCase) && File.Exists(path);

    internal sealed record Arguments
    {
        [Options]
        public ProposalOptions What { get; init; } = new();

        [Option("Also write the command as a file for --config.", ValueName = "FILE.json",
            Group = OptionGroup.Output)]
        public string? Out { get; init; }
    }
}
