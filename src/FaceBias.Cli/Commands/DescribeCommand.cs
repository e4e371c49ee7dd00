using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using FaceBias.Cli.PowerShell;
using FaceBias.Primitives.Json;
using FaceBias.Primitives.Options;
using FaceBias.Workflows.Sweep;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias describe</c>: the command line's own definition as JSON, for programs that call it:
/// completions, the PowerShell module, the reference of the command line, and the checks of all three.</summary>
internal static partial class DescribeCommand
{
    public static Command Create(Func<RootCommand> root)
    {
        var command = Job.Command<Arguments>("describe", "Prints every command with its arguments and options as JSON.",
            "describe", (options, job) =>
        {
            var commands = Of(root());
            if (options.Markdown is { } path)
                AtomicFile.WriteText(path, CommandReference.Compose(commands));
            if (options.Powershell is { } folder)
                job.Lines(PowerShellModule.Write(folder, commands).Select(file => Path.Combine(folder, file)));
            if (options.SweepSchema is { } schema)
                AtomicFile.WriteText(schema, SpaceSchema.Compose());
            if (options is { Markdown: null, Powershell: null, SweepSchema: null })
                job.Line(JsonSerializer.Serialize(commands, CoreJson.Options));
            return 0;
        });
        command.Hidden = true;
        return command;
    }

    internal sealed record Arguments
    {
        [Option("Writes the functions of the PowerShell module in this folder instead.", ValueName = "DIR")]
        public string? Powershell { get; init; }

        [Option("Writes the reference of the command line into this file instead.", ValueName = "FILE.md")]
        public string? Markdown { get; init; }

        [Option("Writes the JSON schema of a sweep's space into this file instead.", ValueName = "FILE.json")]
        public string? SweepSchema { get; init; }
    }

    /// <summary>Every command that does something, by its words: "score bounty8bit".</summary>
    public static IReadOnlyList<CommandDescription> Of(Command root) =>
        [.. root.Subcommands.SelectMany(c => Walk(c, ""))];

    private static IEnumerable<CommandDescription> Walk(Command command, string parents)
    {
        var name = parents + command.Name;
        // Completion is of shells; PowerShell has its own.
        if (command.Action is not null && !command.Hidden && parents != "completion ")
            yield return new(name, command.Description ?? "",
                [.. command.Arguments.Select(
                    a => new ArgumentDescription(a.Name, a.Arity.MinimumNumberOfValues > 0, a.Description ?? "",
                        a.Arity.MaximumNumberOfValues > 1))],
                Options(command));
        foreach (var inner in command.Subcommands.SelectMany(c => Walk(c, name + " ")))
            yield return inner;
    }

    private static OptionDescription? Describe(Option option)
    {
        if (BoundOption.Property(option) is not { } property)
            return null;
        var type = property.Parser is null ? property.Type : typeof(string);
        var kind = property.IsSwitch ? OptionKind.Switch
            : type == typeof(int) || type == typeof(long) || type == typeof(ulong) ? OptionKind.Integer
            : type == typeof(double) || type == typeof(float) ? OptionKind.Number
            : OptionKind.Text;
        return new(option.Name, option.Required, kind, property.IsMany, property.Required ? null : property.DefaultText,
            property.Values,
            option.Description ?? "", property.Attribute.Group,
            property.Range is { } range ? OptionText.Words(range) : null)
        { OneOf = property.Attribute.OneOf };
    }

    /// <summary>A command's options; those that go with one of some that exclude each other say so, by their
    /// descriptions.</summary>
    private static OptionDescription[] Options(Command command)
    {
        var options = command.Options.Select(o => (Option: o, Description: Describe(o))).ToList();
        var choices = options.Where(o => o.Description?.OneOf == true).Select(o => o.Option.Name)
            .ToHashSet(StringComparer.Ordinal);
        return [.. options.Where(o => o.Description is not null).Select(o => o.Description! with
        {
            Set = choices.Contains(o.Option.Name) ? o.Option.Name
                : !BoundOption.IsShared(o.Option) && With().Match(o.Description.Description) is { Success: true } m
                    && choices.Contains(m.Groups[2].Value)
                    ? m.Groups[1].Value == "With" ? m.Groups[2].Value : $"without {m.Groups[2].Value}" : null,
        })];
    }

    [GeneratedRegex(@"^(With|Without) (--[\w-]+): ")]
    private static partial Regex With();
}

/// <summary>A command.</summary>
/// <param name="Arguments">What follows without a name, in order.</param>
internal sealed record CommandDescription(
    string Name, string Description, IReadOnlyList<ArgumentDescription> Arguments,
    IReadOnlyList<OptionDescription> Options);

/// <summary>An argument.</summary>
internal sealed record ArgumentDescription(string Name, bool Required, string Description, bool Many = false);

/// <summary>What an option's value is.</summary>
internal enum OptionKind
{
    /// <summary>There is none: it is given or not.</summary>
    Switch,

    /// <summary>A whole number.</summary>
    Integer,

    Number,

    /// <summary>A word, a path, or values with separators of their own.</summary>
    Text,
}

/// <summary>An option.</summary>
/// <param name="Required">Whether the command refuses to run without it.</param>
/// <param name="Many">Whether it takes several values.</param>
/// <param name="Default">The value without it, if there is one.</param>
/// <param name="Values">The values that it takes; empty for any.</param>
/// <param name="Group">Where help lists it.</param>
/// <param name="Range">Its range in words; null for any.</param>
internal sealed record OptionDescription(
    string Name, bool Required, OptionKind Kind, bool Many, string? Default, IReadOnlyList<string> Values,
    string Description,
    OptionGroup Group, string? Range)
{
    /// <summary>Whether it is one of the options of which exactly one is given.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool OneOf { get; init; }

    /// <summary>That of these with which alone it goes, "without --run" for their absence; null for any.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Set { get; init; }
}
