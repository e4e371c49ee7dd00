namespace FaceBias.Auditing;

/// <summary>The level of one attribute, for the audited rows.</summary>
internal sealed record AttributeData(string Name, string Column, ushort[] Codes, string[] Levels, bool Ordered = false);

/// <summary>A predictions table as an audit reads it: the rows of one split, its targets and its attributes.</summary>
internal sealed class PredictionTable
{
    public const string Missing = "(missing)";

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
        (_rows, var choosing) = AuditedRows.Choose(table, options, Notices);
        RowCount = _rows?.Length ?? table.RowCount;
        _ids = ReadIds();
        var map = new LabelMap(options.Map);
        var mistakes = new Mistakes();
        var unnamed = new UnnamedProbabilities(table, _rows, options);
        var uncertainty = new UncertaintyColumns(table, _rows, map, options, Notices);
        Targets = [.. new TargetReader(table, _rows, Id, map, options, Notices, mistakes, unnamed).Read()
            .Select(uncertainty.Read)];
        foreach (var wrong in Targets.Select(WrongWay.Of).OfType<string>())
            Notices.Insert(0, wrong);
        Weights = options.Weights is { } weights ? mistakes.Try(() => ReadWeights(table.Number(weights))) : null;
        Clusters = options.ClusterColumn is { } cluster ? mistakes.Try(() => ReadClusters(table.Text(cluster))) : null;
        var attributes = new AttributeReader(table, _rows, map, options, Notices, mistakes, unnamed,
            uncertainty.Used.Union(choosing).ToHashSet(StringComparer.Ordinal));
        Attributes = attributes.Read(Targets);
        mistakes.Throw();
        Notices.AddRange(Targets.SelectMany(t => Unanswered.Of(t, Attributes)));
        RepeatedRows.Say(table, _rows, options, choosing, Notices);
        (Ignored, FurtherNumbers) = (attributes.Ignored, attributes.FurtherNumbers);
        CheckNames("bands were given", [.. options.Bands.Keys.Except(new AuditOptions().Bands.Keys)],
            n => table.Has(n) || table.Has($"{n}_true"), table.Columns.Select(c => c.Header));
        CheckNames("an order was given", [.. options.Ordinal.Select(o => o.Split('=')[0])],
            n => Attributes.Any(a => a.Name == n), Attributes.Select(a => a.Name));
        CheckNames("names were given by ‹Map›", [.. map.Columns],
            n => table.Columns.Any(c => c.Header == n || c.Name == n), table.Columns.Select(c => c.Header));
    }

    private static void CheckNames(string what, IReadOnlyList<string> names, Predicate<string> known,
        IEnumerable<string> those)
    {
        if (names.FirstOrDefault(n => !known(n)) is { } unknown)
            throw new FaceBiasException(
                $"For '{unknown}' {what}, but there is no such column; there are {Quoted(those)}.",
                ErrorKind.Missing);
    }

    /// <summary>Whether the ids are the table's own, not the numbers of its rows.</summary>
    public bool HasIds => _ids is not null;

    public IReadOnlyList<TargetData> Targets { get; }

    public IReadOnlyList<AttributeData> Attributes { get; }

    /// <summary>Which cluster each row belongs to, -1 for one of its own; null where every row stands for
    /// itself.</summary>
    public int[]? Clusters { get; }

    /// <summary>The weight of each row; null where all count alike.</summary>
    public double[]? Weights { get; }

    public string[] ClusterNames { get; private set; } = [];

    /// <summary>Numbers that were not asked for as groups, cut at their quintiles: where to look for what nobody
    /// named.</summary>
    public IReadOnlyList<AttributeData> FurtherNumbers { get; }

    public IReadOnlyList<IgnoredColumn> Ignored { get; }

    /// <summary>What was assumed, in sentences: first of the file, then of targets and groups.</summary>
    public List<string> Notices { get; } = [];

    public int RowCount { get; }

    /// <summary>The id of a row; its number in the table, counted from 1, where the table has none.</summary>
    public string Id(int row) => _ids is null ? (Source(row) + 1).ToString(CultureInfo.InvariantCulture) : _ids[row]!;

    private int Source(int row) => _rows is null ? row : _rows[row];

    private TextColumn? ReadIds()
    {
        if (!_table.Has("id") || _options.ClusterColumn == "id")
            return null;
        var column = _table.Text("id");
        var ids = _rows is null ? column : column.Take(_rows);
        var seen = new bool[ids.Levels.Length];
        for (var i = 0; i < RowCount; i++)
        {
            if (ids.Codes[i] < 0)
                throw new FaceBiasException(
                    $"Row {Source(i) + 1} of the predictions table has no id; give every row its own.");
            if (seen[ids.Codes[i]])
                throw new FaceBiasException(
                    $"Two rows of the predictions table have the id '{ids[i]}'; give every row its own, or say ‹Cluster› id if rows of one id belong together.");
            seen[ids.Codes[i]] = true;
        }
        return ids;
    }

    private double[] ReadWeights(NumberColumn column)
    {
        if (_options.ClusterColumn is not null)
            throw new FaceBiasException("‹Weights› and ‹Cluster› cannot be combined; leave one out.");
        double[] weights = [.. Enumerable.Range(0, RowCount).Select(r => column[Source(r)])];
        if (Array.FindIndex(weights, w => !(w >= 0 && w <= 1e15)) is >= 0 and var bad)
            throw new FaceBiasException(
                FormattableString.Invariant(
                    $"'{column.Header}' has the weight {weights[bad]} in row '{Id(bad)}'; weights are finite and not negative."));
        if (weights.Sum() == 0)
            throw new FaceBiasException($"All weights of '{column.Header}' are 0; nothing is left to audit.");
        Notices.Add($"Rates and means are weighted by '{column.Header}', with the intervals of as many rows as the weights are worth (Kish); metrics composed of several rates, areas and slices are not given with weights.");
        return weights;
    }

    /// <summary>Numbered by name, so that the order of rows does not matter.</summary>
    private int[] ReadClusters(TextColumn column) =>
        Codes(column, ClusterNames = [.. Used(column).Order(StringComparer.Ordinal)]);

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
        var places = levels.Select((level, i) => (level, i)).ToDictionary(x => x.level, x => x.i,
            StringComparer.Ordinal);
        return [.. column.Levels.Select(l => places.GetValueOrDefault(l, -1))];
    }

    private static string Quoted(IEnumerable<string> names) => names.Take(20).Quoted();
}
