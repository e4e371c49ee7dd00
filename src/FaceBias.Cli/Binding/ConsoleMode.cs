using System.CommandLine.Parsing;

namespace FaceBias.Cli.Binding;

/// <summary>How much a command says, and in which form; the options of every command.</summary>
/// <param name="Quiet">Results and failures only.</param>
/// <param name="Verbose">Also how long each step took, and where a failure comes from.</param>
/// <param name="Json">Lines of JSON on standard output instead of text.</param>
internal sealed record ConsoleMode(bool Quiet, bool Verbose, bool Json)
{
    private static readonly Option<bool> s_quiet = Switch("--quiet"), s_verbose = Switch("--verbose"),
        s_json = Switch("--json");

    /// <summary>The file that <c>--config</c> names.</summary>
    public static Option<string?> Config { get; } = new("--config") { Recursive = true, Hidden = true };

    /// <summary>Adds the options.</summary>
    public static void AddTo(RootCommand root)
    {
        foreach (var option in (Option[])[s_quiet, s_verbose, s_json, Config])
            root.Options.Add(option);
    }

    /// <summary>The mode of a command line; the usual one where a command was parsed alone.</summary>
    public static ConsoleMode Of(ParseResult parsed) =>
        new(Is(parsed, s_quiet), Is(parsed, s_verbose), Is(parsed, s_json));

    private static bool Is(ParseResult parsed, Option<bool> option) =>
        parsed.GetResult(option) is OptionResult result && result.GetValueOrDefault<bool>();

    private static Option<bool> Switch(string name) => new(name) { Recursive = true, Hidden = true };
}
