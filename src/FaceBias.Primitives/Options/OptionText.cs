using System.ComponentModel.DataAnnotations;

namespace FaceBias.Primitives.Options;

/// <summary>Texts of options.</summary>
internal static class OptionText
{
    /// <summary>Several values, by commas or by repetition.</summary>
    public static string[] Split(IEnumerable<string> texts) =>
        [.. texts.SelectMany(t => t.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            .Distinct()];

    /// <summary>A range in words: "from 1 to 32", "above 0", "at least 1".</summary>
    public static string Words(RangeAttribute range)
    {
        var (low, high) = (Number(range.Minimum), Number(range.Maximum));
        var from = range.MinimumIsExclusive ? $"above {low}" : $"at least {low}";
        var to = range.MaximumIsExclusive ? $"below {high}" : $"at most {high}";
        return IsOpen(range) ? from
            : !range.MinimumIsExclusive && !range.MaximumIsExclusive ? $"from {low} to {high}" : $"{from} and {to}";
    }

    /// <summary>Whether a range has no upper end.</summary>
    public static bool IsOpen(RangeAttribute range) =>
        range.Maximum is int.MaxValue or double.MaxValue or double.PositiveInfinity;

    private static string Number(object value) => Convert.ToString(value, CultureInfo.InvariantCulture)!;
}
