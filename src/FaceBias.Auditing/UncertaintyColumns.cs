namespace FaceBias.Auditing;

/// <summary>Prediction sets or intervals of a target's rows, as an audit reads them.</summary>
/// <param name="Interval">Whether they are intervals.</param>
/// <param name="Covered">1 where the truth is inside, 0 where not; NaN without a set or a truth.</param>
/// <param name="Size">Classes of the set, or width of the interval, which may be infinite, and -1 where its ends are
/// crossed; NaN without one.</param>
/// <param name="Level">The nominal coverage; null where it is not known.</param>
/// <param name="Calibration">Calibration rows behind each set; null where they are not known.</param>
internal sealed record CoverageData(bool Interval, double[] Covered, double[] Size, double? Level,
    double[]? Calibration);

/// <summary>Finds the columns of a predictions table that say how sure a model is: <c>T_set</c>, <c>T_low</c> and
/// <c>T_high</c>, <c>T_level</c>, <c>T_calibration</c>, <c>T_abstained</c> and <c>T_uncertainty_NAME</c>.</summary>
/// <param name="rows">The audited rows; null for all.</param>
/// <param name="map">Other names for labels.</param>
internal sealed class UncertaintyColumns(Table table, int[]? rows, LabelMap map, AuditOptions options,
    List<string> notices)
{
    private const string Empty = "{}";

    /// <summary>What may stand between the classes of a set.</summary>
    private const string Separators = "|;,\t\u241f ";

    /// <summary>Columns that are no groups.</summary>
    public HashSet<string> Used { get; } = new(StringComparer.Ordinal);

    /// <summary>A target with its sets or intervals and its uncertainties, where the table has them.</summary>
    public TargetData Read(TargetData target)
    {
        string Name(string suffix) => $"{target.Name}_{suffix}";
        var prefix = Name("uncertainty_");
        NumberColumn[] uncertainties =
            [.. table.Columns.OfType<NumberColumn>().Where(
                c => c.Name.StartsWith(prefix, StringComparison.Ordinal) && c.Name.Length > prefix.Length)];
        Used.UnionWith(uncertainties.Select(c => c.Name));
        if (table.Has(Name("abstained")))
            Used.Add(Name("abstained"));
        var coverage = target.NoTruth ? null : target.Kind == TargetKind.Categorical ? Sets(target, Name("set"))
            : Intervals(target, Name("low"), Name("high"));
        if (coverage is not null)
        {
            Used.UnionWith(table.Columns.Select(c => c.Name).Where(
                n => n == Name("level") || n == Name("calibration")));
            coverage = coverage with { Level = Level(target, Name("level")),
                Calibration = (table.Find(Name("calibration")) as NumberColumn) is { } c ? Pick(c.Values) : null };
        }
        return target with { Coverage = coverage,
            Uncertainties = [.. uncertainties.Select(c => (c.Name, Pick(c.Values)))] };
    }

    private double? Level(TargetData target, string name)
    {
        if (options.Coverage is { } said)
            return said;
        double[] levels = table.Find(name) is NumberColumn column
            ? [.. Pick(column.Values).Where(v => !double.IsNaN(v)).Distinct().Take(2)] : [];
        if (levels is [> 0 and < 1])
            return levels[0];
        notices.Add(levels.Length > 1
            ? string.Create(CultureInfo.InvariantCulture,
                $"'{name}' holds several nominal levels, such as {levels[0]} and {levels[1]}; whether coverage is "
                    + $"nominal is judged where ‹Coverage› names one.")
            : $"The sets or intervals of '{target.Name}' do not say which share of rows they should cover; ‹Coverage› "
                + "names it, such as 0.9.");
        return null;
    }

    private CoverageData? Sets(TargetData target, string name)
    {
        if (!table.Has(name))
            return null;
        var column = table.Text(name);
        column = rows is null ? column : column.Take(rows);
        var inSet = Parse(column.Levels, target.Classes);
        if (inSet is null)
        {
            notices.Add($"'{column.Header}' is not read as prediction sets: it holds "
                + $"{LabelAlignment.Quoted(LabelAlignment.Used(column).Take(3))}, and the classes of '{target.Name}' "
                + $"are {LabelAlignment.Quoted(target.Classes.Take(6))}, separated by '|'.");
            return null;
        }
        Used.Add(name);
        var sizes = Array.ConvertAll(inSet, s => (double)s.Count(x => x));
        var (covered, size) = (new double[column.Count], new double[column.Count]);
        for (var row = 0; row < covered.Length; row++)
        {
            var code = column.Codes[row];
            size[row] = code < 0 ? double.NaN : sizes[code];
            covered[row] = code < 0 || target.Truth[row] < 0 ? double.NaN : inSet[code][target.Truth[row]] ? 1 : 0;
        }
        return new(false, covered, size, null, null);
    }

    /// <summary>Which classes each text names; null where some text names something else.</summary>
    private bool[][]? Parse(string[] texts, string[] classes)
    {
        var places = classes.Select((c, i) => (c, i)).ToDictionary(x => x.c, x => x.i, StringComparer.Ordinal);
        int Place(string text) =>
            places.GetValueOrDefault(
                map.IsEmpty ? text : map.Apply(new TextColumn("", [text]), isLabel: true).Levels[0], -1);
        foreach (var separator in Separators)
        {
            var all = new bool[texts.Length][];
            var fits = true;
            for (var t = 0; t < texts.Length && fits; t++)
            {
                all[t] = new bool[classes.Length];
                var text = places.ContainsKey(texts[t]) ? texts[t]
                    : texts[t].Trim().TrimStart('{', '[', '(').TrimEnd('}', ']', ')').Trim();
                if (text.Length == 0 || text == Empty)
                    continue;
                foreach (var part in places.ContainsKey(text) ? [text]
                    : text.Split(separator, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                {
                    var place = Place(part) is >= 0 and var p ? p : Place(part.Trim('\'', '"'));
                    fits = fits && place >= 0;
                    if (place >= 0)
                        all[t][place] = true;
                }
            }
            if (fits)
                return all;
        }
        return null;
    }

    private CoverageData? Intervals(TargetData target, string lowName, string highName)
    {
        if (table.Find(lowName) is not NumberColumn low || table.Find(highName) is not NumberColumn high)
            return null;
        Used.UnionWith([lowName, highName]);
        double[] from = Pick(low.Values), to = Pick(high.Values), covered = new double[from.Length],
            size = new double[from.Length];
        var reversed = 0;
        for (var row = 0; row < from.Length; row++)
        {
            var (missing, truth) = (double.IsNaN(from[row]) && double.IsNaN(to[row]), target.TruthValue[row]);
            // One end alone is an interval that is open on the other side.
            var (a, b) = (double.IsNaN(from[row]) ? double.NegativeInfinity : from[row],
                double.IsNaN(to[row]) ? double.PositiveInfinity : to[row]);
            reversed += a > b ? 1 : 0;
            size[row] = missing ? double.NaN : a > b ? -1 : b - a;
            covered[row] = missing || double.IsNaN(truth) ? double.NaN : truth >= a && truth <= b ? 1 : 0;
        }
        if (2 * reversed > from.Length)
            notices.Add(string.Create(CultureInfo.InvariantCulture,
                $"{reversed:N0} of {from.Length:N0} rows have a '{low.Header}' above their '{high.Header}', and "
                    + $"nothing lies in such an interval; check that the two columns are not exchanged."));
        return new(true, covered, size, null, null);
    }

    private double[] Pick(double[] values) => rows is null ? values : [.. rows.Select(r => values[r])];
}
