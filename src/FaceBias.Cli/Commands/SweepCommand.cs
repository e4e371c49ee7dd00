using System.CommandLine;
using FaceBias.Core.Search.Results;
using FaceBias.Workflows.Sweep;
using FaceBias.Workflows.Train;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias sweep</c>: the best model under a fairness goal.</summary>
internal static class SweepCommand
{
    public static Command Create()
    {
        var run = new Option<string?>("--run") { Description = "Folder of a finished 'facebias train' to begin with.", HelpName = "RUN" };
        var images = new Option<string[]>("--images")
        { Description = "Without --run: folder(s) of images, which are curated as by 'facebias train'.", AllowMultipleArgumentsPerToken = true, HelpName = "DIR" };
        var labels = new LabelArguments(required: false, "With --images: ");
        var backbone = new Option<string?>("--backbone") { Description = "With --images: a name of 'facebias models list', or an ONNX file; faceres by default.", HelpName = "NAME|FILE" };
        var output = new Option<string>("--out") { Description = "Folder of the sweep.", Required = true, HelpName = "DIR" };
        var targets = new Option<string[]>("--targets") { Description = "What to train, the judged one first; the run's targets by default.", HelpName = "COLUMNS" };
        var groups = new Option<string[]>("--groups") { Description = "Attributes whose crossings are the groups: race,gender.", HelpName = "COLUMNS" };
        var objective = new Option<string>("--objective")
        { Description = "What is best on validation.", DefaultValueFactory = _ => "worst-group", HelpName = "worst-group|average|0.5*gap|pareto" };
        var trials = new Option<int>("--trials") { Description = "Trials in all.", DefaultValueFactory = _ => 60 };
        var minutes = new Option<double?>("--minutes") { Description = "Stop after this time; how many trials fit then depends on the machine." };
        var space = new Option<string?>("--space") { Description = "What to search, as docs/reference/sweeps.md says.", HelpName = "FILE.json" };
        var sampler = new Option<string>("--sampler") { Description = "How to search.", DefaultValueFactory = _ => "tpe", HelpName = "tpe|cfo|nsga2|random|grid" };
        var pruner = new Option<string>("--pruner") { Description = "How trials that are behind are ended early.", DefaultValueFactory = _ => "asha", HelpName = "asha|median|none" };
        var jobs = new Option<int>("--jobs") { Description = "Trials at a time, each on one thread; 0 for one per core, at most 4.", DefaultValueFactory = _ => 0 };
        var seed = new Option<ulong>("--seed") { Description = "Seed of proposals, weights and intervals.", DefaultValueFactory = _ => 7 };
        var average = new Option<double?>("--min-average") { Description = "Share of right answers that the winner must reach on validation (for a number: largest mean error)." };
        var size = new Option<long?>("--max-size") { Description = "Largest size of model.onnx in bytes." };
        var latency = new Option<double?>("--max-latency") { Description = "Longest time of model.onnx for one image on one thread, in milliseconds." };
        var refit = new Option<bool>("--refit") { Description = "Train the winner again on training and validation images together before it is tested." };
        var validate = new Option<string?>("--validate")
        { Description = "repeated:K trains winner and defaults again on K other splits of training and validation images; nested:K does the whole search again without each of K folds and measures it there.", HelpName = "repeated:K|nested:K" };
        var resume = new Option<bool>("--resume") { Description = "Resume the sweep in --out, or end if there is none. Without it, too, one that is there is resumed." };
        var command = new Command("sweep", "Searches the best model under a fairness goal, from the cached features of a run or from images.")
        {
            run, images, backbone, output, targets, groups, objective, trials, minutes, space, sampler, pruner, jobs, seed, average, size, latency, refit, validate, resume,
        };
        TrainRunOptions? Prepare(ParseResult parsed)
        {
            var folders = parsed.GetValue(images) ?? [];
            if (folders.Length > 0)
                return new()
                {
                    Images = folders,
                    Labels = labels.Read(parsed) ?? throw new FaceBiasException("--images needs --labels: utkface, or a CSV or Parquet table with one row per image."),
                    Targets = Given(parsed.GetValue(targets)) ?? throw new FaceBiasException("--images needs --targets: the columns to predict, the judged one first."),
                    Groups = Lists.Split(parsed.GetValue(groups)),
                    Backbone = parsed.GetValue(backbone) ?? "faceres",
                    Training = new() { Seed = parsed.GetValue(seed) },
                    Out = Path.Combine(parsed.GetRequiredValue(output), "run"),
                };
            if (labels.Given(parsed).Concat(parsed.GetResult(backbone) is null ? [] : [backbone.Name]).FirstOrDefault() is { } option)
                throw new FaceBiasException($"{option} goes with --images; the images, labels and features of --run are as that run has them.");
            return null;
        }
        SweepOptions Read(ParseResult parsed, (int Repeats, int Folds) validation) => new()
        {
            Run = parsed.GetValue(run),
            Prepare = Prepare(parsed),
            Out = parsed.GetRequiredValue(output),
            Targets = Given(parsed.GetValue(targets)),
            Groups = Given(parsed.GetValue(groups)),
            Objective = Objective.Parse(parsed.GetRequiredValue(objective)),
            Trials = parsed.GetValue(trials),
            Minutes = parsed.GetValue(minutes),
            SpaceFile = parsed.GetValue(space),
            Sampler = parsed.GetRequiredValue(sampler),
            Pruner = parsed.GetRequiredValue(pruner),
            Jobs = parsed.GetValue(jobs),
            Seed = parsed.GetValue(seed),
            Constraints = new SweepConstraints
            {
                Average = parsed.GetValue(average), MaximumBytes = parsed.GetValue(size), MaximumMilliseconds = parsed.GetValue(latency),
            },
            Refit = parsed.GetValue(refit),
            Repeats = validation.Repeats,
            Folds = validation.Folds,
            Resume = parsed.GetValue(resume),
        };
        labels.AddTo(command);
        command.SetAction((parsed, cancel) => Task.Run(
            () => Execute(Read(parsed, SweepOptions.ParseValidation(parsed.GetValue(validate))), cancel), CancellationToken.None));
        return command;
    }

    private static int Execute(SweepOptions options, CancellationToken cancel)
    {
        try
        {
            var report = SweepView.Show(options, (watch, progress) => SweepRun.Execute(options, watch, progress, cancel));
            foreach (var line in SweepView.Summary(report, options.Out))
                Console.WriteLine(line);
            return 0;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("facebias: Stopped. Finished trials are kept; run the same command again to resume.");
            return CommandLine.Cancelled;
        }
    }

    private static string[]? Given(string[]? values) => Lists.Split(values) is { Length: > 0 } list ? list : null;
}
