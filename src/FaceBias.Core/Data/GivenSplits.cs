using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Data;

/// <summary>Splits that came with the labels, in a column called <c>split</c>.</summary>
internal static class GivenSplits
{
    private const string Column = "split";

    /// <summary>What to tell the user where they are used.</summary>
    public const string Notice = $"The splits are those of the labels' column '{Column}'.";

    /// <summary>Takes the column out of the labels; null where there is none.</summary>
    public static (LabelSet Labels, TextColumn? Given) Take(LabelSet labels) => labels.Table.Find(Column) is TextColumn given
        ? (labels with { Table = new Table(labels.Table.Columns.Where(c => c.Name != Column)) }, given)
        : (labels, null);

    /// <summary>Puts them into a manifest.</summary>
    /// <param name="given">The column.</param>
    /// <param name="included">Which images take part.</param>
    /// <param name="manifest">The manifest.</param>
    /// <exception cref="FaceBiasException">A value is no split.</exception>
    public static void Use(TextColumn given, bool[] included, Manifest manifest)
    {
        var byLevel = given.Levels.Select(level => level.ToLowerInvariant() switch
        {
            "train" or "training" => Split.Train,
            "validation" or "valid" or "val" or "dev" => Split.Validation,
            "test" => Split.Test,
            _ => throw new FaceBiasException(
                $"The labels' column '{Column}' holds '{level}'; it must hold train, validation or test, or be renamed."),
        }).ToArray();
        for (var i = 0; i < included.Length; i++)
            if (included[i] && given.Codes[i] >= 0)
                manifest.Splits[i] = byLevel[given.Codes[i]];
    }
}
