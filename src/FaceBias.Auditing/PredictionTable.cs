using System.Globalization;
using FaceBias.Primitives.Tables;

namespace FaceBias.Auditing;

/// <summary>Truth and prediction of one target, for the audited rows.</summary>
internal sealed record TargetData(string Name, TargetKind Kind)
{
    public string[] Classes { get; init; } = [];

    /// <summary>Index into <see cref="Classes"/>, -1 where missing.</summary>
    public int[] Truth { get; init; } = [];

    /// <summary>Index into <see cref="Classes"/>, -1 where missing.</summary>
    public int[] Predicted { get; init; } = [];

    /// <summary>[class][row], or null without probabilities.</summary>
    public double[][]? Probabilities { get; init; }

    /// <summary>NaN where missing.</summary>
    public double[] TruthValue { get; init; } = [];

    /// <summary>NaN where missing.</summary>
    public double[] PredictedValue { get; init; } = [];

    public bool HasTruth(int row) => Kind == TargetKind.Categorical ? Truth[row] >= 0 : !double.IsNaN(TruthValue[row]);

    public bool HasPrediction(int row) =>
        Kind == TargetKind.Categorical ? Predicted[row] >= 0 : !double.IsNaN(PredictedValue[row]);
}

/// <summary>The level of one attribute, for the audited rows.</summary>
internal sealed record AttributeData(string Name, string Column, ushort[] Codes, string[] Levels, bool Ordered = false);

/// <summary>A predictions table as an audit reads it: the rows of one split, its targets and its attributes.</summary>
internal sealed class PredictionTable
{
    public const string Missing = "(missing)";

    private static readonly string[] NotGroups = ["id", "path", "split", "sha256", "phash"];

    private readonly Table _table;
    private readonly AuditOptions _options;
    /// <summary>The audited rows; null where all of them are, so that columns need not be copied.</summary>
    private readonly int[]? _rows;
    private readonly TextColumn? _ids;

    public PredictionTable(Table table, AuditOptions options)
    {
        (_table, _options) = (table, options);
        if (table.RowCount == 0)
            throw new FaceBiasException("The predictions table has no rows; there is nothing to audit.");
        _rows = ChooseRows();
        RowCount = _rows?.Length ?? table.RowCount;
        _ids = ReadIds();
        Targets = ReadTargets();
        Clusters = options.Cluster is { } cluster ? ReadClusters(table.Text(cluster)) : null;
        Attributes = ReadAttributes();
        CheckNames("bands were given", [.. options.Bands.Keys.Except(new AuditOptions().Bands.Keys)], n => table.Has(n) || table.Has($"{n}_true"), table.Columns.Select(c => c.Name));
        CheckNames("an order was given", options.Ordinal, n => Attributes.Any(a => a.Name == n), Attributes.Select(a => a.Name));
    }

    private static void CheckNames(string what, IReadOnlyList<string> names, Predicate<string> known, IEnumerable<string> those)
    {
        if (names.FirstOrDefault(n => !known(n)) is { } stranger)
            throw new FaceBiasException($"For '{stranger}' {what}, but there is no such group; there are {Quoted(those)}.");
    }

    /// <summary>Whether the ids are the table's own, not the numbers of its rows.</summary>
    public bool HasIds => _ids is not null;

    public IReadOnlyList<TargetData> Targets { get; }

    public IReadOnlyList<AttributeData> Attributes { get; }

    /// <summary>Which cluster each row belongs to, -1 for one of its own; null where every row stands for itself.</summary>
    public int[]? Clusters { get; }

    /// <summary>The names of the clusters.</summary>
    public string[] ClusterNames { get; private set; } = [];

    /// <summary>Numbers that were not asked for as groups, cut at their quintiles: where to look for what nobody named.</summary>
    public List<AttributeData> FurtherNumbers { get; } = [];

    public List<IgnoredColumn> Ignored { get; } = [];

    public int RowCount { get; }

    /// <summary>The id of a row; its number in the table, counted from 1, where the table has none.</summary>
    public string Id(int row) => _ids is null ? (Source(row) + 1).ToString(CultureInfo.InvariantCulture) : _ids[row]!;

    private int Source(int row) => _rows is null ? row : _rows[row];

    private int[]? ChooseRows()
    {
        if (_options.Split is not { } split || (!_table.Has("split") && split == new AuditOptions().Split))
            return null;
        if (!_table.Has("split"))
            throw new FaceBiasException($"Split '{split}' was asked for, but the predictions table has no column 'split'; add one or leave the split out.");
        var column = _table.Text("split");
        var code = Array.IndexOf(column.Levels, split);
        var rows = Enumerable.Range(0, _table.RowCount).Where(r => code >= 0 && column.Codes[r] == code).ToArray();
        return rows.Length > 0 ? rows : throw new FaceBiasException(
            $"No row of the predictions table is of split '{split}'; column 'split' holds {Quoted(column.Levels)}: "
            + "choose one of them, or all rows.");
    }

