using System.CommandLine;
using FaceBias.Cli.Binding;
using FaceBias.Core.Heads.Fit;
using FaceBias.Synthesis;
using FaceBias.Workflows.Train;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias quickstart</c>: the main job on drawn faces with a planted bias, so that the report can be
/// checked against what was planted.</summary>
internal static class QuickstartCommand
{
    public static Command Create() =>
        Job.Command<Arguments>("quickstart",
            "Draws faces with a planted bias, trains on them, and reports what was found.",
        "quickstart", (options, job) => job.Run(progress =>
        {
            job.Line("The faces of the quickstart are drawings made by a program, not people.");
            var data = Path.Combine(options.Out, "data");
            SynthDataSet.Write(SynthSpecFile.Quickstart(), options.Count, unchecked((long)options.Seed), data, progress,
                job.Cancel);
            return TrainRun.Execute(new()
            {
                Images = [Path.Combine(data, "images")],
                Labels = Path.Combine(data, "labels.csv"),
                Targets = ["gender", "age"],
                Groups = ["skin_group", "glasses", "background"],
                Out = Path.Combine(options.Out, "run"),
                ConfirmNear = true,
                PlantedFile = Path.Combine(data, "planted.json"),
                Training = new() { Seed = options.Seed },
            }, progress, job.Cancel).Summary;
        }));

    internal sealed record Arguments
    {
        [Option("Number of drawn images.")]
        public int Count { get; init; } = 1500;

        [Option("Seed of drawings, splits and weights.", Group = OptionGroup.Resources)]
        public ulong Seed { get; init; } = new TrainOptions().Seed;

        [Option("Folder for the drawn faces and the run.", ValueName = "DIR", Group = OptionGroup.Output)]
        public string Out { get; init; } = "quickstart";
    }
}
