using System.Text;

namespace FaceBias.Cli.Commands;

/// <summary>Writes the reference of the command line as Markdown, from its own definition.</summary>
internal static class CommandReference
{
    /// <summary>The page: a table of all commands, then one section for each.</summary>
    public static string Compose(IReadOnlyList<CommandDescription> commands)
    {
        var text = new StringBuilder($"""
            <!-- Generated from the command line's definition: ./run.sh describe --markdown docs/reference/command-line.md -->
            # Command line

            `./run.sh COMMAND ...` in this repository, `facebias COMMAND ...` elsewhere. `--help` after any command prints the same.
            The exit code is 0 where all went well, {CommandLine.InputError} where the input is at fault, {CommandLine.Fault} where the program is, {CommandLine.Busy} where another
            process has the folder, a server or a storage did not answer, or memory is short, and the same command may work later, {CommandLine.Never}
            where no repetition helps, by which a cluster gives a shard up (`run` and `merge`: the plan or a file that it was made with was
            changed or is damaged), {CommandLine.Cancelled} after Ctrl-C.
            Every command takes `--quiet` (results and failures only), `--verbose`, `--json` (events and results as lines of JSON on standard output) and
            `--config FILE.json` (an object of options by their names without dashes; what is typed goes first). `NO_COLOR` turns colours off.
            `facebias completion install` completes commands, options and values in bash, zsh and PowerShell. 3 is the exit code of a failed
            check that was asked for, such as `audit --fail-on gap`.
            Options marked *several* take more than one value: `--groups race gender`, or `--groups race,gender` where they are names.

            | command | what it does |
            |---|---|

            """);
        foreach (var command in commands)
            Row(text, $"[{command.Name}](#facebias-{command.Name.Replace(' ', '-')})", command.Description);
        foreach (var command in commands)
            Section(text, command);
        return text.ToString();
    }

    private static void Section(StringBuilder text, CommandDescription command)
    {
        var required = command.Options.Where(o => o.Required).Select(o => $" {o.Name} ...");
        text.Append($"\n## facebias {command.Name}\n\n{command.Description}\n\n```\nfacebias {command.Name}");
        text.AppendJoin("",
            command.Arguments.Select(
                a => a.Required ? $" {a.Name.ToUpperInvariant()}" : $" [{a.Name.ToUpperInvariant()}]"));
        text.AppendJoin("", required).Append(command.Options.Any(o => !o.Required) ? " [options]" : "")
            .Append("\n```\n");
        if (command.Arguments.Count > 0)
            text.Append("\n| argument | what |\n|---|---|\n");
        foreach (var argument in command.Arguments)
            Row(text, $"`{argument.Name.ToUpperInvariant()}`", argument.Description);
        if (command.Options.Count > 0)
            text.Append("\n| option | value | default | what |\n|---|---|---|---|\n");
        foreach (var option in command.Options.OrderByDescending(o => o.Required))
            Row(text, $"`{option.Name}`", Value(option),
                option.Required ? "required" : option.Default is { } value ? $"`{value}`" : "",
                option.Description);
    }

    private static string Value(OptionDescription option)
    {
        var kind = option.Values.Count > 0 ? string.Join(", ", option.Values.Select(v => $"`{v}`")) : option.Kind switch
        {
            OptionKind.Switch => "",
            OptionKind.Integer => "whole number",
            OptionKind.Number => "number",
            _ => "text",
        };
        if (option.Range is { } range)
            kind = $"{kind}, {range}";
        return option.Many ? $"{kind}, several" : kind;
    }

    private static void Row(StringBuilder text, params string[] cells) =>
        text.Append("| ").AppendJoin(" | ",
            cells.Select(c => c.Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "&lt;",
                StringComparison.Ordinal))).Append(" |\n");
}
