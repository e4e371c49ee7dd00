using System.CommandLine;
using FaceBias.Workflows.Bounty;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias bounty8bit</c>: the 8-bit Bias Bounty from its folders to a submission.</summary>
internal static class BountyCommand
{
    public static Command Create()
    {
        var train = new Option<string?>("--train") { Description = "Folder of training images with labels.csv.", HelpName = "DIR" };
        var test = new Option<string?>("--test") { Description = "Folder of test images with labels.csv.", HelpName = "DIR" };
        var render = new Option<int>("--render") { Description = "Draw so many pictures in the competition's layout instead.", HelpName = "N" };
        var output = new Option<string>("--out") { Description = "Folder of the results.", Required = true, HelpName = "RUN" };
        var backbone = new Option<string>("--backbone") { Description = "A name of 'facebias models list', or an ONNX file.", DefaultValueFactory = _ => "faceres", HelpName = "NAME|FILE" };
        var detector = new Option<bool>("--detector") { Description = "Let a face detector look too: no person where it finds no face and the features are far off." };
        var review = new Option<string?>("--review") { Description = "Decisions: keep for persons, drop for other pictures; curation/review.csv of --out by default.", HelpName = "FILE" };
        var semi = new Option<bool>("--semi-supervised") { Description = "Use images without labels that a first network is sure about." };
        var objects = new Option<BountyObjects>("--objects") { Description = "Label pictures without a person in turn (cycle) or as predicted (predict)." };
        var trials = new Option<int>("--trials") { Description = "Trials of the search.", DefaultValueFactory = _ => 20 };
        var replicates = new Option<int>("--replicates") { Description = "Bootstrap replicates of intervals.", DefaultValueFactory = _ => 500 };
        var seed = new Option<ulong>("--seed") { Description = "Seed of splits, weights, search and intervals.", DefaultValueFactory = _ => 7UL };
        var threads = new Option<int>("--threads") { Description = "Threads; 0 for one per core.", DefaultValueFactory = _ => 0 };
        var finetune = new FinetuneArguments();
        var command = new Command("bounty8bit", "From the folders of the 8-bit Bias Bounty to a submission, its score, and what the score hides.")
        { train, test, render, output, backbone, detector, review, semi, objects, trials, replicates, seed, threads };
        return command;
    }
}
