using System.Text;
using System.Text.Json;
using FaceBias.Cli.Commands;
using FaceBias.Primitives.Json;

namespace FaceBias.Cli.PowerShell;

/// <summary>Writes the functions of the PowerShell module: one for each command, with a parameter for each
/// option.</summary>
internal static class PowerShellModule
{
    private const string Note =
        "# Generated from the command line's definition: ./run.sh describe --powershell pipelines/FaceBias\n";

    /// <summary>Writes <c>commands.json</c> and <c>Public/FUNCTION.ps1</c> into the module's folder, which holds
    /// <c>functions.json</c>, and the scripts beside it.</summary>
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
            throw new FaceBiasException(
                $"Cannot read '{path}': {e.Message.TrimEnd('.')}; name the folder of the module, pipelines/FaceBias.",
                e);
        }
    }

    /// <summary>The texts of the files by their names.</summary>
    public static SortedDictionary<string, string> Compose(IEnumerable<PowerShellFunction> functions,
        IReadOnlyList<CommandDescription> commands)
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal)
            { ["commands.json"] = JsonSerializer.Serialize(commands, CoreJson.Options) + "\n" };
        foreach (var function in functions)
        {
            var command = commands.FirstOrDefault(c => c.Name == function.Command)
                ?? throw new FaceBiasException(
                    $"{function.Function} calls '{function.Command}', which is no command; correct functions.json.");
            files[$"Public/{function.Function}.ps1"] = Function(function, command);
            if (function.Script is { } script)
                files[$"../{script}.ps1"] = Script(function, command);
        }
        return files;
    }

    /// <summary>The parameter of an option: NearDistance for --near-distance. $Host is PowerShell's own.</summary>
    public static string Parameter(string option) => option == "--host" ? "HostName"
        : string.Concat(option.TrimStart('-').Split('-').Select(w => char.ToUpperInvariant(w[0]) + w[1..]));

    private static string Script(PowerShellFunction function, CommandDescription command)
    {
        var text = new StringBuilder(Note);
        Help(text, function, command,
            function.Examples.Select(
                e => e.Replace(function.Function, $"./pipelines/{function.Script}.ps1", StringComparison.Ordinal)));
        Parameters(text, function, command);
        text.Append("Import-Module ([IO.Path]::Combine($PSScriptRoot, 'FaceBias', 'FaceBias.psd1'))\n");
        text.Append("# The summary is for the person who runs a script; a failure is an error as of any command.\n");
        text.Append("if (-not $PSBoundParameters.ContainsKey('InformationAction')) { "
            + "$PSBoundParameters['InformationAction'] = 'Continue' }\n");
        return text.Append(function.Function).Append(" @PSBoundParameters\n").ToString();
    }

    private static string Function(PowerShellFunction function, CommandDescription command)
    {
        var inner = new StringBuilder();
        Help(inner, function, command, function.Examples);
        Parameters(inner, function, command);
        var text = new StringBuilder(Note).Append("function ").Append(function.Function).Append(" {\n");
        foreach (var line in inner.ToString().TrimEnd().Split('\n'))
            text.Append("    ").Append(line).Append('\n');
        var positional = command.Arguments.Count == 0 ? ""
            : $" -Positional {string.Join(", ", command.Arguments.Select(a => $"'{Parameter(a.Name)}'"))}";
        string[] body =
        [
            $"if ($PSCmdlet.ShouldProcess({function.Target}, 'facebias {command.Name}')) {{",
            $"    Invoke-FaceBiasCommand -Command '{command.Name}' -Parameters $PSBoundParameters -Caller $PSCmdlet "
                + $"-Target {function.Target}{positional}{(function.PassesLines ? " -PassThru" : "")}",
            .. function.Result is { } result ? ["    " + result] : Array.Empty<string>(), "}",
        ];
        if (function.Pipeline is { } pipeline)
        {
            var parameter = Parameter(pipeline);
            body =
            [
                "begin { $all = [System.Collections.Generic.List[string]]::new() }",
                $"process {{ foreach ($path in @(${parameter}) + @($LiteralPath)) {{ if ($path) {{ $all.Add($path) }} }} }}",
                "end {", $"    $PSBoundParameters['{parameter}'] = @(Resolve-FaceBiasInput $all "
                    + "-Literal:($PSCmdlet.ParameterSetName -eq 'LiteralPath'))",
                "    $null = $PSBoundParameters.Remove('LiteralPath')",
                .. body.Select(line => "    " + line), "}",
            ];
        }
        foreach (var line in body)
            text.Append("    ").Append(line).Append('\n');
        return text.Append("}\n").ToString();
    }

    private static void Help(StringBuilder text, PowerShellFunction function, CommandDescription command,
        IEnumerable<string> examples)
    {
        text.Append("<#\n");
        Help(text, ".SYNOPSIS", command.Description);
        if (function.Description is { } description)
            Help(text, ".DESCRIPTION", description);
        foreach (var argument in command.Arguments)
            Help(text, ".PARAMETER " + Parameter(argument.Name), argument.Description);
        foreach (var option in command.Options)
        {
            Help(text, ".PARAMETER " + Parameter(option.Name),
                option.Default is { } value ? $"{option.Description} The default is {value}." : option.Description);
            if (FromPipeline(function, option))
                Help(text, ".PARAMETER LiteralPath", "The same as they are, without wildcards.");
        }
        Help(text, ".OUTPUTS", function.Output);
        foreach (var example in examples)
            Help(text, ".EXAMPLE", example);
        text.Append("#>\n");
    }

    private static void Parameters(StringBuilder text, PowerShellFunction function, CommandDescription command)
    {
        text.Append("[CmdletBinding(SupportsShouldProcess");
        if ((function.Pipeline is null ? Set(command.Options.FirstOrDefault(o => o.OneOf)) : "Path") is { } first)
            text.Append(CultureInfo.InvariantCulture, $", DefaultParameterSetName = '{first}'");
        text.Append(")]\n[OutputType('").Append(function.Output.Split(':')[0]).Append("')]\nparam(");
        string[] lines = [.. command.Arguments.Select(Declare),
            .. command.Options.OrderByDescending(o => o.Required).SelectMany(o => FromPipeline(function, o)
                ? [Declare(o, "Path"), "[Parameter(Mandatory, ValueFromPipelineByPropertyName, "
                    + "ParameterSetName = 'LiteralPath')] [Alias('PSPath', 'FullName')] [string[]] $LiteralPath"]
                : (string[])[Declare(o, Set(o))])];
        if (lines.Length > 0)
            text.Append("\n    ").AppendJoin(",\n    ", lines).Append('\n');
        text.Append(")\n");
    }

    private static bool FromPipeline(PowerShellFunction function, OptionDescription option) =>
        option.Name.TrimStart('-') == function.Pipeline;

    /// <summary>The parameter set of an option: Run, or WithoutRun.</summary>
    private static string? Set(OptionDescription? option) => option?.Set is not { } set ? null
        : set.StartsWith("without ", StringComparison.Ordinal) ? "Without" + Parameter(set["without ".Length..])
        : Parameter(set);

    private static void Help(StringBuilder text, string keyword, string content) =>
        text.Append(keyword).Append("\n    ").Append(content.Replace("#>", "# >", StringComparison.Ordinal))
            .Append('\n');

    private static string Declare(ArgumentDescription argument) =>
        $"{(argument.Required ? $"[Parameter(Mandatory, Position = 0{(argument.Many ? ", ValueFromRemainingArguments" : "")})] [ValidateNotNullOrEmpty()] " : "")}[string{(argument.Many ? "[]" : "")}] ${Parameter(argument.Name)}";

    private static string Declare(OptionDescription option, string? set)
    {
        var text = new StringBuilder();
        var paths = set == "Path";
        string[] traits = [.. new[]
        {
            option.Required || option.OneOf ? "Mandatory" : null,
            paths ? "ValueFromPipeline" : null,
            set is null ? null : $"ParameterSetName = '{set}'",
        }.OfType<string>()];
        if (traits.Length > 0)
            text.Append("[Parameter(").AppendJoin(", ", traits).Append(")] ");
        if (paths)
            text.Append("[SupportsWildcards()] ");
        if (option.Required && option.Kind != OptionKind.Switch)
            text.Append("[ValidateNotNullOrEmpty()] ");
        if (option.Values.Count > 0)
            text.Append(option.Many ? "[ArgumentCompletions(" : "[ValidateSet(").AppendJoin(", ",
                option.Values.Select(v => $"'{v}'")).Append(")] ");
        var type = option.Kind switch
        {
            OptionKind.Switch => "switch",
            OptionKind.Integer => "long",
            OptionKind.Number => "double",
            _ => "string",
        };
        return text.Append('[').Append(type).Append(option.Many ? "[]] $" : "] $").Append(Parameter(option.Name))
            .ToString();
    }
}
