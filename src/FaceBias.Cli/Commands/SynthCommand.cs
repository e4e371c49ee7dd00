using System.CommandLine;
using FaceBias.Synthesis;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias synth</c>: draws faces with known attributes and plants known faults among them.</summary>
internal static class SynthCommand
{
    public static Command Create()
    {
        var spec = new Option<string?>("--spec")
        { Description = "JSON of distributions and planted faults; that of the quickstart if left out.", HelpName = "FILE.json" };
        var count = new Option<int>("--count") { Description = "Number of files.", Required = true, HelpName = "N" };
        var output = new Option<string>("--out") { Description = "Folder to write images/, labels.csv and planted.json to.", Required = true, HelpName = "DIR" };
        var seed = new Option<long>("--seed") { Description = "Seed; the same seed gives the same files.", DefaultValueFactory = _ => 7 };
        var threads = new Option<int>("--threads") { Description = "Threads; 0 for one per core.", DefaultValueFactory = _ => 0 };
        var command = new Command("synth", "Draws faces (drawings, not photographs) with known attributes and planted faults.")
        {
            spec, count, output, seed, threads,
        };
        // On a thread of its own: Ctrl-C is listened to only once the action has returned a task.
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            var chosen = parsed.GetValue(spec) is { } file ? SynthSpecFile.Read(file) : SynthSpecFile.Quickstart();
            var folder = parsed.GetRequiredValue(output);
            var planted = ConsoleProgress.Run(progress => SynthDataSet.Write(
                chosen, parsed.GetValue(count), parsed.GetValue(seed), folder, progress, cancel, parsed.GetValue(threads)));
            foreach (var line in Describe(planted, folder))
                Console.WriteLine(line);
            return 0;
        }, CancellationToken.None));
        return command;
    }

    /// <summary>What was written and planted, one line each; shared with the quickstart.</summary>
    public static IEnumerable<string> Describe(PlantedRecord planted, string folder)
    {
        yield return $"{planted.Count} files in {Path.Combine(folder, "images")}: {planted.Faces} distinct faces. {planted.Note}";
        yield return $"Labels: {Path.Combine(folder, "labels.csv")}. What was planted: {Path.Combine(folder, "planted.json")}:";
        foreach (var row in PlantedFindings.Compare(planted, new Dictionary<string, IReadOnlySet<string>>()))
            yield return $"  {row.What}: {row.Planted}";
    }
}
