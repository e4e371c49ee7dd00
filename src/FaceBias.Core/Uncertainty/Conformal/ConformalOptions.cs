using System.ComponentModel.DataAnnotations;
using FaceBias.Primitives.Options;

namespace FaceBias.Core.Uncertainty.Conformal;

/// <summary>How unlike a class is to a row, from the probabilities p of its classes.</summary>
public enum SetScore
{
    /// <summary>1 - p of the class: the smallest sets on average (least ambiguous classifier, Sadinle, Lei and
    /// Wasserman 2019).</summary>
    Lac,

    /// <summary>The sum of the probabilities that are at least that of the class (adaptive prediction sets, Romano,
    /// Sesia and Candes 2020), without randomisation: the sets are never empty, and cover a little more than the
    /// level.</summary>
    Aps,

    /// <summary>APS and a penalty of each class beyond the first few (Angelopoulos, Bates, Malik and Jordan 2021):
    /// without a long tail of classes.</summary>
    Raps,
}

/// <summary>How far a number is from what was predicted.</summary>
public enum IntervalScore
{
    /// <summary>|y - prediction|: intervals of one width (Lei et al. 2018).</summary>
    Absolute,

    /// <summary>|y - prediction| over the standard deviation of the predicted distribution: wider where the model is
    /// less sure.</summary>
    Normalized,

    /// <summary>max(low - y, y - high) with the quantiles a/2 and 1 - a/2 of the predicted distribution (conformalised
    /// quantile regression, Romano, Patterson and Candes 2019).</summary>
    Quantile,
}

/// <summary>For whom the coverage is guaranteed.</summary>
public enum ConformalMethod
{
    /// <summary>For all rows together.</summary>
    Split,

    /// <summary>For the rows of each true class (Vovk 2012).</summary>
    ClassConditional,

    /// <summary>For each combination of the levels of the groups (Vovk et al. 2005).</summary>
    Mondrian,

    /// <summary>For each level of each group, and each pair of levels of two groups, at once (Gibbs, Cherian and Candes
    /// 2023).</summary>
    Overlapping,
}

/// <summary>How prediction sets and intervals are calibrated.</summary>
public sealed record ConformalOptions
{
    /// <summary>The nominal coverage: the share of rows whose set or interval holds the truth.</summary>
    [Option("Share of rows whose set or interval should contain the truth.", ValueName = "SHARE",
        Group = OptionGroup.Training)]
    [Range(0.0, 1, MinimumIsExclusive = true, MaximumIsExclusive = true)]
    public double Level { get; init; } = 0.9;

    /// <summary>For whom it is guaranteed.</summary>
    [Option("For whom that is guaranteed: all rows, each class, each combination of groups, or overlapping groups at once.", Name = "conformal", Group = OptionGroup.Training)]
    public ConformalMethod Method { get; init; }

    /// <summary>The columns of the groups, of <see cref="ConformalMethod.Mondrian"/> and
    /// <see cref="ConformalMethod.Overlapping"/>.</summary>
    [Option("Columns of the groups of mondrian and overlapping.", Name = "conformal-groups", ValueName = "COLUMN",
        Group = OptionGroup.Training)]
    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>Groups of <see cref="ConformalMethod.Overlapping"/> are also crossed, up to this many at a
    /// time.</summary>
    [Option("Overlapping groups are also crossed, up to this many at a time.", Name = "conformal-crossing",
        Group = OptionGroup.Training)]
    [Range(1, 3)]
    public int Crossing { get; init; } = 2;

    /// <summary>The score of classes.</summary>
    [Option("Conformity score of classes.", Name = "set-score", Group = OptionGroup.Training)]
    public SetScore Classes { get; init; }

    /// <summary>The score of numbers.</summary>
    [Option("Conformity score of numbers.", Name = "interval-score", Group = OptionGroup.Training)]
    public IntervalScore Numbers { get; init; }

    /// <summary>The penalty of <see cref="SetScore.Raps"/> for each class beyond <see cref="FreeClasses"/>.</summary>
    [Range(0.0, double.MaxValue)]
    public double Penalty { get; init; } = 0.01;

    /// <summary>Classes that <see cref="SetScore.Raps"/> does not penalise.</summary>
    [Range(0, int.MaxValue)]
    public int FreeClasses { get; init; } = 1;

    /// <summary>Refuses what cannot be calibrated.</summary>
    /// <exception cref="FaceBiasException">A value is out of its range; the sentence names the property.</exception>
    internal void Check()
    {
        OptionSchema.Check(this);
        var needs = Method is ConformalMethod.Mondrian or ConformalMethod.Overlapping;
        if (needs && Groups.Count == 0)
            throw new FaceBiasException(
                $"{Method} coverage needs ‹ConformalOptions.Groups›: the columns whose groups it is guaranteed for, "
                    + "such as race.");
        if (!needs && Groups.Count > 0)
            throw new FaceBiasException(
                "‹ConformalOptions.Groups› are of mondrian and overlapping coverage; say ‹ConformalOptions.Method› "
                    + "mondrian or overlapping, or name no groups.");
        if (Groups.Distinct(StringComparer.Ordinal).Count() < Groups.Count)
            throw new FaceBiasException("‹ConformalOptions.Groups› names a column twice; name each once.");
    }
}
