using FaceBias.Workflows.Mitigate;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias mitigate split</c>: a biased training set and balanced validation and test sets from real
/// images.</summary>
internal static class MitigateSplitCommand
{
    public static Command Create() => Job.Command<BiasedSplitOptions>("split",
        "Draws a biased training set and group-balanced validation and test sets, as NumPy files.",
        "mitigate split --images faces --labels utkface --target gender --bias age:young=0-34,old=35- --aligned "
            + "female:young,male:old --out arrays",
        (options, job) => job.Run(progress => BiasedSplit.Execute(options, progress, job.Cancel)));
}
