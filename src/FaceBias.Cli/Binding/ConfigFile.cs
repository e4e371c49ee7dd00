using System.Text.Json;
using FaceBias.Workflows.RunFolders;

namespace FaceBias.Cli.Binding;

/// <summary>Options from a JSON file, by the names that they have on the command line without dashes. A run's folder or
/// its <c>run.json</c> is such a file, and so is what <c>facebias init</c> writes: they also name their command, which
/// then need not be typed. What is typed goes before what the file says.</summary>
internal static class ConfigFile
{
    /// <summary>Names in a file: its command, a run's command, and what was typed for it.</summary>
    private const string CommandName = "command", JobName = "job", Arguments = "arguments";

    /// <summary>Adds what a file says to a command line.</summary>
    /// <param name="path">The file, or the folder of a run.</param>
    /// <param name="command">The command that was typed; the root where there is none.</param>
    /// <exception cref="FaceBiasException">It cannot be read, is of another command, or names an option that the
    /// command does not have.</exception>
    public static string[] Expand(string path, string[] arguments, Command command, RootCommand root)
    {
        if (Directory.Exists(path))
            path = Path.Combine(path, RunFolder.RecordFile);
        var (name, options) = Read(path);
        var added = new List<string>(arguments);
        if (command is RootCommand)
        {
            command = root.Subcommands.FirstOrDefault(c => c.Name == name) ?? throw new FaceBiasException(
                name is null ? $"'{path}' does not say its command; type it: facebias COMMAND --config {path}."
                    : $"'{path}' is of the command '{name}', which is none.");
            added.Insert(0, command.Name);
        }
        else if (name is not null && name != command.Name)
        {
            throw new FaceBiasException(
                $"'{path}' is of 'facebias {name}', not of 'facebias {command.Name}'; type: facebias {name} --config {path}.");
        }
        string[] known = [.. command.Options.Select(o => o.Name)];
        foreach (var (option, value) in options)
        {
            var flag = "--" + option;
            if (!known.Contains(flag))
                throw new FaceBiasException(
                    $"'{path}' sets '{option}', which is no option of 'facebias {command.Name}'{Nearest.Hint(flag, known)}.");
            if (arguments.Any(a => a == flag || a.StartsWith(flag + "=", StringComparison.Ordinal)))
                continue;
            switch (value.ValueKind)
            {
                case JsonValueKind.True: added.Add(flag); break;
                case JsonValueKind.False or JsonValueKind.Null: break;
                case JsonValueKind.Array: added.AddRange([flag, .. value.EnumerateArray().Select(Text)]); break;
                default: added.AddRange([flag, Text(value)]); break;
            }
        }
        return [.. added];

        string Text(JsonElement value) => value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!,
            JsonValueKind.Number => value.GetRawText(),
            _ => throw new FaceBiasException(
                $"'{path}' holds '{value.GetRawText()}' where a text or a number belongs."),
        };
    }

    private static (string? Command, List<(string Name, JsonElement Value)> Options) Read(string path)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllText(path),
                new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            var root = json.RootElement.Clone();
            string? command = null;
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("artefacts", out _))
            {
                command = Named(root, JobName);
                root = root.TryGetProperty(Arguments, out var typed) ? typed : throw new FaceBiasException(
                    $"'{path}' does not say what was typed: the run was made from code, within another command, or by "
                        + "an earlier version. Write a file of options instead.");
            }
            else if (root.ValueKind == JsonValueKind.Object)
            {
                command = Named(root, CommandName);
            }
            return root.ValueKind == JsonValueKind.Object
                ? (command, [.. root.EnumerateObject().Where(p => p.Name != CommandName)
                    .Select(p => (p.Name, p.Value))])
                : throw new FaceBiasException(
                    $"'{path}' must hold an object of options, such as {{ \"images\": [\"faces\"], \"epochs\": 10 }}.");
        }
        catch (JsonException e)
        {
            throw new FaceBiasException($"'{path}' is no JSON: {e.Message.Split(" Path:")[0].TrimEnd('.')}.", e);
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            throw FileFault.Of($"Cannot read '{path}'", e, kind: ErrorKind.Missing);
        }
    }

    private static string? Named(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
