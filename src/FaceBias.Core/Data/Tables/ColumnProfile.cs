using System.Text;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Data.Tables;

/// <summary>What the cells of a column look like: decides whether it holds numbers, and how they are written.</summary>
/// <param name="name">The column's name.</param>
/// <param name="keepsWords">Whether words such as NA are values.</param>
internal sealed class ColumnProfile(string name, bool keepsWords)
{
    /// <summary>As many spellings are compared: columns of more different numbers measure something.</summary>
    private const int MostSpellings = 64;

    private readonly int[] _counts = new int[Enum.GetValues<CellKind>().Length];
    private Dictionary<string, double>? _spellings = [];
    private readonly HashSet<string> _words = [];
    private string? _stray;
    private int _strayRow;
    private bool _points, _onlyThousandPoints = true;

    public string Name { get; } = name;

    /// <summary>Whether the column holds numbers.</summary>
    public bool IsNumber { get; private set; }

    /// <summary>Whether all cells are empty.</summary>
    public bool IsEmpty => this[CellKind.Empty] == _counts.Sum();

    /// <summary>Whether its decimal sign is a comma.</summary>
    public bool Comma { get; private set; }

    /// <summary>What keeps a column that is mostly numbers from holding numbers.</summary>
    public StrayText? Stray { get; private set; }

    private int this[CellKind kind] => _counts[(int)kind];

    private int Numbers =>
        this[CellKind.Number] + this[CellKind.DecimalComma] + this[CellKind.ThousandsComma] + this[CellKind.EitherComma]
            + this[CellKind.Percent];

    private int Others => this[CellKind.Text] + this[CellKind.Code];

    public void Add(ReadOnlySpan<byte> cell, int row)
    {
        var kind = CellText.Classify(cell, out var value);
        if (kind is CellKind.MissingWord)
        {
            // "nan" is what is written for a number that is none, also by FaceBias itself.
            if (keepsWords && !IsNan(cell))
                kind = CellKind.Text;
            else
                _words.Add(Encoding.UTF8.GetString(cell));
        }
        _counts[(int)kind]++;
        if (kind is CellKind.Number)
        {
            _points |= cell.Contains((byte)'.');
            _onlyThousandPoints &= !cell.Contains((byte)'.') || CellText.IsThousands(cell, (byte)'.');
            if (_spellings is not null && _spellings.TryAdd(Encoding.UTF8.GetString(cell), value)
                && _spellings.Count > MostSpellings)
                _spellings = null;
        }
        else if (_stray is null && kind is CellKind.Text or CellKind.Code)
            (_stray, _strayRow) = (Encoding.UTF8.GetString(cell), row + 1);
    }

    private static bool IsNan(ReadOnlySpan<byte> cell) => cell.SequenceEqual("nan"u8) || cell.SequenceEqual("NaN"u8);

    /// <summary>Decides all columns of a file together, for its decimal sign is one.</summary>
    public static void Decide(IReadOnlyList<ColumnProfile> columns, TableReading? reading, List<TableNotice> notices)
    {
        bool comma = columns.Any(c => c[CellKind.DecimalComma] > 0),
            point = columns.Any(c => c[CellKind.ThousandsComma] > 0 || (c._points && !c._onlyThousandPoints));
        var sign = reading?.Decimal ?? (comma && !point ? ',' : point && !comma ? '.' : (char?)null);
        foreach (var column in columns)
            column.Decide(sign, comma, reading, notices);
        if (columns.Any(c => c.IsNumber && c.Comma && c[CellKind.DecimalComma] > 0) && reading?.Decimal is null)
        {
            notices.Add(new("decimal", null,
                "Commas are decimal signs in "
                    + $"{columns.Where(c => c.IsNumber && c.Comma && c[CellKind.DecimalComma] > 0).Select(c => c.Name).Quoted()}"
                + "; ‹Decimal› . says otherwise."));
        }
    }

    private void Decide(char? sign, bool commasElsewhere, TableReading? reading, List<TableNotice> notices)
    {
        if (Numbers == 0)
            return;
        int commas = this[CellKind.DecimalComma], groups = this[CellKind.ThousandsComma],
            either = this[CellKind.EitherComma];
        Comma = commas > 0 || (groups == 0 && sign == ',');
        string? reason = null;
        if (reading is null && commas + groups + either + this[CellKind.Percent] > 0)
            reason = "";
        else if ((commas > 0 && groups > 0) || (reading?.Decimal == '.' && commas > 0)
            || (reading?.Decimal == ',' && groups > 0)
            || (commas > 0 && _points && !_onlyThousandPoints))
            reason = "commas and points are decimal signs both";
        else if (either > 0 && commas == 0 && groups == 0 && sign is null)
            reason = "a comma may part thousands or be a decimal sign; give ‹Decimal› , or ‹Decimal› .";
        else if (_points && _onlyThousandPoints && either + groups == 0 && commasElsewhere && reading?.Decimal is null)
            reason = commas > 0 ? null
                : "a point may part thousands or be a decimal sign; give ‹Decimal› , or ‹Decimal› .";
        else if (this[CellKind.Percent] > 0 && this[CellKind.Percent] != Numbers)
            reason = "some are per cent and some are not";
        if (reason is null && reading is not null && Others == 0 && AlikeTexts() is { } alike)
        {
            notices.Add(new("number-as-text", Name,
                $"'{Name}' holds text, not numbers: {string.Join(" and ", alike.Select(t => $"'{t}'"))} would be one "
                    + $"number; ‹Numeric› {Name} takes it as numbers."));
            return;
        }
        IsNumber = reason is null && Others == 0;
        if (IsNumber)
        {
            if (this[CellKind.Percent] > 0)
                notices.Add(new("percent", Name, $"'{Name}' is per cent: 45% is read as 0.45."));
            if (groups + either > 0 && !Comma)
                notices.Add(new("decimal", Name,
                    $"Commas part thousands in '{Name}': 1,234 is read as 1234; ‹Decimal› , says otherwise."));
            var words = this[CellKind.MissingWord];
            if (words > 0 && reading is not null)
                notices.Add(DelimitedTable.MissingNotice(Name, words, _words));
        }
        else if (reason is null or { Length: > 0 } && (reason is not null || this[CellKind.Code] < Others))
        {
            Stray = new(Numbers, Others, _stray ?? "", _strayRow, reason);
            if (Numbers >= 4 * Others)
                notices.Add(new("number-as-text", Name, reason is { } why ? $"'{Name}' is read as text: {why}."
                    : string.Create(CultureInfo.InvariantCulture,
                        $"'{Name}' is text because of '{_stray}' in row {_strayRow} ({Numbers:N0} cells are numbers, "
                            + $"{Others:N0} not).")));
        }
    }

    /// <summary>Two spellings that differ by zeros at the end of a fraction, as version numbers do; null where there
    /// are none. Whole numbers (1 and 1.0) and shares are only written in two ways.</summary>
    private string[]? AlikeTexts() => _spellings is null || _spellings.Values.All(v => v is >= 0 and <= 1) ? null
        : _spellings.Where(
            s => s.Key.Contains('.', StringComparison.Ordinal)
                && !s.Key.Contains('e', StringComparison.OrdinalIgnoreCase) && s.Value != Math.Floor(s.Value))
        .GroupBy(s => s.Value).FirstOrDefault(g => g.Count() > 1)?.Select(s => s.Key).Take(2).ToArray();
}
