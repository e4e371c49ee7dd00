using System.CommandLine;
using System.CommandLine.Completions;
using System.Globalization;
using System.Text.Json;
using FaceBias.Cli.PowerShell;
using FaceBias.Primitives.Json;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias describe</c>: the command line's own definition as JSON, for programs that call it: completions, the
/// PowerShell module, the reference of the command line, and the checks of all three.</summary>
internal static class DescribeCommand
{
    public static Command Create(Func<RootCommand> root)
    {
        var module = new Option<string?>("--powershell") { Description = "Writes the functions of the PowerShell module in this folder instead.", HelpName = "DIR" };
        var page = new Option<string?>("--markdown") { Description = "Writes the reference of the command line into this file instead.", HelpName = "FILE.md" };
        var command = new Command("describe", "Prints every command with its arguments and options as JSON.") { module, page };
        command.Hidden = true;
        command.SetAction(parsed =>
        {
            var commands = Of(root());
            if (parsed.GetValue(page) is { } path)
                AtomicFile.WriteText(path, CommandReference.Compose(commands));
            if (parsed.GetValue(module) is { } folder)
                foreach (var file in PowerShellModule.Write(folder, commands))
                    parsed.InvocationConfiguration.Output.WriteLine(Path.Combine(folder, file));
            if (parsed.GetValue(page) is null && parsed.GetValue(module) is null)
                parsed.InvocationConfiguration.Output.WriteLine(JsonSerializer.Serialize(commands, CoreJson.Options));
        });
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
                [.. command.Options.Where(o => !o.Hidden && o.Name.StartsWith("--", StringComparison.Ordinal) && o.Name is not "--help" and not "--version").Select(Describe)]);
        foreach (var inner in command.Subcommands.SelectMany(c => Walk(c, name + " ")))
            yield return inner;
    }

    private static OptionDescription Describe(Option option)
    {
        var type = Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType;
        var kind = type == typeof(bool) ? OptionKind.Switch
            : type == typeof(int) || type == typeof(long) || type == typeof(ulong) ? OptionKind.Integer
            : type == typeof(double) || type == typeof(float) ? OptionKind.Number
            : OptionKind.Text;
        string[] values = kind == OptionKind.Switch ? [] : [.. option.GetCompletions(CompletionContext.Empty).Select(c => c.Label)];
        var standard = option.HasDefaultValue && kind != OptionKind.Switch ? option.GetDefaultValue() : null;
        return new(option.Name, option.Required, kind, option.Arity.MaximumNumberOfValues > 1,
            standard is null or "" or Array ? null : standard is Enum ? JsonNamingPolicy.KebabCaseLower.ConvertName(standard.ToString()!) : Convert.ToString(standard, CultureInfo.InvariantCulture), values, option.Description ?? "");
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

/// <summary>What an option's value is.</summary>
internal enum OptionKind
{
    /// <summary>There is none: it is given or not.</summary>
    Switch,

    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>A number.</summary>
    Number,

    /// <summary>A word, a path, or values with separators of their own.</summary>
    Text,
}

/// <summary>An option.</summary>
/// <param name="Name">With its dashes.</param>
/// <param name="Required">Whether the command refuses to run without it.</param>
/// <param name="Kind">What its value is.</param>
/// <param name="Many">Whether it takes several values.</param>
/// <param name="Default">The value without it, if there is one.</param>
/// <param name="Values">The values that it takes; empty for any.</param>
/// <param name="Description">What it is for.</param>
internal sealed record OptionDescription(
    string Name, bool Required, OptionKind Kind, bool Many, string? Default, IReadOnlyList<string> Values, string Description);
