using System.CommandLine;
using FaceBias.Core.Mitigation;
using FaceBias.Core.Mitigation.Data;
using FaceBias.Core.Mitigation.Running;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias mitigate</c>: heads that rely less on a shortcut, by every published method, in one table.</summary>
internal static class MitigateCommand
{
    public static Command Create()
    {
        var defaults = new MitigationRunOptions { Methods = [], Out = "" };
        var features = new Option<string?>("--features")
        { Description = "Folder with {train,val,test}_feats.npy, _target.npy and, if known, _bias.npy.", HelpName = "DIR" };
        var numeric = new Option<bool>("--numeric") { Description = "The target is a number even if its values are whole." };
        var method = new Option<string[]>("--method")
        { Description = $"all, or some of {string.Join(", ", MitigationMethods.All.Select(m => m.Name))}.", HelpName = "NAMES" };
        var seeds = new Option<int>("--seeds") { Description = "Repetitions with other first weights.", DefaultValueFactory = _ => defaults.Seeds };
        var trials = new Option<int>("--trials") { Description = "Settings to try per method and seed; the first are the published ones.", DefaultValueFactory = _ => defaults.Trials };
        var select = new Option<string?>("--select")
        { Description = "How epochs and settings are chosen on validation: worst (group), balanced (average over groups), class (worst class, no group labels).", HelpName = "RULE" };
        var epochs = new Option<int>("--epochs") { Description = "Most epochs.", DefaultValueFactory = _ => defaults.Epochs };
        var patience = new Option<int>("--patience") { Description = "Epochs without a better score before training ends.", DefaultValueFactory = _ => defaults.Patience };
        var batch = new Option<int>("--batch") { Description = "Rows per step.", DefaultValueFactory = _ => defaults.Batch };
        var threads = new Option<int>("--threads") { Description = "Trials side by side; 0 for one per core.", DefaultValueFactory = _ => 0 };
        var output = new Option<string>("--out") { Description = "Folder for the table, the heads and the journal.", Required = true, HelpName = "DIR" };
        var command = new Command("mitigate", "Trains heads on frozen features by published bias mitigation methods and compares them.")
        {
            features, numeric, method, seeds, trials, select, epochs, patience, batch, threads, output, MitigateSplitCommand.Create(),
        };
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            var folder = parsed.GetValue(features) ?? throw new FaceBiasException("Nothing to work on: give --features DIR.");
            var options = defaults with
            {
                Methods = MitigationMethods.Find(Lists.Split(parsed.GetValue(method))),
                Out = parsed.GetRequiredValue(output),
                Seeds = parsed.GetValue(seeds),
                Trials = parsed.GetValue(trials),
                Rule = Rule(parsed.GetValue(select)),
                Epochs = parsed.GetValue(epochs),
                Patience = parsed.GetValue(patience),
                Batch = parsed.GetValue(batch),
                Threads = parsed.GetValue(threads),
            };
            options.Check();
            var data = HeadDataFolder.Read(folder, parsed.GetValue(numeric));
            var result = ConsoleProgress.Run(progress => MitigationRun.Execute(data, options, progress, cancel));
            MitigationFiles.Write(options.Out, result);
            foreach (var line in MitigationFiles.Lines(result))
                Console.WriteLine(line);
            return 0;
        }, CancellationToken.None));
        return command;
    }

    private static SelectionRule? Rule(string? name) => name switch
    {
        null => null,
        "worst" => SelectionRule.WorstGroup,
        "balanced" => SelectionRule.BalancedAverage,
        "class" => SelectionRule.WorstClass,
        _ => throw new FaceBiasException($"--select must be worst, balanced or class, not '{name}'."),
    };
}
