using System.CommandLine;
using FaceBias.Core.Backbones;
using FaceBias.Core.Heads.Data;
using FaceBias.Workflows.Mitigate;
using FaceBias.Workflows.Train;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias mitigate split</c>: a biased training set and balanced validation and test sets from real images.</summary>
internal static class MitigateSplitCommand
{
    public static Command Create()
    {
        var images = new Option<string[]>("--images") { Description = "Folder(s) of images.", Required = true, AllowMultipleArgumentsPerToken = true, HelpName = "DIR" };
        var labels = new LabelArguments(required: true);
        var target = new Option<string>("--target") { Description = "What to predict: gender, or age:0-30,31- for two classes of a number.", Required = true, HelpName = "SPEC" };
        var bias = new Option<string>("--bias") { Description = "The attribute that becomes a shortcut: age:young=0-34,old=35-.", Required = true, HelpName = "SPEC" };
        var where = new Option<string?>("--where") { Description = "Keeps only some rows: age:16-.", HelpName = "SPEC" };
        var aligned = new Option<string[]>("--aligned") { Description = "The groups that dominate: female:young,male:old.", Required = true, HelpName = "CLASS:LEVEL" };
        var share = new Option<double>("--share") { Description = "Share of aligned training rows; 0 draws all groups equally (the oracle).", DefaultValueFactory = _ => 0.95 };
        var train = new Option<int>("--train") { Description = "Training rows.", DefaultValueFactory = _ => 6000 };
        var validation = new Option<int>("--validation") { Description = "Validation rows per group.", DefaultValueFactory = _ => 400 };
        var test = new Option<int>("--test") { Description = "Test rows per group.", DefaultValueFactory = _ => 607 };
        var backbone = new Option<string>("--backbone") { Description = "A name of 'facebias models list', or an ONNX file.", DefaultValueFactory = _ => "faceres", HelpName = "NAME|FILE" };
        var seed = new Option<int>("--seed") { Description = "Decides who goes where.", DefaultValueFactory = _ => 7 };
        var threads = new Option<int>("--threads") { Description = "Threads; 0 for one per core.", DefaultValueFactory = _ => 0 };
        var output = new Option<string>("--out") { Description = "Folder for the arrays.", Required = true, HelpName = "DIR" };
        var command = new Command("split", "Draws a biased training set and group-balanced validation and test sets, as NumPy files.")
        {
            images, target, bias, where, aligned, share, train, validation, test, backbone, seed, threads, output,
        };
        labels.AddTo(command);
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            var options = new BiasedSplitOptions
            {
                Source = new TrainRunOptions
                {
                    Images = parsed.GetRequiredValue(images),
                    Labels = labels.Read(parsed)!,
                    Targets = [],
                    Backbone = parsed.GetRequiredValue(backbone),
                    Out = parsed.GetRequiredValue(output),
                    Threads = parsed.GetValue(threads),
                },
                Target = LevelSpec.Parse(parsed.GetRequiredValue(target)),
                Bias = LevelSpec.Parse(parsed.GetRequiredValue(bias)),
                Where = parsed.GetValue(where) is { } text ? LevelSpec.Parse(text) : null,
                Aligned = [.. Lists.Split(parsed.GetRequiredValue(aligned)).Select(Pair)],
                Share = parsed.GetValue(share),
                Train = parsed.GetValue(train),
                Validation = parsed.GetValue(validation),
                Test = parsed.GetValue(test),
                Seed = parsed.GetValue(seed),
            };
            var (data, summary) = ConsoleProgress.Run(progress => BiasedSplit.Create(options, progress, cancel));
            HeadDataFolder.Write(options.Source.Out, data);
            foreach (var line in summary)
                Console.WriteLine(line);
            return 0;
        }, CancellationToken.None));
        return command;
    }

    private static (string, string) Pair(string text)
    {
        var parts = text.Split(':', 2, StringSplitOptions.TrimEntries);
        return parts.Length == 2 && parts.All(p => p.Length > 0)
            ? (parts[0], parts[1])
            : throw new FaceBiasException($"--aligned must hold CLASS:LEVEL pairs such as female:young, not '{text}'.");
    }
}
