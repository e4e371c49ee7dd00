using FaceBias.Core.Backbones;
using FaceBias.Core.Curation.Quality;
using FaceBias.Core.Curation.Review;
using FaceBias.Core.Data;
using FaceBias.Core.Imaging;

namespace FaceBias.Core.Curation;

/// <summary>What becomes of images that look nearly alike.</summary>
public enum NearPolicy
{
    /// <summary>All members of a cluster are dropped, because their labels usually disagree (the default).</summary>
    DropAll,

    /// <summary>The best of a cluster is kept: the largest, of these the sharpest, of these the first by ordinal
    /// id.</summary>
    KeepBest,

    /// <summary>The first of a cluster, by ordinal id, is kept.</summary>
    KeepFirst,
}

/// <summary>How to curate.</summary>
internal sealed record CurationOptions
{
    /// <summary>Perceptual hashes that differ in at most this many bits are near duplicates.</summary>
    public int NearDistance { get; init; } = NearDuplicates.DefaultDistance;

    /// <summary>Difference hashes that differ in at most this many bits make near duplicates too; null leaves them
    /// out.</summary>
    public int? DifferenceDistance { get; init; }

    /// <summary>Whether mirrored and turned pictures are near duplicates too.</summary>
    public bool Orientations { get; init; }

    /// <summary>Features for a second look at near duplicates; null for none.</summary>
    public ImageFeatures? Features { get; init; }

    /// <summary>Similarity of two images' features from which on the second look confirms that they are near
    /// duplicates: the cosine on a scale on which 1 is equal and 0 is what two images of the set have by
    /// chance.</summary>
    public double NearSimilarity { get; init; } = 0.7;

    /// <summary>What becomes of near duplicates.</summary>
    public NearPolicy Near { get; init; }

    /// <summary>From which score on a picture is bad.</summary>
    public QualityLimits Limits { get; init; } = new();

    /// <summary>Images with one of these flags are dropped, beside those that are unreadable, copies, or whose labels
    /// conflict. Other findings are shown to a person and change nothing by themselves.</summary>
    public ManifestFlags Drop { get; init; }

    /// <summary>What a person decided; it overrules everything but unreadability.</summary>
    public IReadOnlyList<ReviewDecision> Decisions { get; init; } = [];

    /// <summary>Where results of the probe are kept between runs, or null for nowhere.</summary>
    public string? CacheFolder { get; init; }

    /// <summary>Pictures with more pixels are refused.</summary>
    public long MaxPixels { get; init; } = ImageDecoder.DefaultMaxPixels;
}
