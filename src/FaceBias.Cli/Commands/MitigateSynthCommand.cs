using FaceBias.Core.Heads.Data;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias mitigate synth</c>: features with a planted shortcut, and their oracle.</summary>
internal static class MitigateSynthCommand
{
    public static Command Create() =>
        Job.Command<Arguments>("synth", "Makes features with a planted shortcut, as NumPy files, and their oracle.",
        "mitigate synth --out arrays", (options, job) =>
        {
            var oracle = Path.Combine(options.Out, "oracle");
            HeadDataFolder.Write(options.Out, SyntheticBias.Create(options.Bias));
            HeadDataFolder.Write(oracle, SyntheticBias.Create(options.Bias, oracle: true));
            job.Line($"Next: facebias mitigate ‹Features› {options.Out} ‹Oracle› {oracle} ‹Out› DIR");
            return 0;
        });

    internal sealed record Arguments
    {
        [Options]
        public SyntheticBiasOptions Bias { get; init; } = new();

        [Option("Folder for the arrays; DIR/oracle gets those without correlation.", ValueName = "DIR",
            Group = OptionGroup.Output)]
        public required string Out { get; init; }
    }
}
