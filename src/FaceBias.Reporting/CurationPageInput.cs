using FaceBias.Core.Curation;
using FaceBias.Core.Curation.Review;
using FaceBias.Core.Data;
using FaceBias.Primitives.Tables;

namespace FaceBias.Reporting;

/// <summary>What the page of a curation is made of.</summary>
internal sealed record CurationPageInput
{
    /// <summary>Every image with what was found.</summary>
    public required Manifest Manifest { get; init; }

    public required CurationSummary Summary { get; init; }

    /// <summary>Labels to count groups by.</summary>
    public IReadOnlyList<Target> Targets { get; init; } = [];

    /// <summary>Decisions made before; the page begins with them.</summary>
    public IReadOnlyList<ReviewDecision> Decisions { get; init; } = [];

    /// <summary>Whether and how pictures are shown.</summary>
    public PageOptions Pages { get; init; } = new();

    /// <summary>What did not fit, one sentence each.</summary>
    public IReadOnlyList<string> Notices { get; init; } = [];

    /// <summary>Where it all comes from.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Provenance { get; init; } = [];
}
