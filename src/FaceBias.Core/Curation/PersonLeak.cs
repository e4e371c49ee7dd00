using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Curation;

/// <summary>Two images in different splits that may show one person.</summary>
/// <param name="Contradicted">Whether a label that a person hardly changes, a category, differs.</param>
internal sealed record PersonPair(IReadOnlyList<string> Ids, IReadOnlyList<Split> Splits, double Similarity,
    bool Contradicted);

/// <summary>The same person in different splits, as far as features tell.</summary>
/// <param name="Similarity">Cosine from which on two faces count as one person's.</param>
/// <param name="Compared">Pairs of images in different splits.</param>
/// <param name="Contradicted">Those of which a category among the labels differs: wrong matches, or wrong
/// labels.</param>
/// <param name="Images">Images in at least one of the pairs.</param>
/// <param name="Most">The most similar pairs, at most <see cref="CurationSummary.Listed"/>.</param>
internal sealed record PersonLeak(string Network, double Similarity, long Compared, long Pairs, long Contradicted,
    int Images, IReadOnlyList<PersonPair> Most);
