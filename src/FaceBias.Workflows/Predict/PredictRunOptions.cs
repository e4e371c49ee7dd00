using System.ComponentModel.DataAnnotations;
using FaceBias.Core.Data.Labels;

namespace FaceBias.Workflows.Predict;

/// <summary>What a user asks of PredictRun.</summary>
public sealed record PredictRunOptions
{
    /// <summary>A model file that facebias trained.</summary>
    [Option("The model.onnx of a run.", ValueName = "FILE.onnx", Group = OptionGroup.Model, Common = true)]
    public required string Model { get; init; }

    /// <summary>Folders of images.</summary>
    [Option("Folder(s) of images, or single pictures.", ValueName = "DIR|FILE", Whole = true, Common = true)]
    public required IReadOnlyList<string> Images { get; init; }

    /// <summary>Where labels come from, or null.</summary>
    [Options]
    public LabelOptions? Labels { get; init; }

    /// <summary>The table to write, .csv or .parquet.</summary>
    [Option("Table to write: .csv or .parquet.", ValueName = "FILE", Group = OptionGroup.Output, Common = true)]
    public required string Out { get; init; }

    /// <summary>The share of pictures that get no answer: those that the model is least sure of; null for
    /// none.</summary>
    [Option("Share of the pictures to abstain on, the least certain ones, such as 0.05.", ValueName = "SHARE")]
    [Range(0.0, 1, MinimumIsExclusive = true, MaximumIsExclusive = true)]
    public double? Abstain { get; init; }

    /// <summary>A column of the labels whose groups are each to have that share; null for all pictures
    /// together.</summary>
    [Option("Label column; the model abstains on the share ‹Abstain› of each of its groups.", ValueName = "COLUMN")]
    public string? AbstainBy { get; init; }

    /// <summary>Threads; 0 for one per core.</summary>
    [Option(OptionLimits.ThreadsHelp, Group = OptionGroup.Resources)]
    [Range(0, OptionLimits.Threads)]
    public int Threads { get; init; }
}
