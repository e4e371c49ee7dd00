using FaceBias.Reporting.Cards;

namespace FaceBias.Workflows.Check;

/// <summary>One thing that a policy asks for.</summary>
/// <param name="Rule">The kind of rule: "gap", "group", "size", "verdict", "coverage", "use", "card".</param>
/// <param name="Name">What it is about: "accuracy of gender by ethnicity".</param>
/// <param name="Passed">Whether the audit shows it.</param>
/// <param name="Sentence">What was found.</param>
internal sealed record CheckedRule(string Rule, string Name, bool Passed, string Sentence);

/// <summary>Holds an audit against a policy. Whatever the audit does not show, because it is missing, too small or not
/// estimable, does not pass.</summary>
internal static class ReleaseCheck
{
    /// <param name="folder">The folder of the audit, with its card.</param>
    /// <param name="use">The use that the model is released for; null if nobody said.</param>
    public static IReadOnlyList<CheckedRule> Run(AuditResult audit, ReleasePolicy policy, string folder,
        string? use = null)
    {
        var rules = new List<CheckedRule>();
        foreach (var rule in policy.Gaps)
            rules.AddRange(OrNothing(Gaps(audit, rule), "gap", $"{rule.Metric}{Of(rule.Target)}{By(rule.Attribute)}",
                "the audit has no such gap"));
        foreach (var rule in policy.Groups)
            rules.AddRange(OrNothing(Groups(audit, rule), "group",
                $"{rule.Metric}{Of(rule.Target)}{By(rule.Attribute)}{(rule.Group is null ? "" : $" = {rule.Group}")}",
                "the audit has no such group or metric"));
        foreach (var rule in policy.Sizes)
            rules.AddRange(OrNothing(Sizes(audit, rule), "size", $"rows{By(rule.Attribute)}",
                "the audit has no such attribute"));
        foreach (var rule in policy.Verdicts)
            rules.AddRange(OrNothing(Verdicts(audit, rule), "verdict", $"verdict{Of(rule.Target)}{By(rule.Attribute)}",
                "the audit has no such finding"));
        if (policy.Coverage is { } least)
            rules.AddRange(Coverage(audit, least));
        if (policy.Uses.Count > 0)
            rules.Add(Use(policy, use));
        if (policy.Card != CardRule.Ignored)
            rules.Add(Card(policy.Card, folder));
        return rules;
    }

    private static IEnumerable<CheckedRule> OrNothing(IEnumerable<CheckedRule> found, string rule, string name,
        string otherwise)
    {
        var any = false;
        foreach (var one in found)
        {
            any = true;
            yield return one;
        }
        if (!any)
            yield return new(rule, name, false, $"{name}: {otherwise}, so nothing is shown.");
    }

    private static IEnumerable<CheckedRule> Gaps(AuditResult audit, GapRule rule)
    {
        foreach (var target in audit.Targets.Where(t => rule.Target is null || t.Name == rule.Target))
        {
            foreach (var grouping in target.Groupings.Where(
                g => rule.Attribute is null ? g.Attributes.Count == 1
                    : string.Join(" x ", g.Attributes) == rule.Attribute))
            {
                foreach (var gap in grouping.Gaps.Where(g => g.Metric == rule.Metric && g.Class == rule.Class))
                {
                    var name = $"{rule.Metric} of {target.Name} by "
                        + $"{string.Join(" x ", grouping.Attributes)}{(gap.Class is null ? "" : $", class {gap.Class}")}";
                    var metric = Metrics.Find(gap.Metric);
                    var held = rule.Bound switch { Bound.Value => gap.Value, Bound.Low => gap.Low, _ => gap.High };
                    string N(double? v) => MetricText.Difference(v, metric) + MetricText.Unit(target, metric);
                    if (held is not { } value)
                        yield return new("gap", name, false,
                            $"{name}: not estimable{(gap.Reason is null ? " (the audit gives no interval)" : $" ({gap.Reason})")}, so no gap of at most {N(rule.Maximum)} is shown.");
                    else
                        yield return new("gap", name, value <= rule.Maximum,
                            $"{name}: the gap is {N(gap.Value)} ({N(gap.Low)} to {N(gap.High)}), {gap.Worst} worst "
                                + $"and {gap.Best} best; {Ends(rule.Bound, "upper")} "
                                + $"{(value <= rule.Maximum ? "is within" : "is above")} {N(rule.Maximum)}.");
                }
            }
        }
    }

