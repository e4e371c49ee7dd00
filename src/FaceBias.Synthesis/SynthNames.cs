using System.Text.Json;

namespace FaceBias.Synthesis;

/// <summary>Names of attribute values in specs and tables: the names of the enums in snake case.</summary>
internal static class SynthNames
{
    public static IReadOnlyList<string> All<T>() where T : struct, Enum => Names<T>.All;

    public static string Of<T>(T value) where T : struct, Enum => Names<T>.All[Convert.ToInt32(value, null)];

    public static string YesNo(bool value) => value ? "yes" : "no";

    public static IReadOnlyList<string> NoYes { get; } = ["no", "yes"];

    public static IReadOnlyList<string> Splits { get; } = ["train", "validation", "test"];

    /// <summary>Weights in the order of the names; a name that is missing weighs nothing.</summary>
    public static double[] Weights(this IReadOnlyDictionary<string, double> distribution,
        IReadOnlyList<string> names) =>
        [.. names.Select(n => distribution.GetValueOrDefault(n))];

    private static class Names<T> where T : struct, Enum
    {
        public static readonly string[] All =
            [.. Enum.GetNames<T>().Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)];
    }
}
