using System.Text.RegularExpressions;

namespace FaceBias.Auditing;

/// <summary>Orders that are known by the words: months, sizes, Fitzpatrick's and Monk's skin types, ranges of numbers,
/// and the like.</summary>
internal static partial class Scale
{
    /// <summary>Each from low to high; words at one place mean the same.</summary>
    private static readonly string[][] s_scales =
    [
        ["january|jan", "february|feb", "march|mar", "april|apr", "may", "june|jun", "july|jul", "august|aug",
            "september|sep|sept", "october|oct", "november|nov", "december|dec"],
        ["monday|mon", "tuesday|tue", "wednesday|wed", "thursday|thu", "friday|fri", "saturday|sat", "sunday|sun"],
        ["xxs", "xs", "s", "m", "l", "xl", "xxl", "xxxl"],
        ["very small|tiny|extra small", "small", "medium|mid", "large|big", "very large|extra large|huge"],
        ["none|no", "very low", "low", "medium|moderate|mid|middle|average", "high", "very high", "extreme"],
        ["never", "rarely|seldom", "sometimes|occasionally", "often|frequently", "always"],
        ["strongly disagree", "disagree", "neutral|neither", "agree", "strongly agree"],
        ["very poor|very bad", "poor|bad", "fair|ok", "good", "very good", "excellent"],
        ["none", "mild", "moderate", "severe", "critical"],
        ["i", "ii", "iii", "iv", "v", "vi"],
        ["very light|very fair|pale", "light|fair|lighter", "light medium|light intermediate",
            "medium|intermediate|mid|olive", "medium dark|dark intermediate", "tan", "brown", "dark|darker|deep",
            "very dark|black"],
        ["baby|infant|newborn", "toddler", "child|kid|children", "teenager|teen|adolescent", "young|young adult|youth",
            "adult|middle aged|middle age", "old|older|senior|elderly"],
        ["first", "second", "third", "fourth", "fifth"],
        ["primary school|elementary school|elementary|primary", "middle school",
            "high school|secondary school|secondary", "some college", "associate", "bachelor|bachelors|college",
            "master|masters", "doctorate|doctor|phd"],
    ];

    /// <summary>The levels in the order of a known scale; null where they are of none.</summary>
    public static string[]? Order(IReadOnlyList<string> levels)
    {
        if (levels.Count < 2)
            return null;
        foreach (var scale in s_scales)
        {
            int[] places = [.. levels.Select(l => Array.FindIndex(scale, s => s.Split('|').Contains(Plain(l))))];
            if (places.Min() >= 0 && places.Distinct().Count() == places.Length)
                return Sorted(levels, i => places[i]);
        }
        return Ranges(levels) ?? Numbered(levels);
    }

    /// <summary>A word in lower case, punctuation as blanks, without a name of the scale in front: "Type IV" is
    /// iv.</summary>
    private static string Plain(string level)
    {
        var words = Punctuation().Replace(level.ToLowerInvariant(), " ").Trim();
        foreach (var name in new[] { "fitzpatrick type ", "fitzpatrick ", "skin type ", "type ", "fst ", "level ",
            "size ", "stage ", "grade " })
            words = words.StartsWith(name, StringComparison.Ordinal) ? words[name.Length..] : words;
        return words;
    }

    /// <summary>Ranges of numbers by where they begin: 0-2, 3 to 9, [10, 20), under 18, &lt;5, 70+, more than
    /// 70.</summary>
    private static string[]? Ranges(IReadOnlyList<string> levels)
    {
        var from = new double[levels.Count];
        var ranges = 0;
        for (var i = 0; i < from.Length; i++)
        {
            var level = levels[i].ToLowerInvariant();
            if (Between().Match(level) is { Success: true } range)
                (from[i], ranges) = (Number(range.Groups[1]), ranges + 1);
            else if (Below().Match(level) is { Success: true } below)
                (from[i], ranges) = (Number(below.Groups[1]) - 1e-6 - 1e9, ranges + 1);
            else if (Above().Match(level) is { Success: true } above)
                (from[i], ranges) = (Number(above.Groups[1].Success ? above.Groups[1] : above.Groups[2]) + 1e-6,
                    ranges + 1);
            else if (double.TryParse(level, NumberStyles.Float, CultureInfo.InvariantCulture, out var one))
                from[i] = one;
            else
                return null;
        }
        return ranges > 0 && from.Distinct().Count() == from.Length ? Sorted(levels, i => from[i]) : null;
    }

    /// <summary>Levels that differ in one number only, as "MST 1" and "MST 10" do, or begin with a number
    /// each.</summary>
    private static string[]? Numbered(IReadOnlyList<string> levels)
    {
        MatchCollection[] numbers = [.. levels.Select(l => Digits().Matches(l))];
        if (!Array.TrueForAll(numbers, n => n.Count > 0))
            return null;
        var same = levels.Select(
            (l, i) => (l[..numbers[i][0].Index], l[(numbers[i][0].Index + numbers[i][0].Length)..])).Distinct()
            .Count() == 1;
        if (!same && !Array.TrueForAll(numbers, n => n[0].Index == 0))
            return null;
        double[] values = [.. numbers.Select(n => double.Parse(n[0].ValueSpan, CultureInfo.InvariantCulture))];
        return values.Distinct().Count() == values.Length ? Sorted(levels, i => values[i]) : null;
    }

    private static string[] Sorted(IReadOnlyList<string> levels, Func<int, double> key) =>
        [.. Enumerable.Range(0, levels.Count).OrderBy(key).Select(i => levels[i])];

    private static double Number(Group group) => double.Parse(group.ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex Punctuation();

    [GeneratedRegex(@"\d+(\.\d+)?")]
    private static partial Regex Digits();

    [GeneratedRegex(@"^[\[\(]?\s*(\d+(?:\.\d+)?)\s*(?:-|–|to|,|until|bis)\s*<?\s*\d+(?:\.\d+)?\s*[\]\)]?(\s*(years?|y|yrs?))?$")]
    private static partial Regex Between();

    [GeneratedRegex(@"^(?:<=?|under|below|less than|up to|younger than)\s*(\d+(?:\.\d+)?)(\s*(years?|y|yrs?))?$")]
    private static partial Regex Below();

    [GeneratedRegex(@"^(?:(\d+(?:\.\d+)?)\s*(?:\+|and over|and older|or more|or older|plus)|(?:>=?|over|above|more than|older than|at least)\s*(\d+(?:\.\d+)?))(\s*(years?|y|yrs?))?$")]
    private static partial Regex Above();
}
