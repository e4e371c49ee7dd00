using System.ComponentModel.DataAnnotations;
using FaceBias.Core.Heads.Finetune;

namespace FaceBias.Workflows.Bounty;

/// <summary>How the 17 outputs are trained.</summary>
internal enum BountyLoss
{
    /// <summary>A sigmoid per class; the rarer classes' positives weigh largest count / count, as in the
    /// entry.</summary>
    Sigmoid,

    /// <summary>A softmax per task with the same numbers as class weights.</summary>
    Softmax,
}

/// <summary>What pictures without a person are labelled: their labels are random, and every answer is as
/// good.</summary>
public enum BountyObjects
{
    /// <summary>One class after the other, as the entry did: uniform by construction, which the competition's test of
    /// randomness rewards.</summary>
    Cycle,

    /// <summary>The most probable class, as for persons.</summary>
    Predict,
}

/// <summary>What a user asks of BountyRun.</summary>
public sealed record BountyRunOptions
{
    /// <summary>The folder of training images with the competition's labels.csv; null with
    /// <see cref="Render"/>.</summary>
    [Option("Folder of training images with the competition's labels.csv.", ValueName = "DIR", Common = true)]
    public string? Train { get; init; }

    /// <summary>The folder of test images with the competition's labels.csv.</summary>
    [Option("Folder of test images with the competition's labels.csv.", ValueName = "DIR", Common = true)]
    public string? Test { get; init; }

    /// <summary>Renders so many pictures in the competition's layout instead, a fifth of them for the test: drawings,
    /// not photographs.</summary>
    [Option("Draw this many pictures in the competition's layout instead.", ValueName = "N", Common = true)]
    [Range(0, 1_000_000)]
    public int Render { get; init; }

    /// <summary>Folder of the results.</summary>
    [Option("Folder of the results.", ValueName = "RUN", Group = OptionGroup.Output, Common = true)]
    public required string Out { get; init; }

    /// <summary>A name of the catalogue, or an ONNX file.</summary>
    [Option("A name of 'facebias models list', or an ONNX file.", ValueName = "NAME|FILE", Group = OptionGroup.Model)]
    public string Backbone { get; init; } = "faceres";

    /// <summary>Whether a face detector looks too: a picture is no person where it finds no face and the features are
    /// far off.</summary>
    [Option("Also use a face detector: no person where it finds no face and the features are far from those of faces.")]
    public bool Detector { get; init; }

    /// <summary>A person's decisions, keep for persons and drop for other pictures; null takes curation/review.csv of
    /// <see cref="Out"/>.</summary>
    [Option("Decisions: keep for persons, drop for other pictures; curation/review.csv of the results by default.",
        ValueName = "FILE")]
    public string? Review { get; init; }

    /// <summary>Whether training images without labels are used: those that a first network is sure about.</summary>
    [Option("Also train on images without labels that a first network is confident about.")]
    public bool SemiSupervised { get; init; }

    /// <summary>Whether pictures without a person are labelled in turn or as predicted.</summary>
    [Option("Labels of pictures without a person: in rotation, as the entry did, or as predicted.")]
    public BountyObjects Objects { get; init; }

    /// <summary>Trials of the search.</summary>
    [Option("Trials of the search.")]
    [Range(1, 100_000)]
    public int Trials { get; init; } = 20;

    /// <summary>What is fine-tuned after the search; null leaves the backbone frozen.</summary>
    [Options]
    public FinetuneOptions? Finetune { get; init; }

    /// <summary>Bootstrap replicates of intervals.</summary>
    [Option("Bootstrap replicates of intervals.")]
    [Range(100, 100_000)]
    public int Replicates { get; init; } = 500;

    /// <summary>Seed of splits, weights, search and intervals.</summary>
    [Option("Seed of splits, weights, search and intervals.")]
    public ulong Seed { get; init; } = 7;

    /// <summary>Threads; 0 for one per core.</summary>
    [Option(OptionLimits.ThreadsHelp, Group = OptionGroup.Resources)]
    [Range(0, OptionLimits.Threads)]
    public int Threads { get; init; }

    /// <summary>Folder of downloaded models and caches.</summary>
    public string Home { get; init; } = FaceBiasHome.Folder;
}
