using System.ComponentModel.DataAnnotations;
using FaceBias.Core.Heads.Data;
using FaceBias.Primitives.Options;
using FaceBias.Workflows.Train;

namespace FaceBias.Workflows.Mitigate;

/// <summary>How to draw a training set in which a shortcut works, and balanced sets in which it does not.</summary>
public sealed record BiasedSplitOptions
{
    /// <summary>Images, labels, backbone and curation.</summary>
    [Options(Only = [nameof(TrainRunOptions.Images), nameof(TrainRunOptions.Labels), nameof(TrainRunOptions.Backbone),
        nameof(TrainRunOptions.Out), nameof(TrainRunOptions.Threads)])]
    public required TrainRunOptions Source { get; init; }

    /// <summary>What is predicted.</summary>
    [Option("What to predict: gender, or age:0-30,31- for two classes of a number.", ValueName = "SPEC",
        Group = OptionGroup.Data, Common = true)]
    public required LevelSpec Target { get; init; }

    /// <summary>The attribute that becomes the shortcut.</summary>
    [Option("The attribute that becomes a shortcut: age:young=0-34,old=35-.", ValueName = "SPEC",
        Group = OptionGroup.Data, Common = true)]
    public required LevelSpec Bias { get; init; }

    /// <summary>Keeps only rows in one of the levels; null keeps all.</summary>
    [Option("Keeps only some rows: age:16-.", ValueName = "SPEC", Group = OptionGroup.Data)]
    public LevelSpec? Where { get; init; }

    /// <summary>Which level goes with each class: female:young, male:old.</summary>
    [Option("The groups that dominate: female:young,male:old.", ValueName = "CLASS:LEVEL", Group = OptionGroup.Data,
        Common = true)]
    public required IReadOnlyList<(string Class, string Level)> Aligned { get; init; }

    /// <summary>Training rows.</summary>
    [Option("Training rows.", Group = OptionGroup.Data)]
    [Range(10, int.MaxValue)]
    public int Train { get; init; } = 6000;

    /// <summary>Share of training rows that are aligned; 0 draws every group equally often (the oracle).</summary>
    [Option("Share of aligned training rows; 0 draws all groups equally (the oracle).", Group = OptionGroup.Data)]
    [Range(0.0, 1, MaximumIsExclusive = true)]
    public double Share { get; init; } = 0.95;

    /// <summary>Validation rows per group.</summary>
    [Option("Validation rows per group.", Group = OptionGroup.Data)]
    [Range(1, int.MaxValue)]
    public int Validation { get; init; } = 400;

    /// <summary>Test rows per group.</summary>
    [Option("Test rows per group.", Group = OptionGroup.Data)]
    [Range(1, int.MaxValue)]
    public int Test { get; init; } = 607;

    /// <summary>Seed of the random split.</summary>
    [Option("Seed of the random split.", Group = OptionGroup.Resources)]
    public int Seed { get; init; } = 7;

    internal static IReadOnlyList<(string Class, string Level)> ParseAligned(IReadOnlyList<string> texts) =>
        [.. OptionText.Split(texts).Select(text =>
        text.Split(':', 2, StringSplitOptions.TrimEntries) is [{ Length: > 0 } name, { Length: > 0 } level]
            ? (name, level)
        : throw new FaceBiasException($"‹Aligned› must hold CLASS:LEVEL pairs such as female:young, not '{text}'."))];
}
