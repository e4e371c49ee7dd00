using System.CommandLine.Parsing;

namespace FaceBias.Cli;

/// <summary>Options that had another name. Whoever types the old one is told the new one; help and descriptions do not
/// list it.</summary>
internal static class RenamedOptions
{
    /// <summary>The command, the old name, and what to type instead.</summary>
    public static IReadOnlyList<(string Command, string Old, string New)> All { get; } =
    [
        ("train", "--average", "--ema-decay"),
        ("train", "--backbone-share", "--backbone-lr-multiplier"),
        ("train", "--accumulate", "--accumulation-steps"),
        ("train", "--keep-one", "--near keep-best"),
        ("mitigate", "--batch", "--batch-size"),
    ];

    /// <summary>A sentence about the first old name on a command line; null if there is none.</summary>
    public static string? Sentence(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command.Name;
        var typed = parsed.Tokens.TakeWhile(t => t.Type != TokenType.DoubleDash).Select(t => t.Value.Split('=', ':')[0])
            .ToHashSet();
        foreach (var (owner, old, @new) in All)
            if (owner == command && typed.Contains(old))
                return $"{old} of 'facebias {command}' is now {@new}.";
        return null;
    }
}
