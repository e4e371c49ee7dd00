using System.Text.Json;

namespace FaceBias.Cli.Binding;

/// <summary>Options from a JSON file, by the names that they have on the command line without dashes; a run's
/// <c>run.json</c> has them under <c>arguments</c>. What is typed goes before what the file says.</summary>
internal static class ConfigFile
{
    /// <summary>The name under which a run's record has what was typed.</summary>
    private const string Arguments = "arguments";

    /// <summary>Adds what a file says to a command line.</summary>
    /// <param name="path">The file.</param>
    /// <param name="arguments">What was typed, the command first.</param>
    /// <param name="known">The options of the command.</param>
    /// <exception cref="FaceBiasException">It cannot be read, or names an option that the command does not
    /// have.</exception>
    public static string[] Expand(string path, string[] arguments, IReadOnlyCollection<string> known)
    {
        var added = new List<string>(arguments);
        foreach (var (name, value) in Read(path))
        {
            var flag = "--" + name;
            if (!known.Contains(flag))
                throw new FaceBiasException(
                    $"'{path}' sets '{name}', which is no option of this command{Nearest.Hint(flag, known)}.");
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

    private static List<(string Name, JsonElement Value)> Read(string path)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllText(path),
                new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            var root = json.RootElement.Clone();
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("artefacts", out _))
            {
                root = root.TryGetProperty(Arguments, out var typed) ? typed
                    : throw new FaceBiasException(
                        $"'{path}' does not say what was typed; it was written by a program. Write a file of options instead.");
            }
            return root.ValueKind == JsonValueKind.Object ? [.. root.EnumerateObject().Select(p => (p.Name, p.Value))]
                : throw new FaceBiasException(
                    $"'{path}' must hold an object of options, such as {{ \"images\": [\"faces\"], \"epochs\": 10 }}.");
        }
        catch (JsonException e)
        {
            throw new FaceBiasException($"'{path}' is no JSON: {e.Message.Split(" Path:")[0].TrimEnd('.')}.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FaceBiasException($"Cannot read '{path}': {e.Message.TrimEnd('.')}.", e, ErrorKind.Missing);
        }
    }
}
