using FaceBias.Primitives.Hashing;

namespace FaceBias.Core.Curation.Review;

/// <summary>What a person wants done with an image, whatever curation found.</summary>
internal enum ReviewAction
{
    Keep,

    /// <summary>Do not use it.</summary>
    Drop,

    /// <summary>Use it with other labels.</summary>
    Relabel,
}

/// <summary>A decision on one image.</summary>
/// <param name="Sha256">The first digits of the SHA-256 of the picture that was looked at, or empty: any.</param>
/// <param name="Labels">New labels by column; empty unless it is to be relabelled. An empty value takes the label
/// away.</param>
internal sealed record ReviewDecision(string Id, string Sha256, ReviewAction Action,
    IReadOnlyDictionary<string, string> Labels)
{
    /// <summary>The new labels as they stand in the file: <c>gender=female; age=31</c>.</summary>
    public string Relabel => string.Join("; ", Labels.Select(l => $"{l.Key}={l.Value}"));
}
