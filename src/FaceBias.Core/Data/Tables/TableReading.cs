namespace FaceBias.Core.Data.Tables;

/// <summary>How to read somebody else's table, where the file does not say it itself.</summary>
public sealed record TableReading
{
    /// <summary>The separator of a text file; null finds it.</summary>
    [Option("Separator of a text file; detected by default. 'tab' and 'blank' are accepted too.", ValueName = "SIGN",
        Group = OptionGroup.Tables)]
    public char? Separator { get; init; }

    /// <summary>The decimal sign, '.' or ','; null finds it, and what could be either is text.</summary>
    [Option("Decimal separator of a text file, . or , where both are possible.", ValueName = "SIGN",
        Group = OptionGroup.Tables)]
    public char? Decimal { get; init; }

    /// <summary>Columns in which NA, None, null and the like are values, not missing; "*" stands for all.</summary>
    [Option("Columns in which NA, None, null and the like are values, not missing; '*' for all.", ValueName = "COLUMN",
        Group = OptionGroup.Tables)]
    public IReadOnlyList<string> KeepNa { get; init; } = [];

    /// <summary>The names of the columns of a text file that has no header; null where it has one.</summary>
    public IReadOnlyList<string>? Header { get; init; }

    /// <summary>The sheet of a workbook; null for the first.</summary>
    [Option("Sheet of a workbook; the first by default.", ValueName = "SHEET", Group = OptionGroup.Tables)]
    public string? Sheet { get; init; }

    internal bool Keeps(string column) => KeepNa.Contains("*") || KeepNa.Contains(column, StringComparer.Ordinal);

    internal static char? ParseSeparator(string text) => text switch
    {
        "tab" or "\\t" => '\t',
        "blank" or "space" => ' ',
        [var sign] => sign,
        _ => throw new FaceBiasException(
            $"‹Separator› '{text}' is no single sign; write one such as ';', or tab or blank."),
    };

    internal static char? ParseDecimal(string text) => text is "." or "," ? text[0]
        : throw new FaceBiasException($"‹Decimal› '{text}' is neither . nor ,; choose one of them.");
}
