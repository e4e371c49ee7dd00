using FaceBias.Core.Curation.Quality;
using FaceBias.Core.Curation;
using FaceBias.Core.Data.Labels;
using FaceBias.Core.Data;

namespace FaceBias.Workflows.Curate;

/// <summary>What a user asks of CurateRun.</summary>
public sealed record CurateRunOptions
{
    /// <summary>Folders of images.</summary>
    public required IReadOnlyList<string> Images { get; init; }

    /// <summary>Where labels come from; null says nothing about labels.</summary>
    public LabelOptions? Labels { get; init; }

    /// <summary>Folder of the results.</summary>
    public required string Out { get; init; }

    /// <summary>The decisions of a person; null takes <c>review.csv</c> in <see cref="Out"/> if it is there.</summary>
    public string? Review { get; init; }

    /// <summary>Largest Hamming distance of near duplicates.</summary>
    public int NearDistance { get; init; } = NearDuplicates.DefaultDistance;

    /// <summary>Largest Hamming distance of difference hashes that make near duplicates too; null leaves them out.</summary>
    public int? DifferenceDistance { get; init; }

    /// <summary>Whether mirrored and turned pictures are near duplicates too.</summary>
    public bool Orientations { get; init; }

    /// <summary>Whether a detector looks for faces.</summary>
    public bool Faces { get; init; }

    /// <summary>Whether the same person is looked for in different splits; needs <see cref="Faces"/>.</summary>
    public bool Persons { get; init; }

    /// <summary>Cosine of the features of two faces from which on they count as one person's.</summary>
    public double PersonSimilarity { get; init; } = 0.7;

    /// <summary>A backbone whose features take a second look at near duplicates, find pictures that are unlike the others, and
    /// check labels; or null.</summary>
    public string? Backbone { get; init; }

    /// <summary>Similarity of features, 0 by chance and 1 if equal, from which on the second look confirms a near duplicate.</summary>
    public double NearSimilarity { get; init; } = new CurationOptions().NearSimilarity;

    /// <summary>What becomes of near duplicates.</summary>
    public NearPolicy Near { get; init; }

    /// <summary>Flags that drop an image, beside those that always do.</summary>
    public ManifestFlags Drop { get; init; }

    /// <summary>From which score on a picture is bad.</summary>
    public QualityLimits Limits { get; init; } = new();

    /// <summary>Seed of the splits, where the labels bring none.</summary>
    public int Seed { get; init; } = new SplitOptions().Seed;

    /// <summary>Folder of downloaded models and caches.</summary>
    public string Home { get; init; } = Core.Backbones.FaceBiasHome.Folder;

    /// <summary>Threads; 0 for one per core.</summary>
    public int Threads { get; init; }
}
