using System.CommandLine;
using System.Text.Json;
using FaceBias.Primitives.Json;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias describe</c>: the command line's own definition as JSON, for programs that call it: completions, the
/// PowerShell module, and the checks of both.</summary>
internal static class DescribeCommand
{
    public static Command Create(Func<RootCommand> root)
    {
        var command = new Command("describe", "Prints every command with its arguments and options as JSON.") { Hidden = true };
        command.SetAction(parsed => parsed.InvocationConfiguration.Output.WriteLine(JsonSerializer.Serialize(Of(root()), CoreJson.Options)));
        return command;
    }

    /// <summary>Every command that does something, by its words: "score bounty8bit".</summary>
    public static IReadOnlyList<CommandDescription> Of(Command root) => [.. root.Subcommands.SelectMany(c => Walk(c, ""))];

    private static IEnumerable<CommandDescription> Walk(Command command, string parents)
    {
        var name = parents + command.Name;
        if (command.Action is not null && !command.Hidden)
            yield return new(name, command.Description ?? "",
                [.. command.Arguments.Select(a => new ArgumentDescription(a.Name, a.Arity.MinimumNumberOfValues > 0, a.Description ?? ""))],
                [.. command.Options.Where(o => !o.Hidden && o.Name.StartsWith("--", StringComparison.Ordinal) && o.Name is not "--help" and not "--version")
                    .Select(o => new OptionDescription(o.Name, o.Required, o.ValueType == typeof(bool), o.Arity.MaximumNumberOfValues > 1, o.Description ?? ""))]);
        foreach (var inner in command.Subcommands.SelectMany(c => Walk(c, name + " ")))
            yield return inner;
    }
}

/// <summary>A command.</summary>
/// <param name="Name">Its words.</param>
/// <param name="Description">What it does.</param>
/// <param name="Arguments">What follows without a name, in order.</param>
/// <param name="Options">What is given by name.</param>
internal sealed record CommandDescription(
    string Name, string Description, IReadOnlyList<ArgumentDescription> Arguments, IReadOnlyList<OptionDescription> Options);

/// <summary>An argument.</summary>
internal sealed record ArgumentDescription(string Name, bool Required, string Description);

/// <summary>An option.</summary>
/// <param name="Name">With its dashes.</param>
/// <param name="Required">Whether the command refuses to run without it.</param>
/// <param name="IsSwitch">Whether it takes no value.</param>
/// <param name="Many">Whether it takes several values.</param>
/// <param name="Description">What it is for.</param>
internal sealed record OptionDescription(string Name, bool Required, bool IsSwitch, bool Many, string Description);
