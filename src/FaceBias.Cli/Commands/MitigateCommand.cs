using System.CommandLine;
using System.Globalization;
using FaceBias.Core.Backbones;
using FaceBias.Core.Heads.Data;
using FaceBias.Core.Heads.Methods;
using FaceBias.Core.Heads.Results;
using FaceBias.Reporting;
using FaceBias.Workflows.Mitigate;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias mitigate</c>: heads that rely less on a shortcut, by every published method, in one table.</summary>
internal static class MitigateCommand
{
    public static Command Create()
    {
        var defaults = new MitigationRunOptions { Methods = [], Out = "" };
        var features = new Option<string?>("--features")
        { Description = "Folder with {train,val,test}_feats.npy, _target.npy and, if known, _bias.npy.", HelpName = "DIR" };
        var run = new Option<string?>("--run") { Description = "Folder of a finished 'facebias train': its features, splits and labels.", HelpName = "RUN" };
        var target = new Option<string?>("--target") { Description = "With --run: what to predict, gender or age:0-30,31-.", HelpName = "SPEC" };
        var bias = new Option<string[]>("--bias")
        { Description = "With --run: the attribute behind the shortcut, race or age:young=0-34,old=35-; several are crossed.", HelpName = "SPEC" };
        var groups = new Option<string[]>("--groups") { Description = "With --run: columns to cross, race,gender; the same as several --bias.", HelpName = "COLUMNS" };
        var oracle = new Option<string?>("--oracle") { Description = "Folder of the same test rows with training rows without the correlation: an upper bound.", HelpName = "DIR" };
        var numeric = new Option<bool>("--numeric") { Description = "The target is a number even if its values are whole." };
        var method = new Option<string[]>("--method")
        { Description = $"all, or some of {string.Join(", ", MitigationMethods.All.Select(m => m.Name))}.", HelpName = "NAMES" };
        var seeds = new Option<int>("--seeds") { Description = "Repetitions with other first weights.", DefaultValueFactory = _ => defaults.Seeds };
        var trials = new Option<int>("--trials") { Description = "Settings to try per method and seed; the first are the published ones.", DefaultValueFactory = _ => defaults.Trials };
        var set = new Option<string[]>("--set") { Description = "Hyperparameters that are not searched: hidden=0,rate=0.001.", HelpName = "NAME=VALUE" };
        var select = new Option<string?>("--select")
        { Description = "How epochs and settings are chosen on validation: worst (group), balanced (average over groups), class (worst class, no group labels), environments (worst class where ERM is right or wrong, no group labels).", HelpName = "RULE" };
        var export = new Option<string?>("--export")
        { Description = "Exports this method's head. Without it the best on held-out rows is exported if the test rows show it to be better than ERM, else ERM.", HelpName = "METHOD" };
        var epochs = new Option<int>("--epochs") { Description = "Maximum number of epochs.", DefaultValueFactory = _ => defaults.Epochs };
        var patience = new Option<int>("--patience") { Description = "Epochs without a better score before training ends.", DefaultValueFactory = _ => defaults.Patience };
        var batch = new Option<int>("--batch-size") { Description = "Rows per step.", DefaultValueFactory = _ => defaults.BatchSize };
        var threads = new Option<int>("--threads") { Description = "Trials side by side; 0 for one per core.", DefaultValueFactory = _ => 0 };
        var output = new Option<string>("--out") { Description = "Folder for the table, the heads and the journal.", Required = true, HelpName = "DIR" };
        var command = new Command("mitigate", "Trains heads on frozen features by published bias mitigation methods and compares them.")
        {
            run, target, bias, groups, features, oracle, numeric, method, seeds, trials, set, select, export, epochs, patience, batch, threads, output, MitigateSplitCommand.Create(), MitigateSynthCommand.Create(),
        };
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            var options = defaults with
            {
                Methods = MitigationMethods.Find(Lists.Split(parsed.GetValue(method))),
                Out = parsed.GetRequiredValue(output),
                Seeds = parsed.GetValue(seeds),
                Trials = parsed.GetValue(trials),
                Fixed = Fixed(Lists.Split(parsed.GetValue(set))),
                Rule = Rule(parsed.GetValue(select)),
                Export = parsed.GetValue(export),
                Epochs = parsed.GetValue(epochs),
                Patience = parsed.GetValue(patience),
                BatchSize = parsed.GetValue(batch),
                Threads = parsed.GetValue(threads),
            };
            options.Check();
            var specs = (parsed.GetValue(bias) ?? []).Concat(Lists.Split(parsed.GetValue(groups))).Select(LevelSpec.Parse).ToArray();
            var data = (parsed.GetValue(run), parsed.GetValue(features)) switch
            {
                ({ } folder, null) => RunHeadData.Read(folder, LevelSpec.Parse(parsed.GetValue(target)
                    ?? throw new FaceBiasException("With --run, --target names what to predict, such as --target gender.")), specs),
                (null, { } folder) => parsed.GetValue(target) is null && specs.Length == 0
                    ? HeadDataFolder.Read(folder, parsed.GetValue(numeric))
                    : throw new FaceBiasException("--target, --bias and --groups go with --run; with --features the files _target.npy and _bias.npy say it."),
                _ => throw new FaceBiasException("Give either --run RUN or --features DIR."),
            };
            var bound = parsed.GetValue(oracle) is { } o ? HeadDataFolder.Read(o, data.IsNumeric) : null;
            var lines = ConsoleProgress.Run(progress => Compare(data, bound, options, progress, cancel));
            foreach (var line in lines)
                Console.WriteLine(line);
            return 0;
        }, CancellationToken.None));
        return command;
    }

    private static List<string> Compare(HeadData data, HeadData? oracle, MitigationRunOptions options, IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        if (oracle is not null)
            MitigationRun.CheckOracle(data, oracle);
        var result = MitigationRun.Execute(data, options, progress, cancel);
        if (oracle is not null)
            result = MitigationRun.AddOracle(result, data, oracle, options, progress, cancel);
        MitigationFiles.Write(options.Out, result);
        (result, var audit, var exported) = MitigationExport.Write(options, data, result, FaceBiasHome.Folder, progress, cancel);
        MitigationFiles.Write(options.Out, result);
        var lines = MitigationFiles.Lines(result).ToList();
        if (data.LeftOut > 0)
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"{data.LeftOut:N0} images of the run take no part: they lack a label or belong to none of the levels asked for."));
        lines.AddRange(exported);
        var page = Path.Combine(options.Out, "mitigation.html");
        MitigationPage.Write(page, result, audit);
        lines.Add($"Page: {Path.GetFullPath(page)}");
        return lines;
    }

    private static Dictionary<string, double> Fixed(IEnumerable<string> texts)
    {
        var values = new Dictionary<string, double>();
        foreach (var text in texts)
        {
            var parts = text.Split('=', 2, StringSplitOptions.TrimEntries);
            values[parts[0]] = parts.Length == 2 && double.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) && value >= 0
                ? value : throw new FaceBiasException($"--set must hold NAME=VALUE pairs such as hidden=0,rate=0.001, not '{text}'.");
        }
        return values;
    }

    private static SelectionRule? Rule(string? name) => name switch
    {
        null => null,
        "worst" => SelectionRule.WorstGroup,
        "balanced" => SelectionRule.BalancedAverage,
        "class" => SelectionRule.WorstClass,
        "environments" => SelectionRule.Environments,
        _ => throw new FaceBiasException($"--select must be worst, balanced, class or environments, not '{name}'."),
    };
}
