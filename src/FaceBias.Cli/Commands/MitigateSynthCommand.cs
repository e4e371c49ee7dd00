using System.CommandLine;
using FaceBias.Core.Heads.Data;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias mitigate synth</c>: features with a planted shortcut, and their oracle.</summary>
internal static class MitigateSynthCommand
{
    public static Command Create()
    {
        var defaults = new SyntheticBiasOptions();
        var classes = new Option<int>("--classes") { Description = "Classes, and levels of the shortcut: 2 to 10.", DefaultValueFactory = _ => defaults.Classes };
        var correlation = new Option<double>("--correlation") { Description = "Share of training rows whose shortcut fits their class.", DefaultValueFactory = _ => defaults.Correlation };
        var train = new Option<int>("--train") { Description = "Training rows.", DefaultValueFactory = _ => defaults.Train };
        var validation = new Option<int>("--validation") { Description = "Validation rows per group.", DefaultValueFactory = _ => defaults.Validation };
        var test = new Option<int>("--test") { Description = "Test rows per group.", DefaultValueFactory = _ => defaults.Test };
        var width = new Option<int>("--width") { Description = "Features.", DefaultValueFactory = _ => defaults.Width };
        var signal = new Option<double>("--signal") { Description = "How far classes lie apart, in deviations of the noise.", DefaultValueFactory = _ => defaults.Signal };
        var shortcut = new Option<double>("--shortcut") { Description = "How far levels of the shortcut lie apart.", DefaultValueFactory = _ => defaults.Shortcut };
        var seed = new Option<long>("--seed") { Description = "Decides everything.", DefaultValueFactory = _ => defaults.Seed };
        var output = new Option<string>("--out") { Description = "Folder for the arrays; DIR/oracle gets those without correlation.", Required = true, HelpName = "DIR" };
        var command = new Command("synth", "Makes features with a planted shortcut, as NumPy files, and their oracle.")
        { classes, correlation, train, validation, test, width, signal, shortcut, seed, output };
        command.SetAction(parsed =>
        {
            var options = new SyntheticBiasOptions
            {
                Classes = parsed.GetValue(classes),
                Correlation = parsed.GetValue(correlation),
                Train = parsed.GetValue(train),
                Validation = parsed.GetValue(validation),
                Test = parsed.GetValue(test),
                Width = parsed.GetValue(width),
                Signal = parsed.GetValue(signal),
                Shortcut = parsed.GetValue(shortcut),
                Seed = parsed.GetValue(seed),
            };
            var folder = parsed.GetRequiredValue(output);
            HeadDataFolder.Write(folder, SyntheticBias.Create(options));
            HeadDataFolder.Write(Path.Combine(folder, "oracle"), SyntheticBias.Create(options, oracle: true));
            Console.WriteLine($"Next: facebias mitigate --features {folder} --oracle {Path.Combine(folder, "oracle")} --out DIR");
            return 0;
        });
        return command;
    }
}
