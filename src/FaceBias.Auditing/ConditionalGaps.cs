namespace FaceBias.Auditing;

/// <summary>A gap among the rows of one level of a control attribute, which cannot be due to that attribute.</summary>
/// <param name="Control">The control attribute.</param>
/// <param name="Level">Its level.</param>
/// <param name="Target">The target.</param>
/// <param name="Attribute">The attribute whose groups are compared.</param>
/// <param name="Gap">The gap; its groups are named by both levels.</param>
public sealed record ConditionalGap(string Control, string Level, string Target, string Attribute, Gap Gap)
{
    /// <summary>The groups of both attributes, for sentences.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    internal GroupingAudit? Grouping { get; init; }
}

/// <summary>Compares groups within each level of the control attributes (conditional metrics; Fairlearn's control
/// features).</summary>
internal static class ConditionalGaps
{
    public static List<ConditionalGap> Of(PredictionTable data, IReadOnlyList<TargetRanks> ranks, AuditOptions options)
    {
        var found = new List<ConditionalGap>();
        foreach (var name in options.Control)
        {
            var control = data.Attributes.FirstOrDefault(a => a.Name == name) ?? throw new FaceBiasException(
                $"There is no attribute '{name}' to control for; there are "
                    + $"{data.Attributes.Select(a => a.Name).Quoted()}.");
            foreach (var attribute in data.Attributes.Where(a => !options.Control.Contains(a.Name)))
            {
                var pair = Grouping.All([attribute, control], 2, data.RowCount)[^1];
                foreach (var target in ranks)
                    found.AddRange(Within(new GroupedRows(target, pair), control, attribute,
                        options.In(target.Target.Unit)));
            }
        }
        return found;
    }

    private static IEnumerable<ConditionalGap> Within(GroupedRows data, AttributeData control, AttributeData attribute,
        AuditOptions options)
    {
        var groups = GroupMeasures.Of(data, options);
        var whole = new GroupingAudit(data.Grouping.Attributes, groups, [], [], []);
        foreach (var level in control.Levels)
        {
            // Groups of other levels keep their places and lose their values, so that they are not compared.
            GroupAudit[] own =
                [.. groups.Select(
                    g => g.Levels[1] == level ? g
                        : g with { Estimates = [.. g.Estimates.Select(e => e with { Value = null })] })];
            var asked = FindingMetric.Of(data.Target, options);
            foreach (var gap in GapMeasures.Of(data, own, options).Where(
                x => asked.Any(f => f.Metric == x.Metric && f.Class == x.Class)))
                yield return new(control.Name, level, data.Target.Name, attribute.Name, gap) { Grouping = whole };
        }
    }
}
