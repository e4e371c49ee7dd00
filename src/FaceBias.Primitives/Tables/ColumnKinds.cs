using FaceBias.Primitives.Tables;

namespace FaceBias.Primitives.Tables;

/// <summary>What the user says that columns hold, where their values do not say it; it overrules every guess.</summary>
public sealed record ColumnKinds
{
    /// <summary>Columns whose numbers are codes of classes.</summary>
    [Option("Columns whose numbers are codes of classes.", ValueName = "COLUMN", Group = OptionGroup.Tables)]
    public IReadOnlyList<string> Categorical { get; init; } = [];

    /// <summary>Columns of quantities.</summary>
    [Option("Columns that are numbers, even where they look like codes.", ValueName = "COLUMN",
        Group = OptionGroup.Tables)]
    public IReadOnlyList<string> Numeric { get; init; } = [];

    /// <summary>Grouping columns whose numbers are codes without an order, each a group of its own.</summary>
    [Option("Grouping columns whose numbers are codes without an order.", ValueName = "COLUMN",
        Group = OptionGroup.Tables)]
    public IReadOnlyList<string> Nominal { get; init; } = [];

    /// <summary>What was said of a column by one of its names; null where nothing was.</summary>
    /// <exception cref="FaceBiasException">Two things were.</exception>
    internal TargetKind? Of(params IEnumerable<string> names)
    {
        string[] all = [.. names];
        bool categorical = all.Any(n => Categorical.Contains(n) || Nominal.Contains(n)),
            numeric = all.Any(Numeric.Contains);
        return categorical && numeric
            ? throw new FaceBiasException($"'{all[0]}' cannot be both ‹Categorical› and ‹Numeric›; choose one.")
            : categorical ? TargetKind.Categorical : numeric ? TargetKind.Numeric : null;
    }
}
