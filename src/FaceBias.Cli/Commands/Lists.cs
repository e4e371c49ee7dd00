using FaceBias.Primitives.Tables;

namespace FaceBias.Cli.Commands;

/// <summary>Options that take several values, by commas or by repetition.</summary>
internal static class Lists
{
    public static string[] Split(string[]? values) =>
        [.. (values ?? []).SelectMany(v => v.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).Distinct()];
}
