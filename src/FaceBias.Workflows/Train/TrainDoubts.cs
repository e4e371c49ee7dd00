using System.Globalization;
using System.Text.RegularExpressions;
using FaceBias.Auditing;
using FaceBias.Core.Data.Labels;
using FaceBias.Primitives.Tables;

namespace FaceBias.Workflows.Train;

/// <summary>What is probably not meant in labels that can be trained on, one sentence each: rare classes that look
/// misspelt or that nothing can be said about, numbers that stand for missing, boxes, and persons on two
/// sides.</summary>
internal static partial class TrainDoubts
{
    private const int Named = 3;
    // Of a class's images that are for the test, where they are drawn.
    private const double TestShare = 0.15;

    public static IEnumerable<string> Of(TrainInput input)
    {
        var labels = input.Labels;
        foreach (var target in input.Targets.Select(n => labels.Target(n)))
            foreach (var doubt in target.Kind == TargetKind.Numeric ? Numbers(target) : Classes(target, labels.Given))
                yield return doubt;
        string[] unused = [.. labels.Table.Columns.Select(c => c.Name)
            .Except(input.Targets.Concat(input.Groups).Concat(input.Stratify).Append(input.Together ?? ""))];
        if (unused.Where(n => Box().IsMatch(n)).ToArray() is { Length: >= 4 } box)
            yield return $"The columns {box.Take(4).Quoted()} look like a box in the "
                + "picture, but pictures are taken whole; crop them first where they show more than the box.";
        foreach (var name in unused.Where(n => UnitNames.IsPerson(n)).Append(input.Together ?? "")
            .Where(labels.Table.Has))
            if (Parted(labels, name, input.Together) is { } parted)
                yield return parted;
    }

    private static IEnumerable<string> Classes(Target target, GivenSplits? given)
    {
        var (counts, tests) = (new int[target.Classes.Count], new double[target.Classes.Count]);
        for (var i = 0; i < target.Codes.Length; i++)
            if (target.Codes[i] is >= 0 and var code)
            {
                counts[code]++;
                tests[code] += given is null ? TestShare : given.Of[i] == Split.Test ? 1 : 0;
            }
        var all = counts.Sum();
        int[] byCount = [.. Enumerable.Range(0, counts.Length).OrderByDescending(c => counts[c])];
        string[] misspelt = [..
            from rare in byCount where 20 * counts[rare] < all
            let often = byCount.FirstOrDefault(
                c => counts[c] > 4 * counts[rare] && Near(target.Classes[rare], target.Classes[c]), -1)
            where often >= 0
            select $"'{target.Classes[rare]}' ({counts[rare]}) for '{target.Classes[often]}'"];
        if (misspelt.Length > 0)
            yield return $"Rare classes of '{target.Name}' look like other spellings: {Some(misspelt)}; write them "
                + "alike if they are the same.";
        var fewest = new AuditOptions().MinimumCount;
        string[] few = [.. byCount.Reverse().Where(c => tests[c] < fewest)
            .Select(c => $"'{target.Classes[c]}' {counts[c]} (about {(int)Math.Round(tests[c])} for the test)")];
        if (few.Length > 0)
            yield return $"Too few images for the test to say how well a class of '{target.Name}' is recognised, for "
                + $"which it takes {fewest}: {Some(few)}.";
    }

    /// <summary>Whether two words are one letter apart, or one is the beginning of the other; letters alone
    /// count.</summary>
    private static bool Near(string a, string b)
    {
        if (!a.All(char.IsLetter) || !b.All(char.IsLetter) || a.Equals(b, StringComparison.OrdinalIgnoreCase))
            return false;
        if (a.Length > b.Length)
            (a, b) = (b, a);
        if (b.StartsWith(a, StringComparison.OrdinalIgnoreCase))
            return true;
        if (a.Length < 4 || b.Length - a.Length > 1)
            return false;
        var at = 0;
        while (char.ToLowerInvariant(a[at]) == char.ToLowerInvariant(b[at]))
            at++;
        return a[(a.Length == b.Length ? at + 1 : at)..].Equals(b[(at + 1)..], StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>A whole number at an end of the values, several times and far from all others.</summary>
    private static IEnumerable<string> Numbers(Target target)
    {
        double[] values = [.. target.Values.Where(v => !double.IsNaN(v)).Order()];
        foreach (var end in values.Length == 0 ? [] : new[] { values[0], values[^1] }.Distinct())
        {
            double[] others = [.. values.Where(v => v != end)];
            var times = values.Length - others.Length;
            if (times < 3 || others.Length < 10 || end != Math.Floor(end))
                continue;
            var gap = Math.Min(Math.Abs(end - others[0]), Math.Abs(end - others[^1]));
            if (gap > (others[^1] - others[0]) / 4 && others[^1] > others[0])
                yield return string.Create(CultureInfo.InvariantCulture,
                    $"{times:N0} images have {end} as '{target.Name}', far from all others ({others[0]} to "
                        + $"{others[^1]}); if it stands for a missing value, empty these cells.");
        }
    }

    /// <summary>That one person has images for training and for the test, by official splits; or may have, where
    /// images are split at random and nobody keeps them together.</summary>
    private static string? Parted(LabelSet labels, string name, string? together)
    {
        var column = labels.Table.Text(name);
        var images = column.Codes.Where((c, i) => c >= 0 && labels.Labelled[i]).GroupBy(c => c).ToArray();
        if (images.Length < 2 || !images.Any(g => g.Count() > 1))
            return null;
        if (labels.Given is not { } given)
            return together is not null ? null
                : ($"Several images have one '{name}'. If it stands for a person, the test is too easy where others of "
                    + $"theirs are trained on; ‹KeepTogether› {name} puts them on one side.").Named();
        HashSet<int> Codes(Split split) =>
            [.. column.Codes.Where((c, i) => c >= 0 && labels.Labelled[i] && given.Of[i] == split)];
        var both = Codes(Split.Train);
        both.IntersectWith(Codes(Split.Test));
        return both.Count == 0 ? null
            : $"{both.Count:N0} of {images.Length:N0} values of '{name}' have images for training and for the test by "
                + $"{given.Source}; if it stands for a person, the test is too easy.";
    }

    private static string Some(string[] names) =>
        string.Join(", ", names.Take(Named)) + (names.Length > Named ? $" and {names.Length - Named} more" : "");

    [GeneratedRegex(@"^(?:(?:bbox|box|face)[ _]?)?(?:[xy]_?(?:min|max)?|[wh]|width|height|left|top|right|bottom)_?\d?$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Box();
}