    private TextColumn? ReadIds()
    {
        if (!_table.Has("id"))
            return null;
        var column = _table.Text("id");
        var ids = _rows is null ? column : column.Take(_rows);
        var seen = new bool[ids.Levels.Length];
        for (var i = 0; i < RowCount; i++)
        {
            if (ids.Codes[i] < 0)
                throw new FaceBiasException($"Row {Source(i) + 1} of the predictions table has no id; give every row its own.");
            if (seen[ids.Codes[i]])
                throw new FaceBiasException($"Two rows of the predictions table have the id '{ids[i]}'; give every row its own.");
            seen[ids.Codes[i]] = true;
        }
        return ids;
    }

    /// <summary>Numbered by name, so that the order of rows does not matter.</summary>
    private int[] ReadClusters(TextColumn column) => Codes(column, ClusterNames = [.. Used(column).Order(StringComparer.Ordinal)]);

    private List<TargetData> ReadTargets()
    {
        var names = _options.Targets ?? [.. _table.Columns
            .Select(c => c.Name).Where(n => !n.EndsWith("_true", StringComparison.Ordinal) && _table.Has($"{n}_true"))];
        if (names.Count == 0)
            throw new FaceBiasException(
                "The predictions table has no target with both a prediction and a truth (columns T and T_true, such as "
                + $"'age' and 'age_true'); it has {Quoted(_table.Columns.Select(c => c.Name))}.");
        var targets = names.Select(ReadTarget).ToList();
        return targets.Any(t => Enumerable.Range(0, RowCount).Any(t.HasTruth)) ? targets : throw new FaceBiasException(
            $"No row has a true value for {Quoted(names)}; an audit needs labels in the columns "
            + $"{Quoted(names.Select(n => n + "_true"))}.");
    }

    private TargetData ReadTarget(string name)
    {
        Column predicted = _table[name], truth = _table[$"{name}_true"];
        var prefix = $"{name}_p_";
        var probabilities = _table.Columns.Where(c => c.Name.StartsWith(prefix, StringComparison.Ordinal)).ToArray();
        if (predicted is NumberColumn p && truth is NumberColumn t && probabilities.Length == 0)
        {
            return new(name, TargetKind.Numeric)
            {
                TruthValue = Finite(t), PredictedValue = Finite(p),
            };
        }
        return ReadCategorical(name, probabilities, [.. probabilities.Select(c => c.Name[prefix.Length..])]);
    }

    private TargetData ReadCategorical(string name, Column[] probabilityColumns, string[] named)
    {
        TextColumn predicted = _table.Text(name), truth = _table.Text($"{name}_true");
        string[] seen = [.. Used(predicted).Concat(Used(truth)).Distinct().Order(NaturalOrder.Instance)];
        if (seen.Union(named).GroupBy(c => c, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1) is { } twins)
            throw new FaceBiasException(
                $"Target '{name}' has labels that differ only in case, {Quoted(twins)}; write each label in one way.");
        if (named.Length > 0 && seen.Except(named).FirstOrDefault() is { } stranger)
            throw new FaceBiasException(
                $"Target '{name}' has the label '{stranger}' but no column '{name}_p_{stranger}'; give the probability "
                + "of every class or of none.");
        var classes = named.Length > 0 ? named : seen;
        if (classes.Length > _options.MaximumLevels)
            throw new FaceBiasException(
                $"Target '{name}' has {classes.Length} different labels; an audit takes at most "
                + $"{_options.MaximumLevels}: is it a number stored as text?");
        return new(name, TargetKind.Categorical)
        {
            Classes = classes,
            Truth = Codes(truth, classes),
            Predicted = Codes(predicted, classes),
            Probabilities = named.Length == 0 ? null : ReadProbabilities(name, probabilityColumns),
        };
    }

    private double[][] ReadProbabilities(string name, Column[] columns)
    {
        double[][] p = [.. columns.Select(c => Pick(_table.Number(c.Name).Values))];
        for (var row = 0; row < RowCount; row++)
        {
            double sum = 0;
            foreach (var column in p)
            {
                if (column[row] is < -1e-6 or > 1 + 1e-6)
                    throw new FaceBiasException(FormattableString.Invariant(
                        $"Row '{Id(row)}' has the probability {column[row]} for target '{name}'; probabilities lie between 0 and 1."));
                sum += column[row];
            }
            // NaN stands for a row without a prediction; a tolerance allows for a few printed digits.
            if (Math.Abs(sum - 1) > 0.01)
                throw new FaceBiasException(FormattableString.Invariant(
                    $"The probabilities of target '{name}' in row '{Id(row)}' sum to {sum:0.####}, not 1; give the probability of every class."));
        }
        return p;
    }

