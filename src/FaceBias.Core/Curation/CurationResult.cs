using FaceBias.Core.Data;
using FaceBias.Core.Data.Labels;

namespace FaceBias.Core.Curation;

/// <summary>What a curation found.</summary>
/// <param name="Manifest">One row per image.</param>
internal sealed record CurationResult(Manifest Manifest, CurationSummary Summary)
{
    /// <summary>The labels, those that a person changed in place; null without labels.</summary>
    public LabelSet? Labels { get; init; }

    /// <summary>Decisions of a person that could not be followed, one sentence each.</summary>
    public IReadOnlyList<string> Notices { get; init; } = [];

    internal CopyCounts Copies { get; init; } = new(0, 0, 0, new(0, [0], [], []), null);

    /// <summary>Decides anew what is kept and counts, after further flags were set.</summary>
    internal CurationResult Decide(CurationOptions options) =>
        Decide(Manifest, Copies, options) with { Labels = Labels };

    internal static CurationResult Decide(Manifest manifest, CopyCounts copies, CurationOptions options)
    {
        var notices = KeepRules.Apply(manifest, options);
        return new(manifest, CurationSummary.From(manifest, copies, options)) { Copies = copies, Notices = notices };
    }
}

/// <summary>What the search for copies counted.</summary>
/// <param name="Unique">Readable images, exact copies counted once.</param>
/// <param name="Groups">Groups of exact copies.</param>
/// <param name="Conflicts">Those whose labels contradict each other.</param>
/// <param name="Near">Pairs of near hashes among the unique images.</param>
/// <param name="Second">The second look at near duplicates, if there was one.</param>
internal sealed record CopyCounts(int Unique, int Groups, int Conflicts, NearResult Near, SecondLook? Second);