    private static IEnumerable<CheckedRule> Groups(AuditResult audit, GroupRule rule)
    {
        foreach (var target in audit.Targets.Where(t => rule.Target is null || t.Name == rule.Target))
        {
            var groups = rule.Attribute is null ? [target.Overall]
                : target.Groupings.Where(g => string.Join(" x ", g.Attributes) == rule.Attribute)
                    .SelectMany(g => g.Groups).Where(g => rule.Group is null || g.Name() == rule.Group);
            foreach (var group in groups)
            {
                if (group.Find(rule.Metric, rule.Class) is not { } estimate)
                    continue;
                var name = $"{rule.Metric} of {target.Name} for {group.Name()}{By(rule.Attribute)}";
                var metric = Metrics.Find(rule.Metric);
                string N(double? v) => v is { } x ? MetricText.Value(x, metric) : "–";
                foreach (var (limit, isMinimum) in new[] { (rule.Minimum, true), (rule.Maximum, false) })
                {
                    if (limit is not { } least)
                        continue;
                    var held = rule.Bound switch { Bound.Value => estimate.Value, Bound.Low => estimate.Low,
                        Bound.High => estimate.High, _ => isMinimum ? estimate.Low : estimate.High };
                    if (held is not { } value || estimate.Value is null)
                    {
                        yield return new("group", name, false,
                            $"{name}: not estimable ({estimate.Reason ?? "no interval"}), so "
                                + $"{(isMinimum ? "at least" : "at most")} {N(least)} is not shown.");
                        continue;
                    }
                    var passed = isMinimum ? value >= least : value <= least;
                    yield return new("group", name, passed,
                        $"{name}: {N(estimate.Value)} ({N(estimate.Low)} to {N(estimate.High)}), n "
                            + $"{MetricText.Count(estimate.Denominator)}; "
                            + $"{Ends(rule.Bound, isMinimum ? "lower" : "upper")} {(passed ? "meets" : "misses")} the "
                            + $"{(isMinimum ? "least" : "largest")} value of {N(least)}.");
                }
            }
        }
    }

    private static IEnumerable<CheckedRule> Sizes(AuditResult audit, SizeRule rule) =>
        audit.Attributes.Where(a => rule.Attribute is null || a.Name == rule.Attribute)
            .SelectMany(a => a.Levels.Select(l =>
        new CheckedRule("size", $"rows of {a.Name} = {l.Name}", l.Rows >= rule.Minimum,
            $"{a.Name} = {l.Name}: {MetricText.Count(l.Rows)} rows, "
                + $"{(l.Rows >= rule.Minimum ? "at least" : "fewer than")} {MetricText.Count(rule.Minimum)}.")));

    private static IEnumerable<CheckedRule> Verdicts(AuditResult audit, VerdictRule rule) => audit.Findings
        .Where(f => (rule.Target is null || f.Target == rule.Target)
            && (rule.Attribute is null || f.Attribute == rule.Attribute))
        .Select(f => new CheckedRule("verdict", $"{f.Metric} of {f.Target} by {f.Attribute}",
            f.Verdict is { } v && rule.Allowed.Contains(v),
            $"{MetricText.Title(MetricText.Words(f.Verdict))}: {f.Sentence.ReplaceLineEndings(" ")}"));

    private static IEnumerable<CheckedRule> Coverage(AuditResult audit, double least)
    {
        foreach (var target in audit.Targets)
        {
            foreach (var (attribute, group) in target.Groupings.Where(g => g.Attributes.Count == 1)
                .SelectMany(g => g.Groups.Select(x => (g.Attributes[0], x))).Prepend(("", target.Overall)))
            {
                var rows = group.N + group.Unpredicted;
                var name = $"coverage of {target.Name} for {group.Name()}{By(attribute.Length == 0 ? null : attribute)}";
                if (rows == 0)
                {
                    yield return new("coverage", name, false, $"{name}: not estimable, the group has no rows.");
                    continue;
                }
                var share = (double)group.N / rows;
                yield return new("coverage", name, share >= least, string.Create(CultureInfo.InvariantCulture,
                    $"{name}: {group.N:N0} of {rows:N0} labelled rows have a prediction ({100 * share:0.0}%), "
                        + $"{(share >= least ? "at least" : "less than")} {100 * least:0.0}%."));
            }
        }
    }

    private static CheckedRule Use(ReleasePolicy policy, string? use) => use is null
        ? new("use", "use", false,
            $"The use that the model is released for is not said; it must be one of {string.Join(", ", policy.Uses)}.")
        : policy.Uses.Contains(use, StringComparer.OrdinalIgnoreCase)
            ? new("use", "use", true, $"The use '{use}' is allowed.")
            : new("use", "use", false,
                $"The use '{use}' is not allowed; allowed are {string.Join(", ", policy.Uses)}.");

    private static CheckedRule Card(CardRule rule, string folder)
    {
        try
        {
            var problems = CardFolder.Verify(folder);
            if (problems.Count > 0)
                return new("card", "card", false, $"The card does not hold: {problems[0]}");
            return rule == CardRule.Complete && CardFolder.Missing(folder) is { Count: > 0 } missing
                ? new("card", "card", false,
                    $"The card is verified but not complete: {string.Join(", ", missing)} are not written.")
                    : new("card", "card", true, "Every number of the card is the one of its source.");
        }
        catch (FaceBiasException e)
        {
            return new("card", "card", false, $"The card cannot be verified: {e.Message}");
        }
    }

    private static string Ends(Bound bound, string strict) =>
        bound switch { Bound.Value => "the estimate", Bound.Low => "the lower end", Bound.High => "the upper end",
            _ => $"the {strict} end" };

    private static string Of(string? target) => target is null ? "" : $" of {target}";

    private static string By(string? attribute) => attribute is null ? "" : $" by {attribute}";
}