    private List<AttributeData> ReadAttributes()
    {
        if (_options.Groups is { } asked)
            return [.. asked.Distinct().Select(name => ReadAttribute(AttributeColumn(name), name, asked: true)!)];
        var own = Targets.Select(t => t.Name).ToArray();
        var found = new List<AttributeData?>();
        foreach (var column in _table.Columns)
        {
            var name = column.Name;
            if (name.EndsWith("_true", StringComparison.Ordinal))
                found.Add(ReadAttribute(column, name[..^"_true".Length], asked: false));
            else if (!NotGroups.Contains(name) && name != _options.Cluster && !_table.Has($"{name}_true")
                && !own.Any(t => name.StartsWith(t + "_", StringComparison.Ordinal)))
                found.Add(ReadAttribute(column, name, asked: false));
        }
        return [.. found.OfType<AttributeData>()];
    }

    private Column AttributeColumn(string name) => _table.Find($"{name}_true") ?? _table[name];

    private AttributeData? ReadAttribute(Column column, string name, bool asked)
    {
        _options.Bands.TryGetValue(name, out var bands);
        if (column is NumberColumn numbers)
        {
            var values = Pick(numbers.Values);
            var distinct = values.Where(v => !double.IsNaN(v)).Distinct().Take(13).Count();
            if (bands is not null)
                return Banding.Cut(name, column.Name, values, bands);
            if (distinct > 12 && (asked || column.Name.EndsWith("_true", StringComparison.Ordinal)))
                return Banding.Cut(name, column.Name, values, Banding.Quintiles(values));
            if (distinct > 12)
            {
                FurtherNumbers.Add(Banding.Cut(name, column.Name, values, Banding.Quintiles(values)));
                return Ignore(column, "a number with many values; name it among the groups or give its bands");
            }
        }
        var text = _table.Text(column.Name);
        string[] levels = [.. Used(text).Order(NaturalOrder.Instance)];
        if (levels.Length > _options.MaximumLevels)
        {
            var reason = $"{levels.Length:N0} different values, more than the {_options.MaximumLevels} that can be compared";
            return !asked ? Ignore(column, reason) : throw new FaceBiasException(
                $"Group column '{column.Name}' has {reason}; give it bands or choose another.");
        }
        if (levels.GroupBy(l => l.Trim(), StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1) is { } twins)
            throw new FaceBiasException(
                $"Group column '{column.Name}' has values that differ only in case or blanks, {Quoted(twins)}; write each in one way.");
        if (levels.Length == 0)
            return !asked ? Ignore(column, "it is empty") : throw new FaceBiasException($"Group column '{column.Name}' is empty; fill it or choose another.");
        var codes = new ushort[RowCount];
        var missing = false;
        var map = Places(text, levels);
        for (var row = 0; row < codes.Length; row++)
        {
            var code = text.Codes[Source(row)];
            missing |= code < 0;
            codes[row] = (ushort)(code < 0 ? levels.Length : map[code]);
        }
        return new(name, column.Name, codes, missing ? [.. levels, Missing] : levels, _options.Ordinal.Contains(name) || column is NumberColumn);
    }

    private AttributeData? Ignore(Column column, string reason)
    {
        Ignored.Add(new(column.Name, reason));
        return null;
    }

    private double[] Pick(double[] values) => _rows is null ? values : [.. _rows.Select(r => values[r])];

    private double[] Finite(NumberColumn column)
    {
        var values = Pick(column.Values);
        // Sums of squares of larger numbers are no numbers any more.
        var i = Array.FindIndex(values, v => Math.Abs(v) > 1e100);
        return i < 0 ? values : throw new FaceBiasException(FormattableString.Invariant(
            $"Column '{column.Name}' holds {(double.IsInfinity(values[i]) ? "an infinite number" : $"{values[i]:0.###E+0}, which no error can be computed of,")} in row '{Id(i)}'; correct it or leave it empty."));
    }

    private IEnumerable<string> Used(TextColumn column)
    {
        var used = new bool[column.Levels.Length];
        for (var row = 0; row < RowCount; row++)
        {
            if (column.Codes[Source(row)] is >= 0 and var code)
                used[code] = true;
        }
        return column.Levels.Where((_, i) => used[i]);
    }

    private int[] Codes(TextColumn column, string[] levels)
    {
        var map = Places(column, levels);
        var codes = new int[RowCount];
        for (var row = 0; row < codes.Length; row++)
            codes[row] = column.Codes[Source(row)] is >= 0 and var code ? map[code] : -1;
        return codes;
    }

    /// <summary>The place of each level of a column among some levels, -1 for none.</summary>
    private static int[] Places(TextColumn column, string[] levels)
    {
        var places = levels.Select((level, i) => (level, i)).ToDictionary(x => x.level, x => x.i, StringComparer.Ordinal);
        return [.. column.Levels.Select(l => places.GetValueOrDefault(l, -1))];
    }

    private static string Quoted(IEnumerable<string> names) => string.Join(", ", names.Take(20).Select(n => $"'{n}'"));
}
