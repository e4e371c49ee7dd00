using System.Text.Json.Serialization;

namespace FaceBias.Auditing;

/// <summary>What abstaining on the rows that a model is least sure of does to its errors, overall and in each group
/// (Jones et al. 2021:
/// it can widen gaps, and make a group worse).</summary>
/// <param name="Column">What says how sure the model is: probability, interval_width, or a column's name.</param>
/// <param name="Risk">error, the share of wrong answers, or absolute_error.</param>
/// <param name="Overall">All rows.</param>
/// <param name="Groups">The groups of every single attribute that are large enough.</param>
/// <param name="Verdicts">Whether abstaining widens the gap, by attribute.</param>
internal sealed record SelectiveAudit(
    string Column, string Risk, SelectiveCurve Overall, IReadOnlyList<SelectiveCurve> Groups,
    IReadOnlyList<AbstentionVerdict> Verdicts);

/// <summary>Risk over coverage of all rows or of a group.</summary>
/// <param name="Attribute">The attribute; empty for all rows.</param>
/// <param name="Group">The group; "all" for all rows.</param>
/// <param name="N">Rows.</param>
/// <param name="Aurc">Area under the curve of the rows' own order; ties are answered together.</param>
/// <param name="Augrc">Area under risk times coverage.</param>
/// <param name="ExcessAurc">Aurc beyond that of a perfect order.</param>
/// <param name="Points">The curve where one limit of certainty holds for all groups.</param>
internal sealed record SelectiveCurve(
    string Attribute, string Group, int N, double Aurc, double Augrc, double ExcessAurc,
    IReadOnlyList<SelectivePoint> Points);

/// <summary>A point of a curve.</summary>
/// <param name="Coverage">The share of all rows that are answered.</param>
/// <param name="Answered">The share of the group's rows.</param>
/// <param name="Risk">The mean loss of the group's rows that are answered; null where there are none.</param>
/// <param name="Agnostic">The error of the group-agnostic reference; null of all rows and of numbers.</param>
/// <param name="RobinHood">The error of the Robin Hood reference.</param>
internal sealed record SelectivePoint(
    double Coverage, double Answered, double? Risk,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Agnostic = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? RobinHood = null);

/// <summary>What abstaining does to a gap.</summary>
internal enum AbstentionEffect
{
    /// <summary>It widens it, beyond chance.</summary>
    Widens,

    /// <summary>It narrows it, beyond chance.</summary>
    Narrows,

    /// <summary>Neither is shown.</summary>
    NotShown,
}

/// <summary>The gap between the groups of an attribute with and without abstaining.</summary>
/// <param name="Attribute">The attribute.</param>
/// <param name="Coverage">The share of rows that are answered.</param>
/// <param name="Worst">The group of the largest risk without abstaining.</param>
/// <param name="Best">The group of the smallest.</param>
/// <param name="Before">Their difference without abstaining.</param>
/// <param name="After">Their difference with it.</param>
/// <param name="Agnostic">Their difference by the group-agnostic reference; null of numbers.</param>
/// <param name="Change">After less before.</param>
/// <param name="Low">Lower end of its interval, by a bootstrap of the rows of each group at the same limit of
/// certainty; corrected for the number of attributes (Bonferroni).</param>
/// <param name="High">Upper end of it.</param>
/// <param name="Effect">The verdict; null with a reason.</param>
/// <param name="Worsened">Groups whose own risk is larger on the rows that are answered than on all of them.</param>
/// <param name="Sentence">What was found.</param>
/// <param name="Reason">Why there is no verdict.</param>
internal sealed record AbstentionVerdict(
    string Attribute, double Coverage, string? Worst, string? Best, double? Before, double? After, double? Agnostic,
    double? Change, double? Low, double? High,
    AbstentionEffect? Effect, IReadOnlyList<string> Worsened, string Sentence,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Reason = null);
