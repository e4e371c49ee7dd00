using System.CommandLine;
using FaceBias.Core.Heads.Fit;
using FaceBias.Synthesis;
using FaceBias.Workflows.Train;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias quickstart</c>: the main job on drawn faces with a planted bias, so that the report can be checked
/// against what was planted.</summary>
internal static class QuickstartCommand
{
    private const int DefaultCount = 1500;

    public static Command Create()
    {
        var count = new Option<int>("--count") { Description = "Number of drawn images.", DefaultValueFactory = _ => DefaultCount };
        var seed = new Option<ulong>("--seed") { Description = "Seed of drawings, splits and weights.", DefaultValueFactory = _ => new TrainOptions().Seed };
        var output = new Option<string>("--out")
        { Description = "Folder for the drawn faces and the run.", DefaultValueFactory = _ => "quickstart", HelpName = "DIR" };
        var command = new Command("quickstart", "Draws faces with a planted bias, trains on them, and reports what was found.")
        {
            count, seed, output,
        };
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            var folder = parsed.GetRequiredValue(output);
            var data = Path.Combine(folder, "data");
            var seedValue = parsed.GetValue(seed);
            Console.WriteLine("The faces of the quickstart are drawings made by a program, not people.");
            ConsoleProgress.Run(progress => SynthDataSet.Write(
                SynthSpecFile.Quickstart(), parsed.GetValue(count), unchecked((long)seedValue), data, progress, cancel));
            return TrainCommand.Execute(new TrainRunOptions
            {
                Images = [Path.Combine(data, "images")],
                Labels = Path.Combine(data, "labels.csv"),
                Targets = ["gender", "age"],
                Groups = ["skin_group", "glasses", "background"],
                Out = Path.Combine(folder, "run"),
                ConfirmNear = true,
                PlantedFile = Path.Combine(data, "planted.json"),
                Training = new TrainOptions { Seed = seedValue },
            }, check: false, cancel);
        }, CancellationToken.None));
        return command;
    }
}
