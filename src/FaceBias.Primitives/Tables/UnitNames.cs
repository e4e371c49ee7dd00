using System.Text.RegularExpressions;

namespace FaceBias.Primitives.Tables;

/// <summary>Names of columns that say what a row belongs to: rows of one person or picture are alike, rows of several
/// models or folds are not of one model.</summary>
internal static partial class UnitNames
{
    /// <summary>Whether a column names persons, videos or the like.</summary>
    public static bool IsPerson(string name) => Person().IsMatch(name);

    /// <summary>Whether a column names pictures, files or clips, of which a table usually has one row each.</summary>
    public static bool IsItem(string name) => Item().IsMatch(name);

    /// <summary>Whether a column names models.</summary>
    public static bool IsModel(string name) => Model().IsMatch(name.Trim());

    /// <summary>Whether a column numbers the folds of a cross-validation.</summary>
    public static bool IsFold(string name) => Fold().IsMatch(name.Trim());

    /// <summary>Whether a column weighs rows: a weight in kg is not called so.</summary>
    public static bool IsWeight(string name) => Weight().IsMatch(name.Trim());

    [GeneratedRegex(@"^(?:(?:sample|sampling|survey|instance|row|case|person|final)[_\s.-]?(?:weight|wt|wgt)s?|weights|fnlwgt"
        + "|pwgtp|perwt)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Weight();

    /// <summary>The split that a column of yes and no speaks of: is_train, in_test; null of any other name.</summary>
    public static Split? SplitOf(string name) =>
        Membership().Match(name.Trim()) is { Success: true } match ? SplitNames.Parse(match.Groups[1].Value) : null;

    [GeneratedRegex(@"(?:^|[_\s.-])(?:identity|person|subject|patient|celeb|celebrity|user|participant|video)"
        + @"(?:[_\s.-]?(?:id|no|number|name))?(?:[_\s.-]?[ab12])?$"
        + "|^(?:full[_ ]?)?name$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Person();

    [GeneratedRegex(@"^(?:(?:source|target)[_\s.-]?)?(?:id|image|img|picture|photo|file|filename|path|clip|track|frame"
        + @"|sample|item|example|row|index)(?:[_\s.-]?(?:id|no|number|name|path|file|index))?$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Item();

    [GeneratedRegex(@"^(?:model|classifier|estimator|algorithm|method|system|run|checkpoint)s?"
        + @"(?:[_\s.-]?(?:id|no|number|name|version))?$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Model();

    [GeneratedRegex(@"^(?:resample|(?:cv|k|test)?[_\s.-]?folds?)(?:[_\s.-]?(?:id|no|number|index|idx))?$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Fold();

    [GeneratedRegex(@"^(?:is|in)[_\s.-]?([a-z]+?)(?:[_\s.-]?set)?$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Membership();
}
