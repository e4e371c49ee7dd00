namespace FaceBias.Primitives.Tables;

/// <summary>Whether a target is one of some classes or a number.</summary>
public enum TargetKind
{
    /// <summary>One of a few classes.</summary>
    Categorical,

    /// <summary>A number, such as years.</summary>
    Numeric,
}

/// <summary>A label per image, ready to learn or to group by.</summary>
internal sealed class Target
{
    private Target(string name, TargetKind kind, IReadOnlyList<string> classes, int[] codes, double[] values) =>
        (Name, Kind, Classes, Codes, Values) = (name, kind, classes, codes, values);

    /// <summary>The label's name.</summary>
    public string Name { get; }

    /// <summary>Whether it is one of some classes or a number.</summary>
    public TargetKind Kind { get; }

    /// <summary>The classes of a categorical target, by ordinal order (numbers by size); empty for a numeric
    /// one.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>Index into <see cref="Classes"/> per image, -1 where missing; empty for a numeric target.</summary>
    public int[] Codes { get; }

    /// <summary>The number per image, NaN where missing; empty for a categorical target.</summary>
    public double[] Values { get; }

    /// <summary>Whether an image has no value.</summary>
    public bool IsMissing(int row) => Kind == TargetKind.Categorical ? Codes[row] < 0 : double.IsNaN(Values[row]);

    internal int Count(bool[] labelled) =>
        Enumerable.Range(0, labelled.Length).Count(i => labelled[i] && !IsMissing(i));

    /// <summary>Classes in an order of the caller's; codes are -1 where missing.</summary>
    internal static Target Of(string name, IReadOnlyList<string> classes, int[] codes) =>
        new(name, TargetKind.Categorical, classes, codes, []);

    /// <summary>Numbers, NaN where missing.</summary>
    internal static Target Of(string name, double[] values) => new(name, TargetKind.Numeric, [], [], values);

    internal static Target From(Column column, TargetKind? kind)
    {
        if (column is NumberColumn numbers)
        {
            if (kind != TargetKind.Categorical)
                return new(column.Name, TargetKind.Numeric, [], [], numbers.Values);
            if (Array.Find(numbers.Values, v => !double.IsNaN(v) && v != Math.Floor(v)) is var fraction and not 0)
            {
                throw new FaceBiasException(
                    $"Label '{column.Name}' holds fractions such as "
                        + $"{fraction.ToString(CultureInfo.InvariantCulture)}; only whole codes can be classes.");
            }
            double[] distinct = [.. numbers.Values.Where(v => !double.IsNaN(v)).Distinct().Order()];
            return new(column.Name, TargetKind.Categorical,
                [.. distinct.Select(v => v.ToString(CultureInfo.InvariantCulture))],
                [.. numbers.Values.Select(v => double.IsNaN(v) ? -1 : Array.BinarySearch(distinct, v))], []);
        }
        var text = (TextColumn)column;
        if (kind == TargetKind.Numeric)
            throw new FaceBiasException(
                $"Label '{column.Name}' is to be a number but holds text such as '{text.Levels.FirstOrDefault()}'.");
        var present = new bool[text.Levels.Length];
        foreach (var code in text.Codes)
        {
            if (code >= 0)
                present[code] = true;
        }
        var order = Enumerable.Range(0, present.Length).Where(l => present[l]).OrderBy(l => text.Levels[l],
            StringComparer.Ordinal).ToArray();
        var rank = new int[present.Length];
        for (var r = 0; r < order.Length; r++)
            rank[order[r]] = r;
        return new(column.Name, TargetKind.Categorical, [.. order.Select(l => text.Levels[l])],
            [.. text.Codes.Select(c => c < 0 ? -1 : rank[c])], []);
    }
}
