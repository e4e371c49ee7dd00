using System.ComponentModel.DataAnnotations;
using FaceBias.Core.Curation.Quality;
using FaceBias.Core.Curation;
using FaceBias.Core.Data.Labels;
using FaceBias.Reporting;

namespace FaceBias.Workflows.Curate;

/// <summary>What a user asks of CurateRun.</summary>
public sealed record CurateRunOptions
{
    /// <summary>Folders of images.</summary>
    [Option("Folder(s) of images.", ValueName = "DIR", Whole = true, Common = true)]
    public required IReadOnlyList<string> Images { get; init; }

    /// <summary>Where labels come from; null says nothing about labels.</summary>
    [Options]
    public LabelOptions? Labels { get; init; }

    /// <summary>Folder of the results.</summary>
    [Option("Folder of manifest.parquet, curation.json, curation.html and review.csv.", ValueName = "DIR",
        Group = OptionGroup.Output, Common = true)]
    public required string Out { get; init; }

    /// <summary>The decisions of a person; null takes <c>review.csv</c> in <see cref="Out"/> if it is there.</summary>
    [Option("A person's decisions; by default review.csv in ‹Out›, if there is one.", ValueName = "FILE",
        Group = OptionGroup.Curation)]
    public string? Review { get; init; }

    /// <summary>Largest Hamming distance of near duplicates.</summary>
    [Option("Largest Hamming distance of near duplicates.", ValueName = "BITS", Group = OptionGroup.Curation)]
    [Range(0, NearDuplicates.WidestDistance)]
    public int NearDistance { get; init; } = NearDuplicates.DefaultDistance;

    /// <summary>Largest Hamming distance of difference hashes that make near duplicates too; null leaves them
    /// out.</summary>
    [Option("Also compare difference hashes, up to this distance.", Name = "dhash-distance", ValueName = "BITS",
        Group = OptionGroup.Curation)]
    [Range(0, NearDuplicates.WidestDistance)]
    public int? DifferenceDistance { get; init; }

    /// <summary>Whether mirrored and turned pictures are near duplicates too.</summary>
    [Option("Also compare mirrored and turned pictures (all 8 orientations).", Group = OptionGroup.Curation)]
    public bool Orientations { get; init; }

    /// <summary>Whether a detector looks for faces.</summary>
    [Option("Look for faces with the detector retinaface; boxes and landmarks go into the manifest.",
        Group = OptionGroup.Curation, Common = true)]
    public bool Faces { get; init; }

    /// <summary>Whether the same person is looked for in different splits; needs <see cref="Faces"/>.</summary>
    [Option("Look for the same person in different splits, by features of the faces found (needs ‹Faces›).",
        Group = OptionGroup.Curation)]
    public bool Persons { get; init; }

    /// <summary>Cosine of the features of two faces from which on they count as one person's.</summary>
    [Option("Cosine similarity of two faces' features from which on they count as the same person.",
        Group = OptionGroup.Curation)]
    [Range(0.0, 1, MinimumIsExclusive = true)]
    public double PersonSimilarity { get; init; } = 0.7;

    /// <summary>A backbone whose features take a second look at near duplicates, find pictures that are unlike the
    /// others, and check labels; or null.</summary>
    [Option("Backbone whose features confirm near duplicates, find outliers and check labels; "
        + "a name of 'facebias models list', such as faceres, or an ONNX file.", ValueName = "NAME|FILE",
        Group = OptionGroup.Model, Common = true)]
    public string? Backbone { get; init; }

    /// <summary>Similarity of features, 0 by chance and 1 if equal, from which on the second look confirms a near
    /// duplicate.</summary>
    [Option("Similarity of features (0 by chance, 1 if equal) from which on a near duplicate is confirmed.",
        Group = OptionGroup.Curation)]
    [Range(0.0, 1)]
    public double NearSimilarity { get; init; } = new CurationOptions().NearSimilarity;

    /// <summary>What becomes of near duplicates.</summary>
    [Option("What happens to near duplicates: keep-best keeps the largest image, among equals the sharpest.",
        Group = OptionGroup.Curation)]
    public NearPolicy Near { get; init; }

    /// <summary>Flags that drop an image, beside those that always do.</summary>
    [Option("Further findings that exclude an image, such as not_face,dark.", ValueName = "FLAGS",
        Group = OptionGroup.Curation)]
    public ManifestFlags Drop { get; init; }

    /// <summary>From which score on a picture is bad.</summary>
    public QualityLimits Limits { get; init; } = new();

    /// <summary>How the page is written.</summary>
    [Options]
    public PageOptions Pages { get; init; } = new();

    /// <summary>Seed of the splits, where the labels bring none.</summary>
    [Option("Seed of the splits where the labels define none.", Group = OptionGroup.Resources)]
    public int Seed { get; init; } = new SplitOptions().Seed;

    /// <summary>Folder of downloaded models and caches.</summary>
    public string Home { get; init; } = Core.Backbones.FaceBiasHome.Folder;

    /// <summary>Threads; 0 for one per core.</summary>
    [Option(OptionLimits.ThreadsHelp, Group = OptionGroup.Resources)]
    [Range(0, OptionLimits.Threads)]
    public int Threads { get; init; }

    internal static ManifestFlags ParseDrop(IReadOnlyList<string> texts) => ManifestFlagNames.Parse(texts);
}
