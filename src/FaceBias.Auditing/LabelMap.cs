namespace FaceBias.Auditing;

/// <summary>Other names for values: "0=cat" everywhere in truths and predictions, "race:0=White" in one
/// column.</summary>
internal sealed class LabelMap
{
    private readonly List<(string? Column, string From, string? To)> _entries = [];

    /// <exception cref="FaceBiasException">An entry is none.</exception>
    public LabelMap(IReadOnlyList<string> entries)
    {
        string? column = null;
        foreach (var entry in entries)
        {
            var equals = entry.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                throw new FaceBiasException(
                    $"‹Map› '{entry}' is no pair of names; write VALUE=NAME or COLUMN:VALUE=NAME, such as 0=cat,1=dog, and nothing behind = for "
                    + "missing values.");
            var from = entry[..equals];
            // "race:0=White,1=Black": the column stands for what follows it.
            if (from.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon)
                (column, from) = (from[..colon], from[(colon + 1)..]);
            _entries.Add((column, from, equals == entry.Length - 1 ? null : entry[(equals + 1)..]));
        }
    }

    public IEnumerable<string> Columns => _entries.Select(e => e.Column).OfType<string>().Distinct();

    /// <summary>Whether a label's name was given.</summary>
    public bool Speaks(string label) => _entries.Exists(e => e.From == label);

    /// <summary>Whether anything is said of a label of a target.</summary>
    public bool IsEmpty => _entries.Count == 0;

    /// <summary>A column with its values renamed.</summary>
    /// <param name="isLabel">Whether entries without a column concern it.</param>
    public TextColumn Apply(TextColumn column, bool isLabel)
    {
        var names = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var (where, from, to) in _entries)
        {
            if (where is null ? isLabel : where == column.Header || where == column.Name)
                names[from] = to;
        }
        return names.Count == 0 ? column : column.MapLevels(l => names.GetValueOrDefault(l, l));
    }
}
