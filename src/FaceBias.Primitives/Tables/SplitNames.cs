using System.Text.RegularExpressions;

namespace FaceBias.Primitives.Tables;

/// <summary>What people call splits, and the columns that hold them.</summary>
internal static partial class SplitNames
{
    private static readonly Split[] s_codes = [Split.Train, Split.Validation, Split.Test];

    /// <summary>The split of a name in any case, such as Training, val_set, test2017 or PrivateTest; null of any other
    /// word.</summary>
    public static Split? Parse(string text)
    {
        var match = Name().Match(text.Trim());
        return !match.Success ? null
            : match.Groups["train"].Success ? Split.Train
            : match.Groups["validation"].Success ? Split.Validation : Split.Test;
    }

    /// <summary>The splits of a column's values.</summary>
    /// <param name="given">What the user says about them.</param>
    /// <returns>A split per value; null where they are not known. <c>Coded</c>: they are 0, 1 and 2, as CelebA and
    /// Waterbirds have them.</returns>
    public static (Split?[] Splits, bool Coded) Parse(IReadOnlyList<string> values,
        IReadOnlyDictionary<string, Split> given)
    {
        if (given.Count > 0)
            return ([.. values.Select(v => given.TryGetValue(v.Trim(), out var split) ? split : Parse(v))], false);
        return values.Count == 3 && values.Order(StringComparer.Ordinal).SequenceEqual(["0", "1", "2"])
            ? ([.. values.Select(v => (Split?)s_codes[v[0] - '0'])], true) : ([.. values.Select(Parse)], false);
    }

    /// <summary>Whether a column's name says that it holds official splits: they are used, or asked about.</summary>
    public static bool IsColumn(string name) => Column().IsMatch(name.Trim());

    [GeneratedRegex(@"^(?:(?<train>train|training|trn)|(?<validation>val|valid|validation|dev|development|publictest)|(?<test>test|testing|tst|heldout|holdout|privatetest))[ _-]?(?:set|split|data|images|imgs|partition)?[ _-]?\d*$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Name();

    [GeneratedRegex(@"^(?:(?:data|eval|official|image|img)?[ _-]?(?:split|partition|subset)s?(?:[ _-]?(?:id|name|status))?|usage|set|phase|evaluation[ _-]status)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Column();
}
