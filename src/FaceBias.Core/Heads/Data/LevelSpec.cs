using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Heads.Data;

/// <summary>
/// A label cut into named levels, from a short text: <c>gender</c> takes the classes as they are,
/// <c>age:young=0-34,old=35-</c> cuts a number into ranges with both ends included, and
/// <c>race:White,other=Black+Asian+Indian+Other</c> joins classes. What belongs to no level is left out.
/// </summary>
public sealed record LevelSpec
{
    private LevelSpec(string column, IReadOnlyList<(string Name, string Members)> levels) =>
        (Column, Levels) = (column, levels);

    /// <summary>The label.</summary>
    public string Column { get; }

    /// <summary>Names of the levels with what belongs to each; empty for the classes as they are.</summary>
    internal IReadOnlyList<(string Name, string Members)> Levels { get; init; }

    /// <inheritdoc cref="Parse"/>
    public static implicit operator LevelSpec(string text) => Parse(text);

    /// <summary>Reads the text.</summary>
    /// <exception cref="FaceBiasException">It is not of that form.</exception>
    public static LevelSpec Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = text.Split(':', 2, StringSplitOptions.TrimEntries);
        if (parts[0].Length == 0)
            throw new FaceBiasException(
                $"'{text}' names no label; write COLUMN or COLUMN:LEVEL,LEVEL such as age:young=0-34,old=35-.");
        if (parts.Length == 1)
            return new(parts[0], []);
        var levels = new List<(string, string)>();
        foreach (var level in parts[1].Split(',',
            StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var named = level.Split('=', 2, StringSplitOptions.TrimEntries);
            levels.Add((named[0], named[^1]));
        }
        if (levels.Count == 0 || levels.Any(l => l.Item1.Length == 0 || l.Item2.Length == 0))
            throw new FaceBiasException(
                $"'{text}' has an empty level; write COLUMN:LEVEL,LEVEL such as age:young=0-34,old=35-.");
        if (levels.GroupBy(l => l.Item1).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new FaceBiasException($"'{text}' has two levels named '{twice.Key}'; name each once.");
        return new(parts[0], levels);
    }

    /// <summary>Whether levels are ranges of a number.</summary>
    internal bool IsNumeric => Levels.Count > 0 && Levels.All(l => Range(l.Members) is not null);

    /// <summary>Level of each row, -1 for rows in none, and the names of the levels.</summary>
    /// <exception cref="FaceBiasException">Ranges of text, classes of a number, a class that does not exist, or levels
    /// that overlap or hold nothing.</exception>
    internal (int[] Codes, IReadOnlyList<string> Names) Apply(Target target)
    {
        if (target.Kind == TargetKind.Numeric)
        {
            if (!IsNumeric)
                throw new FaceBiasException(
                    $"'{Column}' is a number, so its levels must be ranges such as {Column}:young=0-34,old=35-.");
            var ranges = Levels.Select(l => Range(l.Members)!.Value).ToArray();
            for (var i = 0; i < ranges.Length; i++)
            {
                if (ranges[i].Low > ranges[i].High)
                    throw new FaceBiasException(
                        $"The level '{Levels[i].Name}' of '{Column}' goes from {Levels[i].Members} and so holds "
                            + "nothing; write the smaller number first.");
                for (var j = 0; j < i; j++)
                    if (ranges[j].Low <= ranges[i].High && ranges[i].Low <= ranges[j].High)
                        throw new FaceBiasException(
                            $"The levels '{Levels[j].Name}' and '{Levels[i].Name}' of '{Column}' overlap; let each "
                                + "begin where the other has ended.");
            }
            return ([.. target.Values.Select(v => Array.FindIndex(ranges, r => v >= r.Low && v <= r.High))],
                [.. Levels.Select(l => l.Name)]);
        }
        if (Levels.Count == 0)
            return (target.Codes, target.Classes);
        var levelOf = new int[target.Classes.Count];
        Array.Fill(levelOf, -1);
        for (var l = 0; l < Levels.Count; l++)
        {
            foreach (var member in Levels[l].Members.Split('+', StringSplitOptions.TrimEntries))
            {
                var at = target.Classes.ToList().IndexOf(member);
                if (at < 0)
                    throw new FaceBiasException(
                        $"'{Column}' has no class '{member}'; it has "
                            + $"{target.Classes.Quoted()}.");
                if (levelOf[at] >= 0)
                    throw new FaceBiasException(
                        $"The class '{member}' of '{Column}' stands in two levels; name it once.");
                levelOf[at] = l;
            }
        }
        return ([.. target.Codes.Select(c => c < 0 ? -1 : levelOf[c])], [.. Levels.Select(l => l.Name)]);
    }

    private static (double Low, double High)? Range(string text)
    {
        var dash = text.IndexOf('-', 1);
        if (dash < 0)
            return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var single)
                ? (single, single) : null;
        var high = double.PositiveInfinity;
        return double.TryParse(text[..dash], NumberStyles.Float, CultureInfo.InvariantCulture, out var low)
            && (dash == text.Length - 1
                || double.TryParse(text[(dash + 1)..], NumberStyles.Float, CultureInfo.InvariantCulture, out high))
            ? (low, high) : null;
    }
}
