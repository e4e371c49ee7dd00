using System.ComponentModel.DataAnnotations;
using FaceBias.Synthesis;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias synth</c>: draws faces with known attributes and plants known faults among them.</summary>
internal static class SynthCommand
{
    public static Command Create() => Job.Command<Arguments>("synth",
        "Draws faces (drawings, not photographs) with known attributes and planted faults.",
        "synth --count 500 --out drawn", (options, job) =>
            job.Run(progress =>
            {
                var spec = options.Spec is { } file ? SynthSpec.Read(file) : SynthSpec.Quickstart();
                return [.. Describe(
                    SynthDataSet.Write(spec, options.Count, options.Seed, options.Out, progress, options.Threads,
                        job.Cancel), options.Out), $"Next: facebias init {Path.Combine(options.Out, "images")} "
                            + $"{Path.Combine(options.Out, "labels.csv")}"];
            }));

    internal sealed record Arguments
    {
        [Option("JSON of distributions and planted faults; by default that of the quickstart.",
            ValueName = "FILE.json")]
        public string? Spec { get; init; }

        [Option("Number of files.", ValueName = "N")]
        public required int Count { get; init; }

        [Option("Folder to write images/, labels.csv and planted.json to.", ValueName = "DIR",
            Group = OptionGroup.Output)]
        public required string Out { get; init; }

        [Option("Seed; the same seed gives the same files.", Group = OptionGroup.Resources)]
        public long Seed { get; init; } = 7;

        [Option(OptionLimits.ThreadsHelp, Group = OptionGroup.Resources)]
        [Range(0, OptionLimits.Threads)]
        public int Threads { get; init; }
    }

    /// <summary>What was written and planted, one line each; shared with the quickstart.</summary>
    public static IEnumerable<string> Describe(PlantedRecord planted, string folder)
    {
        yield return $"{planted.Count} files in {Path.Combine(folder, "images")}: {planted.Faces} distinct faces. "
            + $"{planted.Note}";
        yield return $"Labels: {Path.Combine(folder, "labels.csv")}. What was planted: "
            + $"{Path.Combine(folder, "planted.json")}:";
        foreach (var row in PlantedFindings.Compare(planted, new Dictionary<string, IReadOnlySet<string>>()))
            yield return $"  {row.What}: {row.Planted}";
    }
}
