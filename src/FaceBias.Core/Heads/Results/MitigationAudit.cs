using FaceBias.Auditing;

namespace FaceBias.Core.Heads.Results;

/// <summary>Audits before and after.</summary>
/// <param name="Chosen">Name of the chosen method.</param>
/// <param name="Before">ERM's findings.</param>
/// <param name="After">The chosen head's findings.</param>
/// <param name="Compared">Both row by row, over all rows and per group.</param>
internal sealed record MitigationAudit(string Chosen, IReadOnlyList<string> Before, IReadOnlyList<string> After,
    IReadOnlyList<PairedResult> Compared);
