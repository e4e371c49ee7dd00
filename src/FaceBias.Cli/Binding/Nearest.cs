namespace FaceBias.Cli.Binding;

/// <summary>The name that somebody may have meant.</summary>
internal static class Nearest
{
    /// <summary>The nearest of some names; null where none is near.</summary>
    public static string? Of(string typed, IEnumerable<string> names) => names
        .Select(n => (Name: n, Distance: Distance(typed, n)))
        .Where(n => n.Distance <= Math.Max(1, n.Name.TrimStart('-').Length / 3)
            || (typed.Length > 4 && n.Name.StartsWith(typed, StringComparison.Ordinal)))
        .OrderBy(n => n.Distance).ThenBy(n => n.Name, StringComparer.Ordinal).Select(n => n.Name).FirstOrDefault();

    /// <summary>"; did you mean '--images'?", or nothing.</summary>
    public static string Hint(string typed, IEnumerable<string> names) =>
        Of(typed, names) is { } near ? $"; did you mean '{near}'?" : "";

    /// <summary>Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).</summary>
    internal static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
            for (var j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    d[i, j] = i + j;
                    continue;
                }
                var same = a[i - 1] == b[j - 1] ? 0 : 1;
                d[i, j] = Math.Min(Math.Min(d[i - 1, j] + 1, d[i, j - 1] + 1), d[i - 1, j - 1] + same);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        return d[a.Length, b.Length];
    }
}
