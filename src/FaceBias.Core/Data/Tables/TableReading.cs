namespace FaceBias.Core.Data.Tables;

/// <summary>How to read somebody else's table, where the file does not say it itself.</summary>
public sealed record TableReading
{
    /// <summary>The separator of a text file; null finds it.</summary>
    public char? Separator { get; init; }

    /// <summary>The decimal sign, '.' or ','; null finds it, and what could be either is text.</summary>
    public char? Decimal { get; init; }

    /// <summary>Columns in which NA, None, null and the like are values, not missing; "*" stands for all.</summary>
    public IReadOnlyList<string> KeepNa { get; init; } = [];

    /// <summary>The names of the columns of a text file that has no header; null where it has one.</summary>
    public IReadOnlyList<string>? Header { get; init; }

    /// <summary>The sheet of a workbook; null for the first.</summary>
    public string? Sheet { get; init; }

    internal bool Keeps(string column) => KeepNa.Contains("*") || KeepNa.Contains(column, StringComparer.Ordinal);
}
