namespace FaceBias.Core.Heads.Methods;

/// <summary>By what epochs and settings are chosen, always on validation rows.</summary>
public enum SelectionRule
{
    /// <summary>The worst group's metric.</summary>
    [OptionValue("worst")]
    WorstGroup,

    /// <summary>The unweighted mean over groups: accuracy on a group-balanced validation set (CAML's
    /// protocol).</summary>
    [OptionValue("balanced")]
    BalancedAverage,

    /// <summary>The worst class's accuracy: needs no group labels (Yang et al. 2023, "Change is hard"). For a number
    /// the mean error.</summary>
    [OptionValue("class")]
    WorstClass,

    /// <summary>The worst of classes crossed with environments that are found without group labels: the rows on which
    /// ERM's confidence is too low, and those on which it is too high (EVaLS, Ghaznavi et al. 2024; see
    /// <see cref="Environments"/>).</summary>
    Environments,
}

/// <summary>Scores validation metrics; larger is better.</summary>
internal static class Selection
{
    private const int FewRows = 5;

    /// <summary>Whether a rule looks at group labels.</summary>
    public static bool NeedsGroups(SelectionRule rule) =>
        rule is SelectionRule.WorstGroup or SelectionRule.BalancedAverage;

    /// <summary>The rule in words, for tables and pages.</summary>
    public static string Words(SelectionRule rule) => rule switch
    {
        SelectionRule.WorstGroup => "worst group on validation",
        SelectionRule.BalancedAverage => "average over groups on validation",
        SelectionRule.Environments => "worst environment of a class on validation, without group labels",
        _ => "worst class on validation, without group labels",
    };

    /// <summary>The score: the rule's metric, with a hundredth of the average so that ties are broken by it.</summary>
    /// <param name="outcomes">What each row is worth.</param>
    /// <param name="strata">Of rules without group labels what each row is counted with: its class, or its class and
    /// environment.</param>
    internal static double Score(SelectionRule rule, GroupMetrics metrics, ReadOnlySpan<double> outcomes,
        ReadOnlySpan<int> strata)
    {
        var sign = metrics.IsError ? -1 : 1;
        if (rule == SelectionRule.BalancedAverage)
            return sign * metrics.GroupAverage;
        if (rule == SelectionRule.WorstGroup)
            return sign * (metrics.Worst + 0.01 * metrics.GroupAverage);
        var count = 1;
        foreach (var s in strata)
            count = Math.Max(count, s + 1);
        // An environment of a handful of rows says nothing, unless there is no other.
        var of = GroupMetrics.Of(outcomes, strata, count, metrics.IsError,
            rule == SelectionRule.Environments ? FewRows : 1);
        if (of.WorstGroup < 0)
            of = of with { Minimum = 1 };
        return sign * (of.Worst + 0.01 * of.GroupAverage);
    }
}
