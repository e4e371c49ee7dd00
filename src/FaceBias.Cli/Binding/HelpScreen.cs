using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Text.RegularExpressions;
using FaceBias.Primitives.Options;

namespace FaceBias.Cli.Binding;

/// <summary>Help in groups: what most users need first, with an example; then everything under its heading.</summary>
internal sealed class HelpScreen : SynchronousCommandLineAction
{
    private const int NameWidth = 34, Indent = 2;

    /// <summary>The commands by what they are for, as the first screen lists them.</summary>
    private static readonly (string Heading, string[] Commands)[] s_commands =
    [
        ("Start", ["quickstart", "init", "train", "audit"]),
        ("Look closer", ["curate", "explain", "errors", "compare", "open"]),
        ("Improve", ["mitigate", "sweep", "uncertainty"]),
        ("On many machines", ["features", "plan", "run", "merge", "submit"]),
        ("Use", ["predict", "serve", "export", "card", "check"]),
        ("Data and models", ["models", "synth", "bounty8bit", "score", "cache", "completion"]),
    ];

    /// <summary>Replaces the help of a command line.</summary>
    public static void Use(RootCommand root)
    {
        foreach (var help in root.Options.OfType<HelpOption>())
        {
            help.Action = new HelpScreen();
            // A path may begin so.
            help.Aliases.Remove("/?");
            help.Aliases.Remove("/h");
        }
    }

    public override int Invoke(ParseResult parseResult)
    {
        Write(parseResult.InvocationConfiguration.Output, parseResult.CommandResult.Command,
            Words(parseResult.CommandResult));
        return 0;
    }

    /// <summary>The first screen: what a newcomer does next.</summary>
    public static void Welcome(TextWriter output) => output.WriteLine("""
        facebias finds out for whom a face or image classifier fails, and repairs it.

        New here?
          facebias quickstart                          draws faces with a planted bias, finds it and repairs it
          facebias open quickstart/run                 shows the report
          facebias init faces labels.csv               looks at your files and proposes the command

        You have                                       then
          images and labels                            facebias train --images faces --labels labels.csv --targets gender --out runs/first
          somebody's predictions as a table            facebias audit --predictions answers.csv --truth label --prediction answer --out audit
          a model as a black box                       facebias audit --model FILE.onnx --classes smile=no,yes --images faces --labels labels.csv --out audit
          a run that fails some group                  facebias mitigate --run runs/first --target gender --bias race --out runs/mitigated

        'facebias --help' lists all commands, 'facebias COMMAND --help' its options.
        """);

    private static void Write(TextWriter output, Command command, string words)
    {
        output.WriteLine(command.Description);
        var options = command.Options.Select(o => (Option: o, Property: BoundOption.Property(o)))
            .Where(o => o.Property is not null).ToArray();
        var required = options.Where(o => o.Option.Required).Select(
            o => $" {o.Option.Name} {ValueName(o.Option, o.Property!)}");
        var arguments = command.Arguments.Select(a => (a.Arity.MinimumNumberOfValues > 0
            ? $" {a.Name.ToUpperInvariant()}" : $" [{a.Name.ToUpperInvariant()}]")
            + (a.Arity.MaximumNumberOfValues > 1 ? " ..." : ""));
        output.WriteLine();
        var more = options.Length > 0 ? " [options]" : command.Subcommands.Count > 0 ? " COMMAND" : "";
        output.WriteLine($"Usage:    {words}{string.Concat(arguments)}{string.Concat(required)}{more}");
        if (Job.Examples.TryGetValue(command, out var example))
            output.WriteLine($"Example:  facebias {example}");
        foreach (var argument in command.Arguments)
            Item(output, argument.Name.ToUpperInvariant(), argument.Description ?? "");
        Commands(output, command);
        var common = options.Where(o => o.Option.Required || o.Property!.Attribute.Common).OrderByDescending(
            o => o.Option.Required).ToArray();
        Group(output, "Most used", common);
        foreach (var group in options.Except(common).GroupBy(o => o.Property!.Attribute.Group).OrderBy(g => g.Key))
            Group(output, group.Key == OptionGroup.FineTuning ? "Fine-tuning" : group.Key.ToString(), group);
        output.WriteLine();
        output.WriteLine(
            "Every command: --quiet (results and failures only), --verbose, --json (lines of JSON for programs), "
                + "--config FILE.json");
    }

    private static void Commands(TextWriter output, Command command)
    {
        var visible = command.Subcommands.Where(c => !c.Hidden).ToDictionary(c => c.Name);
        if (visible.Count == 0)
            return;
        if (command is not RootCommand)
        {
            Heading(output, "Commands");
            foreach (var inner in visible.Values)
                Item(output, inner.Name, inner.Description ?? "");
            return;
        }
        foreach (var (heading, names) in s_commands)
        {
            Heading(output, heading);
            foreach (var name in names)
                if (visible.Remove(name, out var inner))
                    Item(output, name, inner.Description ?? "");
        }
        if (visible.Count > 0)
            Heading(output, "More");
        foreach (var inner in visible.Values)
            Item(output, inner.Name, inner.Description ?? "");
    }

    private static void Group(TextWriter output, string heading,
        IEnumerable<(Option Option, OptionProperty? Property)> options)
    {
        var first = true;
        foreach (var (option, property) in options)
        {
            if (first)
                Heading(output, heading);
            first = false;
            string[] notes =
            [
                .. option.Required ? ["required"] : Array.Empty<string>(),
                .. property!.Range is { } range ? [OptionText.Words(range)] : Array.Empty<string>(),
                .. !option.Required && property.DefaultText is { } value ? [$"default {value}"] : Array.Empty<string>(),
            ];
            Item(output, $"{option.Name} {ValueName(option, property)}".TrimEnd(),
                (option.Description ?? "") + (notes.Length > 0 ? $" [{string.Join("; ", notes)}]" : ""));
        }
    }

    private static string ValueName(Option option, OptionProperty property) => property.IsSwitch ? ""
        : option.HelpName ?? (property.Type == typeof(string) || property.Parser is not null ? "VALUE" : "N");

    private static void Heading(TextWriter output, string text)
    {
        output.WriteLine();
        output.WriteLine(ConsoleStyle.Bold($"{text}:", output));
    }

    private static void Item(TextWriter output, string name, string text)
    {
        var width = Math.Max(40, ConsoleStyle.Width - NameWidth);
        var left = new string(' ', Indent) + name;
        if (left.Length >= NameWidth - 1)
        {
            output.WriteLine(left);
            left = "";
        }
        foreach (var line in Wrapped(text, width))
        {
            output.WriteLine((left.PadRight(NameWidth) + line).TrimEnd());
            left = "";
        }
    }

    private static IEnumerable<string> Wrapped(string text, int width)
    {
        var line = "";
        foreach (var word in Regex.Split(text, " +"))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line;
                line = "";
            }
            line += line.Length == 0 ? word : " " + word;
        }
        yield return line;
    }

    private static string Words(System.CommandLine.Parsing.CommandResult result) =>
        result.Parent is System.CommandLine.Parsing.CommandResult parent
            ? $"{Words(parent)} {result.Command.Name}" : "facebias";
}
