namespace FaceBias.Auditing;

/// <summary>Cuts a number into named bands.</summary>
internal static class Banding
{
    /// <summary>Bands by ascending lower edges; values below the first edge form a band of their own.</summary>
    public static AttributeData Cut(string name, string column, double[] values, IReadOnlyList<double> edges)
    {
        var whole = edges.All(e => e == Math.Floor(e)) && values.All(v => double.IsNaN(v) || v == Math.Floor(v));
        var levels = new List<string>();
        for (var i = 0; i < edges.Count; i++)
            levels.Add(Label(edges[i], i + 1 < edges.Count ? edges[i + 1] : null, whole));
        int below = -1, missing = -1;
        var codes = new ushort[values.Length];
        for (var row = 0; row < codes.Length; row++)
        {
            codes[row] = (ushort)(double.IsNaN(values[row])
                ? missing = missing >= 0 ? missing : Add(levels, PredictionTable.Missing)
                : values[row] < edges[0] ? below = below >= 0 ? below : Add(levels, $"below {Text(edges[0])}")
                : Band(edges, values[row]));
        }
        return new(name, column, codes, [.. levels], Ordered: below < 0);
    }

    /// <summary>Lower edges, rounded down to hundredths, that cut values into about five bands of equal size.</summary>
    public static IReadOnlyList<double> Quintiles(double[] values)
    {
        double[] sorted = [.. values.Where(v => !double.IsNaN(v)).Order()];
        return [.. Enumerable.Range(0, 5).Select(i => Math.Floor(Quantiles.Linear(sorted, i / 5.0) * 100) / 100)
            .Distinct()];
    }

    private static int Band(IReadOnlyList<double> edges, double value)
    {
        var i = edges.Count - 1;
        while (value < edges[i])
            i--;
        return i;
    }

    private static int Add(List<string> levels, string level)
    {
        levels.Add(level);
        return levels.Count - 1;
    }

    private static string Label(double from, double? to, bool whole) => (to, whole) switch
    {
        (null, _) => $"{Text(from)}+",
        ({ } end, true) when end - from == 1 => Text(from),
        ({ } end, true) => $"{Text(from)}-{Text(end - 1)}",
        ({ } end, false) => $"{Text(from)} to <{Text(end)}",
    };

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
