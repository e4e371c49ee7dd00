namespace FaceBias.Core.Heads.Methods;

/// <summary>By what epochs and settings are chosen, always on validation rows.</summary>
public enum SelectionRule
{
    /// <summary>The worst group's metric.</summary>
    WorstGroup,

    /// <summary>The unweighted mean over groups: accuracy on a group-balanced validation set (CAML's protocol).</summary>
    BalancedAverage,

    /// <summary>The worst class's accuracy: needs no group labels (Yang et al. 2023, "Change is hard"). For a number the mean
    /// error.</summary>
    WorstClass,
}

/// <summary>Scores validation metrics; larger is better.</summary>
public static class Selection
{
    /// <summary>Whether a rule looks at group labels.</summary>
    public static bool NeedsGroups(SelectionRule rule) => rule != SelectionRule.WorstClass;

    /// <summary>The rule in words, for tables and pages.</summary>
    public static string Words(SelectionRule rule) => rule switch
    {
        SelectionRule.WorstGroup => "worst group on validation",
        SelectionRule.BalancedAverage => "average over groups on validation",
        _ => "worst class on validation, without group labels",
    };

    /// <summary>The score: the rule's metric, with a hundredth of the average so that ties are broken by it.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="data">Classes and groups.</param>
    /// <param name="figures">Metrics of the groups.</param>
    /// <param name="outcomes">What each row is worth.</param>
    /// <param name="classes">Class of each row; 0 for a number.</param>
    public static double Score(SelectionRule rule, HeadData data, GroupMetrics figures, ReadOnlySpan<double> outcomes, ReadOnlySpan<int> classes)
    {
        var sign = figures.IsError ? -1 : 1;
        if (rule == SelectionRule.BalancedAverage)
            return sign * figures.GroupAverage;
        if (rule == SelectionRule.WorstGroup)
            return sign * (figures.Worst + 0.01 * figures.GroupAverage);
        var byClass = GroupMetrics.Of(outcomes, classes, data.Outputs, figures.IsError);
        return sign * (byClass.Worst + 0.01 * byClass.GroupAverage);
    }
}
