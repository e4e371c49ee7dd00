using System.CommandLine;
using FaceBias.Core.Backbones;
using FaceBias.Core.Data;
using FaceBias.Core.Heads.Fit;
using FaceBias.Workflows.Train;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias train</c>: images and labels become a model, an audit and a report.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        var defaults = new TrainOptions();
        var images = new Option<string[]>("--images")
        { Description = "Folder(s) of images.", Required = true, AllowMultipleArgumentsPerToken = true, HelpName = "DIR" };
        var labels = new LabelArguments(required: true);
        var targets = new Option<string[]>("--targets")
        { Description = "Columns to predict, separated by commas: gender,age,race.", Required = true, HelpName = "COLUMNS" };
        var groups = new Option<string[]>("--groups") { Description = "Further columns to audit by.", HelpName = "COLUMNS" };
        var stratify = new Option<string[]>("--stratify") { Description = "Further columns to stratify random splits by, beside the targets.", HelpName = "COLUMNS" };
        var check = new Option<bool>("--check") { Description = "Look at images and labels, say everything that is wrong, and end." };
        var backbone = new Option<string>("--backbone")
        { Description = "A name of 'facebias models list', or an ONNX file.", DefaultValueFactory = _ => "faceres", HelpName = "NAME|FILE" };
        var seed = new Option<ulong>("--seed") { Description = "Seed of splits, weights and intervals.", DefaultValueFactory = _ => defaults.Seed };
        var output = new Option<string>("--out") { Description = "Folder of the run.", Required = true, HelpName = "RUN" };
        var hidden = new Option<int>("--hidden") { Description = "Width of the shared layer.", DefaultValueFactory = _ => defaults.Hidden };
        var members = new Option<int>("--members") { Description = "Networks to train side by side and average.", DefaultValueFactory = _ => defaults.Members };
        var epochs = new Option<int>("--epochs") { Description = "Maximum number of epochs.", DefaultValueFactory = _ => defaults.Epochs };
        var rate = new Option<double>("--learning-rate") { Description = "Highest learning rate.", DefaultValueFactory = _ => defaults.LearningRate };
        var classWeights = new Option<bool>("--class-weights") { Description = "Weigh classes inversely to their frequency." };
        var near = new Option<int>("--near-distance")
        { Description = "Largest Hamming distance of near duplicates.", DefaultValueFactory = _ => 5 };
        var policy = NearPolicyOption.Create();
        var confirm = new Option<bool>("--confirm-near") { Description = "Let the backbone's features confirm near duplicates before they are dropped." };
        var drop = new Option<string[]>("--drop") { Description = "Findings of curation that drop an image, such as not_face,dark.", HelpName = "FLAGS" };
        var review = new Option<string?>("--review") { Description = "The review.csv of 'facebias curate' with a person's decisions.", HelpName = "FILE" };
        var force = new Option<bool>("--force") { Description = "Replace a model or files of another run in --out." };
        var finetune = new FinetuneArguments();
        var threads = new Option<int>("--threads") { Description = "Threads; 0 for one per core.", DefaultValueFactory = _ => 0 };

        var command = new Command("train", "Trains a model on a folder of images and audits it for whom it fails.")
        {
            images, targets, groups, stratify, check, backbone, seed, output, members, hidden, epochs, rate,
            classWeights, near, policy, confirm, drop, review, force, threads,
        };
        labels.AddTo(command);
        finetune.AddTo(command);
        // On a thread of its own: Ctrl-C is listened to only once the action has returned a task.
        command.SetAction((parsed, cancel) => Task.Run(() => Execute(new TrainRunOptions
        {
            Images = parsed.GetRequiredValue(images),
            Labels = labels.Read(parsed)!,
            Targets = Lists.Split(parsed.GetRequiredValue(targets)),
            Groups = Lists.Split(parsed.GetValue(groups)),
            Stratify = Lists.Split(parsed.GetValue(stratify)),
            Backbone = parsed.GetRequiredValue(backbone),
            Out = parsed.GetRequiredValue(output),
            NearDistance = parsed.GetValue(near),
            Near = parsed.GetValue(policy),
            ConfirmNear = parsed.GetValue(confirm),
            Drop = ManifestFlagNames.Parse(Lists.Split(parsed.GetValue(drop)), "--drop"),
            Review = parsed.GetValue(review),
            Force = parsed.GetValue(force),
            Finetune = finetune.Read(parsed),
            Device = finetune.Device(parsed),
            Resume = finetune.Resume(parsed),
            Threads = parsed.GetValue(threads),
            Training = defaults with
            {
                Seed = parsed.GetValue(seed),
                Members = parsed.GetValue(members),
                Hidden = parsed.GetValue(hidden),
                Epochs = parsed.GetValue(epochs),
                LearningRate = parsed.GetValue(rate),
                ClassWeights = parsed.GetValue(classWeights),
            },
        }, parsed.GetValue(check), cancel), CancellationToken.None));
        return command;
    }

    /// <summary>Runs and prints the summary; shared with the quickstart.</summary>
    public static int Execute(TrainRunOptions options, bool check, CancellationToken cancel)
    {
        var lines = ConsoleProgress.Run(progress => check ? TrainRun.Check(options, progress, cancel) : TrainRun.Execute(options, progress, cancel).Summary);
        foreach (var line in lines)
            Console.WriteLine(line);
        return 0;
    }
}
