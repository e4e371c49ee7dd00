using System.Text.RegularExpressions;

namespace FaceBias.Auditing;

/// <summary>Reads the grouping attributes of a predictions table, each with its levels in their order.</summary>
/// <param name="rows">The audited rows; null for all.</param>
/// <param name="map">Other names for values.</param>
/// <param name="unnamed">Columns that are or look like probabilities.</param>
/// <param name="used">Columns that say how sure the model is.</param>
internal sealed partial class AttributeReader(Table table, int[]? rows, LabelMap map, AuditOptions options,
    List<string> notices, Mistakes mistakes, UnnamedProbabilities unnamed, IReadOnlySet<string> used)
{
    /// <summary>A number of more different values measures something, unless it is said or seen to hold
    /// codes.</summary>
    private const int FewValues = 12;
    private const int FewCodes = 20;
    private const int MostCodes = 1000;

    private static readonly string[] s_notGroups = ["id", "path", "split", "sha256", "phash"];

    /// <summary>Columns that are no groups, each with the reason.</summary>
    public List<IgnoredColumn> Ignored { get; } = [];

    /// <summary>Numbers that were not asked for, cut at their quintiles.</summary>
    public List<AttributeData> FurtherNumbers { get; } = [];

    public List<AttributeData> Read(IReadOnlyList<TargetData> targets)
    {
        if (options.Groups is { } asked)
        {
            AttributeData?[] named =
                [.. asked.Concat(options.Control).Distinct().Select(
                    name =>
                        mistakes.Try(() => ReadAttribute(table.Find($"{name}_true") ?? Column(name), name,
                            asked: true)))];
            return [.. named.OfType<AttributeData>()];
        }
        var own = targets.Select(t => t.Name).ToArray();
        var found = new List<AttributeData?>();
        foreach (var column in table.Columns)
        {
            var name = column.Name;
            if (unnamed.Columns.TryGetValue(name, out var reason))
            {
                if (reason is not null)
                    Ignore(column, reason);
                continue;
            }
            if (used.Contains(name))
                continue;
            var asks = options.Control.Contains(name) || options.Kinds.Nominal.Contains(name)
                || options.Ordinal.Any(o => o.Split('=')[0] == name);
            if (!asks && NoGroup(column) is { } use)
            {
                Ignore(column, use);
                continue;
            }
            if (mistakes.Any && !own.Contains(name[..^Math.Min(name.Length, "_true".Length)])
                && name.EndsWith("_true", StringComparison.Ordinal) && table.Has(name[..^"_true".Length]))
                continue; // what is wrong with it was said of the target
            if (name.EndsWith("_true", StringComparison.Ordinal))
                found.Add(mistakes.Try(() => ReadAttribute(column, name[..^"_true".Length], asked: asks)));
            else if (!s_notGroups.Contains(name) && !IsUncertainty(name, own) && name != options.ClusterColumn
                && name != options.Weights && !table.Has($"{name}_true") && !own.Contains(name)
                && !own.Any(t => name == t + "_score" || name.StartsWith(t + "_p_", StringComparison.Ordinal)))
                found.Add(mistakes.Try(() => ReadAttribute(column, name, asked: asks)));
        }
        return [.. found.OfType<AttributeData>()];
    }

    /// <summary>What a column is for, other than for groups that were not asked for; null where that is not
    /// plain.</summary>
    private string? NoGroup(Column column)
    {
        if (UnitNames.IsFold(column.Header))
            return "it numbers folds; name it among ‹Groups› to compare them";
        if (column is TextColumn text && text.Levels.Length > FewValues)
        {
            if (UnitNames.IsPerson(column.Header))
                return "it names persons or the like; name it by ‹Cluster› as rows that belong together, or among "
                    + "‹Groups›";
            if (Array.TrueForAll(text.Levels, l => Date().IsMatch(l)))
                return "it holds dates; write years, ages or periods to compare them";
        }
        if (UnitNames.IsWeight(column.Header) && options.Weights is null)
            notices.Add($"'{column.Header}' is called a weight and is not used; ‹Weights› {column.Header} weighs rows "
                + "by it.");
        return null;
    }

    [GeneratedRegex(@"^\d{4}[-./]\d{1,2}[-./]\d{1,2}(?:[ T].*)?$|^\d{1,2}[./-]\d{1,2}[./-]\d{2,4}(?: .*)?$",
        RegexOptions.CultureInvariant)]
    private static partial Regex Date();

    /// <summary>Whether a column is what a model says of its own uncertainty: that errors gather where it is high is no
    /// news of a group.</summary>
    private static bool IsUncertainty(string name, string[] targets) =>
        name == "novelty" || name.StartsWith("uncertainty_", StringComparison.Ordinal)
        || targets.Any(t => name.StartsWith(t + "_uncertainty_", StringComparison.Ordinal));

    /// <summary>A column by the name it has here or had in the file.</summary>
    private Column Column(string name) =>
        table.Find(name) ?? table.Columns.FirstOrDefault(c => c.Header == name) ?? table[name];

    private AttributeData? ReadAttribute(Column column, string name, bool asked)
    {
        options.Bands.TryGetValue(name, out var bands);
        var kind = options.Kinds.Of(name, column.Name, column.Header);
        if (kind == TargetKind.Numeric && column is TextColumn && !KindRule.AreNumbers((TextColumn)column))
            KindRule.Of([column], options.Kinds);
        var values = column as NumberColumn
            ?? (kind == TargetKind.Numeric || (bands is not null && KindRule.AreNumbers((TextColumn)column))
                ? table.Number(column.Name) : null);
        if (values is null && bands is not null
            && new AuditOptions().Bands.GetValueOrDefault(name)?.SequenceEqual(bands) != true)
            throw new FaceBiasException($"‹Bands› were given for '{column.Header}', which holds text such as "
                + $"'{((TextColumn)column).Levels.FirstOrDefault(l => CellText.Number(l) is null)}' and no numbers; leave "
                + "them out.");
        if (values is not null && kind != TargetKind.Categorical)
        {
            var picked = Pick(values.Values);
            if (bands is not null)
                return Banding.Cut(name, column.Name, picked, bands);
            double[] distinct = [.. picked.Where(v => !double.IsNaN(v)).Distinct().Take(MostCodes + 1)];
            var isTruth = column.Name.EndsWith("_true", StringComparison.Ordinal);
            var measures = distinct.Length > FewValues || (kind == TargetKind.Numeric && distinct.Length > 5);
            if (measures && kind is null && AreCodes(distinct, name, column.Header))
            {
                notices.Add($"'{column.Header}' holds {distinct.Length} whole codes and each is a group; ‹Numeric› "
                    + $"{column.Header} cuts it into bands.");
                measures = false;
            }
            if (measures && (asked || isTruth || kind == TargetKind.Numeric))
            {
                if (asked && kind is null && !isTruth)
                    notices.Add($"'{column.Header}' is a number and was cut into five bands of about equal size; "
                        + $"‹Bands› {column.Header}=EDGE,... gives others, ‹Nominal› {column.Header} makes each value a group.");
                return Banding.Cut(name, column.Name, picked, Banding.Quintiles(picked));
            }
            if (measures)
            {
                FurtherNumbers.Add(Banding.Cut(name, column.Name, picked, Banding.Quintiles(picked)));
                return Ignore(column,
                    "a number with many values; name it among ‹Groups›, give its ‹Bands›, or say ‹Nominal› "
                        + $"{column.Header} if it holds codes");
            }
        }
        return FromText(column, name, asked, kind);
    }

    /// <summary>Whether numbers are codes of groups: whole, and named so (race, site) or from 0 or 1 on, without a gap
    /// worth mentioning and not named after a quantity.</summary>
    private static bool AreCodes(double[] distinct, string name, string header) =>
        distinct.Length <= MostCodes && Array.TrueForAll(distinct, v => v == Math.Floor(v))
        && (Quantity.IsNominal(name) || Quantity.IsNominal(header) || ArePlainCodes(distinct, name, header));

    private static bool ArePlainCodes(double[] distinct, string name, string header) =>
        distinct.Length <= FewCodes && !Quantity.IsQuantity(name) && !Quantity.IsQuantity(header)
        && distinct.Min() is 0 or 1 or -1 && distinct.Max() - distinct.Min() + 1 <= 1.25 * distinct.Length;

    private AttributeData? FromText(Column column, string name, bool asked, TargetKind? kind)
    {
        var text = table.Text(column.Name);
        text = map.Apply(rows is null ? text : text.Take(rows),
            isLabel: column.Name.EndsWith("_true", StringComparison.Ordinal));
        if (Array.Exists(text.Levels, l => l.Length != l.Trim().Length)
            && text.Levels.GroupBy(l => l.Trim(), StringComparer.OrdinalIgnoreCase).All(g => g.Count() == 1))
            text = text.MapLevels(l => l.Trim());
        var levels = LabelAlignment.Used(text);
        if (levels.GroupBy(l => l.Trim(), StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1) is
            { } sameLabels)
            throw new FaceBiasException(
                $"Group column '{column.Header}' has values that differ only in case or blanks, "
                    + $"{LabelAlignment.Quoted(sameLabels)}; write each in one way, or join them with ‹Map› "
                    + $"{column.Header}:{sameLabels.ElementAt(1)}={sameLabels.First()}.");
        if (levels.Length == 0)
            return !asked ? Ignore(column, "it is empty")
                : throw new FaceBiasException($"Group column '{column.Header}' is empty; fill it or choose another.");
        if (levels.Length > options.MaximumLevels)
        {
            var isTruth = column.Name.EndsWith("_true", StringComparison.Ordinal);
            if (!asked && !isTruth && levels.Length * 3 > text.Count)
                return Ignore(column,
                    $"{levels.Length:N0} different values, hardly two rows alike; name it by ‹Cluster› if rows of one "
                        + "value belong together");
            if (asked && Array.TrueForAll(levels, l => Date().IsMatch(l)))
                throw new FaceBiasException($"Group column '{column.Header}' holds {levels.Length:N0} different dates; "
                    + "write years, ages or periods to compare them.");
            if (asked && levels.Length * 3 > text.Count)
                throw new FaceBiasException(
                    $"Group column '{column.Header}' has {levels.Length:N0} different values in {text.Count:N0} rows, "
                        + $"more than the {options.MaximumLevels} that can be compared; give it bands or choose another.");
            (text, levels) = Join(text, levels, column.Header);
        }
        var (order, ordered) = Order(column, name, levels, kind);
        var place = order.Select((level, i) => (level, i)).ToDictionary(x => x.level, x => x.i, StringComparer.Ordinal);
        int[] places = [.. text.Levels.Select(l => place.GetValueOrDefault(l, -1))];
        var missing = Array.Exists(text.Codes, c => c < 0);
        ushort[] codes = [.. text.Codes.Select(c => (ushort)(c < 0 ? order.Length : places[c]))];
        return new(name, column.Name, codes, missing ? [.. order, PredictionTable.Missing] : order, ordered);
    }

    /// <summary>The most frequent levels stay; the others become one.</summary>
    private (TextColumn, string[]) Join(TextColumn text, string[] levels, string header)
    {
        var counts = new int[text.Levels.Length];
        foreach (var code in text.Codes)
        {
            if (code >= 0)
                counts[code]++;
        }
        var kept = text.Levels.Select((l, i) => (Level: l, Rows: counts[i])).OrderByDescending(x => x.Rows)
            .ThenBy(x => x.Level, NaturalOrder.Instance)
            .Take(options.MaximumLevels - 1).Select(x => x.Level).ToHashSet(StringComparer.Ordinal);
        var rest = $"(other {levels.Length - kept.Count:N0})";
        var joined = text.MapLevels(l => kept.Contains(l) ? l : rest);
        notices.Add(string.Create(CultureInfo.InvariantCulture,
            $"'{header}' has {levels.Length:N0} values; the {kept.Count} most frequent are groups, the others "
                + $"({joined.Codes.Count(c => c >= 0 && joined.Levels[c] == rest):N0} rows) are one, '{rest}'."));
        return (joined, [.. levels.Where(kept.Contains), rest]);
    }

    /// <summary>The levels in the order that was given, that is known, or of their text; and whether there is a trend
    /// to look for.</summary>
    private (string[] Levels, bool Ordered) Order(Column column, string name, string[] levels, TargetKind? kind)
    {
        var ask = options.Ordinal.FirstOrDefault(o => o == name || o.StartsWith(name + "=", StringComparison.Ordinal));
        if (ask is not null && ask.Length > name.Length)
        {
            string[] given = [.. ask[(name.Length + 1)..].Split('<', StringSplitOptions.TrimEntries)];
            if (levels.Except(given).ToArray() is { Length: > 0 } left)
                throw new FaceBiasException(
                    $"‹Ordinal› {ask} leaves out {LabelAlignment.Quoted(left)} of '{column.Header}'; name all of its "
                        + "values, from low to high.");
            if (given.Distinct().Count() < given.Length)
                throw new FaceBiasException($"‹Ordinal› {ask} names a value twice; name each once, from low to high.");
            return ([.. given.Where(levels.Contains)], true);
        }
        var scale = column is NumberColumn || kind == TargetKind.Numeric ? null : Scale.Order(levels);
        if (ask is not null && scale is null && column is TextColumn
            && !Array.TrueForAll(levels, l => CellText.Number(l) is not null))
        {
            throw new FaceBiasException(
                $"The order of '{column.Header}' is not known from its values, {LabelAlignment.Quoted(levels)}; give "
                    + "it from low to high, such as "
                + $"‹Ordinal› \"{name}={string.Join('<', levels.Take(6))}\".");
        }
        if (column is NumberColumn || (scale is null && ask is not null))
            return ([.. levels.OrderBy(l => CellText.Number(l))],
                ask is not null || (kind is null && !Quantity.IsNominal(name)));
        return (scale ?? levels, kind != TargetKind.Categorical && scale is not null);
    }

    private AttributeData? Ignore(Column column, string reason)
    {
        Ignored.Add(new(column.Header, reason.Named()));
        return null;
    }

    private double[] Pick(double[] values) => rows is null ? values : [.. rows.Select(r => values[r])];
}
