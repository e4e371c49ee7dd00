namespace FaceBias.Cli.Binding;

/// <summary>Colours, where the output is a terminal that wants them (https://no-color.org), and its width.</summary>
internal static class ConsoleStyle
{
    private static readonly (string Word, string Code)[] s_verdicts =
        [("GAP SHOWN", "31;1"), ("within margin", "32"), ("not enough data", "33"), ("not estimable", "2"),
            ("no verdict", "2")];

    /// <summary>Columns of the terminal; 100 where there is none.</summary>
    public static int Width
    {
        get
        {
            try
            {
                return Console.IsOutputRedirected ? 100 : Math.Clamp(Console.WindowWidth, 60, 140);
            }
            catch (IOException)
            {
                return 100;
            }
        }
    }

    private static bool IsColoured(TextWriter output) =>
        ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected
        && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
        && Environment.GetEnvironmentVariable("TERM") != "dumb";

    public static string Bold(string text, TextWriter output) => IsColoured(output) ? $"\e[1m{text}\e[0m" : text;

    /// <summary>A line of a summary, with its verdict in colour.</summary>
    public static string Verdict(string line, TextWriter output)
    {
        if (!IsColoured(output))
            return line;
        foreach (var (word, code) in s_verdicts)
            if (line.StartsWith(word, StringComparison.Ordinal))
                return $"\e[{code}m{word}\e[0m{line[word.Length..]}";
        return line.StartsWith("verdict  ", StringComparison.Ordinal) ? Bold(line, output) : line;
    }
}
