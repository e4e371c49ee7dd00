using System.Text;
using System.Text.Json;
using FaceBias.Cli.Commands;
using FaceBias.Primitives.Json;

namespace FaceBias.Cli.PowerShell;

/// <summary>Writes the functions of the PowerShell module: one for each command, with a parameter for each option.</summary>
internal static class PowerShellModule
{
    /// <summary>Writes <c>commands.json</c> and <c>Public/FUNCTION.ps1</c> into the module's folder, which holds
    /// <c>functions.json</c>.</summary>
    /// <returns>The files.</returns>
    public static IReadOnlyList<string> Write(string folder, IReadOnlyList<CommandDescription> commands)
    {
        var files = Compose(ReadFunctions(folder), commands);
        foreach (var (name, text) in files)
            AtomicFile.WriteText(Path.Combine(folder, name), text);
        return [.. files.Keys];
    }

    /// <summary>The functions that <c>functions.json</c> of a folder lists.</summary>
    public static IReadOnlyList<PowerShellFunction> ReadFunctions(string folder)
    {
        var path = Path.Combine(folder, "functions.json");
        try
        {
            return JsonSerializer.Deserialize<List<PowerShellFunction>>(File.ReadAllText(path), CoreJson.Options) ?? [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new FaceBiasException($"Cannot read '{path}': {e.Message.TrimEnd('.')}; name the folder of the module, pipelines/FaceBias.", e);
        }
    }

    /// <summary>The texts of the files by their names.</summary>
    public static SortedDictionary<string, string> Compose(IEnumerable<PowerShellFunction> functions, IReadOnlyList<CommandDescription> commands)
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["commands.json"] = JsonSerializer.Serialize(commands, CoreJson.Options) + "\n" };
        foreach (var function in functions)
            files[$"Public/{function.Function}.ps1"] = Function(function, commands.FirstOrDefault(c => c.Name == function.Command)
                ?? throw new FaceBiasException($"{function.Function} calls '{function.Command}', which is no command; correct functions.json."));
        return files;
    }

    /// <summary>The parameter of an option: NearDistance for --near-distance.</summary>
    public static string Parameter(string option) => string.Concat(option.TrimStart('-').Split('-').Select(w => char.ToUpperInvariant(w[0]) + w[1..]));

    private static string Function(PowerShellFunction function, CommandDescription command)
    {
        var text = new StringBuilder();
        text.Append("# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias\n");
        text.Append("function ").Append(function.Function).Append(" {\n    <#\n");
        Help(text, ".SYNOPSIS", command.Description);
        if (function.Description is { } description)
            Help(text, ".DESCRIPTION", description);
        foreach (var argument in command.Arguments)
            Help(text, ".PARAMETER " + Parameter(argument.Name), argument.Description);
        foreach (var option in command.Options)
            Help(text, ".PARAMETER " + Parameter(option.Name), option.Default is { } value ? $"{option.Description} The default is {value}." : option.Description);
        Help(text, ".OUTPUTS", function.Output);
        foreach (var example in function.Examples)
            Help(text, ".EXAMPLE", example);
        text.Append("    #>\n    [CmdletBinding(SupportsShouldProcess)]\n    [OutputType('").Append(function.Output.Split(':')[0]).Append("')]\n    param(\n");
        text.AppendJoin(",\n", command.Arguments.Select(Declare)
            .Concat(command.Options.OrderByDescending(o => o.Required).Select(o => Declare(o, o.Name.TrimStart('-') == function.Pipeline)))
            .Select(line => "        " + line));
        text.Append("\n    )\n");
        var positional = command.Arguments.Count == 0 ? "" : $" -Positional {string.Join(", ", command.Arguments.Select(a => $"'{Parameter(a.Name)}'"))}";
        var call = $"if (Invoke-FaceBias -Command '{command.Name}' -Parameters $PSBoundParameters -Caller $PSCmdlet -Target {function.Target}{positional}) {{\n";
        if (function.Pipeline is { } pipeline)
        {
            var parameter = Parameter(pipeline);
            text.Append($"    begin {{ $all = [System.Collections.Generic.List[string]]::new() }}\n    process {{ foreach ($path in ${parameter}) {{ $all.Add($path) }} }}\n");
            text.Append($"    end {{\n        $PSBoundParameters['{parameter}'] = @(Resolve-FaceBiasPicture $all)\n        {call}            {function.Result}\n        }}\n    }}\n");
        }
        else
            text.Append($"    {call}        {function.Result}\n    }}\n");
        return text.Append("}\n").ToString();
    }

    private static void Help(StringBuilder text, string keyword, string content) =>
        text.Append("    ").Append(keyword).Append("\n        ").Append(content.Replace("#>", "# >", StringComparison.Ordinal)).Append('\n');

    private static string Declare(ArgumentDescription argument) =>
        $"{(argument.Required ? "[Parameter(Mandatory, Position = 0)] [ValidateNotNullOrEmpty()] " : "")}[string] ${Parameter(argument.Name)}";

    private static string Declare(OptionDescription option, bool fromPipeline)
    {
        var text = new StringBuilder();
        if (option.Required || fromPipeline)
            text.Append("[Parameter(").AppendJoin(", ", new[]
            {
                option.Required ? "Mandatory" : null, fromPipeline ? "ValueFromPipeline, ValueFromPipelineByPropertyName" : null,
            }.OfType<string>()).Append(")] ");
        if (fromPipeline)
            text.Append("[Alias('FullName')] ");
        if (option.Required && option.Kind != OptionKind.Switch)
            text.Append("[ValidateNotNullOrEmpty()] ");
        if (option.Values.Count > 0)
            text.Append(option.Many ? "[ArgumentCompletions(" : "[ValidateSet(").AppendJoin(", ", option.Values.Select(v => $"'{v}'")).Append(")] ");
        var type = option.Kind switch
        {
            OptionKind.Switch => "switch",
            OptionKind.Integer => "long",
            OptionKind.Number => "double",
            _ => "string",
        };
        return text.Append('[').Append(type).Append(option.Many ? "[]] $" : "] $").Append(Parameter(option.Name)).ToString();
    }
}
