using System.ComponentModel.DataAnnotations;

namespace FaceBias.Workflows.Features;

/// <summary>What a user asks of <see cref="FeatureRun"/>.</summary>
public sealed record FeatureRunOptions
{
    /// <summary>Folders of images.</summary>
    [Option("Folder(s) of images, or single pictures.", ValueName = "DIR|FILE", Whole = true, Common = true)]
    public required IReadOnlyList<string> Images { get; init; }

    /// <summary>The model whose features are computed.</summary>
    [Option("The model: a name of 'facebias models list', or an ONNX file.", ValueName = "NAME|FILE",
        Group = OptionGroup.Model, Common = true)]
    public string Backbone { get; init; } = "faceres";

    /// <summary>The matrix to write, <c>.npy</c>; the table of its rows is written beside it.</summary>
    [Option("Matrix to write, float32 [images, features]; the table of its rows goes to NAME.rows.parquet.",
        ValueName = "FILE.npy", Group = OptionGroup.Output, Common = true)]
    public required string Out { get; init; }

    /// <summary>Whether they also go to the cache of the home folder.</summary>
    [Option("Also add them to the cache in FACEBIAS_HOME, where curate, train and sweep find them by the pictures' "
        + "content.", Group = OptionGroup.Output)]
    public bool Cache { get; init; }

    /// <summary>Folder of models and the cache.</summary>
    public string Home { get; init; } = FaceBiasHome.Folder;

    /// <summary>Threads; 0 for one per core.</summary>
    [Option(OptionLimits.ThreadsHelp, Group = OptionGroup.Resources)]
    [Range(0, OptionLimits.Threads)]
    public int Threads { get; init; }
}
