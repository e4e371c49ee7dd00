using System.CommandLine;
using FaceBias.Core.Synthesis;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias synth</c>: drawn faces with known attributes and planted faults.</summary>
internal static class SynthCommand
{
    public static Command Create()
    {
        var spec = new Option<string?>("--spec") { Description = "Spec of the faces and of what is planted; the quickstart's if absent.", HelpName = "FILE.json" };
        var count = new Option<int>("--count") { Description = "Number of files.", Required = true };
        var seed = new Option<long>("--seed") { Description = "Seed.", DefaultValueFactory = _ => 7 };
        var output = new Option<string>("--out") { Description = "Folder for images, labels.csv and planted.json.", Required = true, HelpName = "DIR" };
        var threads = new Option<int>("--threads") { Description = "Threads; 0 for one per core.", DefaultValueFactory = _ => 0 };
        var command = new Command("synth", "Draws faces with known attributes and planted faults; they are drawings, not people.")
        {
            spec, count, seed, output, threads,
        };
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            var specification = parsed.GetValue(spec) is { } file ? SynthSpecFile.Read(file) : SynthSpecFile.Quickstart();
            var folder = parsed.GetRequiredValue(output);
            var planted = ConsoleProgress.Run(progress => SynthDataSet.Write(
                specification, parsed.GetValue(count), parsed.GetValue(seed), folder, progress, cancel, parsed.GetValue(threads)));
            Console.WriteLine($"{planted.Count} drawn files, {planted.Faces} different readable faces: {folder}");
            return 0;
        }, CancellationToken.None));
        return command;
    }
}
