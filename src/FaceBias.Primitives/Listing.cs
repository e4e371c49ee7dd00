namespace FaceBias;

/// <summary>Names within sentences.</summary>
internal static class Listing
{
    /// <summary>'a', 'b', 'c'.</summary>
    public static string Quoted(this IEnumerable<string> names) => string.Join(", ", names.Select(n => $"'{n}'"));
}
