using System.Management.Automation.Language;
using System.Text.RegularExpressions;
using FaceBias.Tests;

namespace FaceBias.Cli.Tests.PowerShell;

/// <summary>The rules of PSScriptAnalyzer that scripts break most, by the engine's own parser; and all of them where
/// the module is installed.</summary>
public sealed partial class ScriptRulesTests : IDisposable
{
    // Names that PowerShell itself writes: a parameter of such a name cannot be bound.
    private static readonly string[] s_automatic =
        ["host", "home", "pid", "error", "input", "args", "matches", "profile", "pwd", "true", "false", "null",
            "this", "event", "sender", "executioncontext", "pshome", "psitem", "psversiontable", "shellid"];
    private readonly Engine _engine = new();

    public void Dispose() => _engine.Dispose();

    public static TheoryData<string> Scripts() =>
    [
        .. Directory.GetFiles(Path.Combine(TestPaths.Repository, "pipelines"), "*.ps*1", SearchOption.AllDirectories)
            .Append(Path.Combine(TestPaths.Repository, "run.ps1"))
            .Select(f => Path.GetRelativePath(TestPaths.Repository, f)).Order(StringComparer.Ordinal),
    ];

    [Fact]
    public void Scripts_keep_the_rules() =>
        Assert.Empty(Scripts().SelectMany(file => Problems(
            File.ReadAllText(Path.Combine(TestPaths.Repository, file.Data))).Select(p => $"{file.Data}: {p}")));

    [Theory]
    [InlineData("Get-ChildItem | ? { $_ }", "alias '?'")]
    [InlineData("function Invoke-A { param($B) 1 }", "parameter 'B' is not used")]
    [InlineData("function Invoke-A { param($Host) $Host }", "'Host' is PowerShell's own")]
    [InlineData("function Invoke-A { [CmdletBinding(SupportsShouldProcess)] param() 1 }", "never asks ShouldProcess")]
    [InlineData("function Walk-A { 1 }", "verb 'Walk'")]
    [InlineData("$a = 1 \n", "trailing whitespace")]
    [InlineData("$a = )", "Unexpected token")]
    public void A_broken_rule_is_found(string script, string problem) =>
        Assert.Contains(Problems(script), p => p.Contains(problem, StringComparison.Ordinal));

    [Fact]
    public void PSScriptAnalyzer_finds_nothing()
    {
        Assert.SkipUnless(_engine.Value<int>("@(Get-Module -ListAvailable PSScriptAnalyzer).Count") > 0,
            "needs PSScriptAnalyzer in PSModulePath");
        var found = _engine.Run($"Import-Module PSScriptAnalyzer; Get-ChildItem '{TestPaths.Repository}/run.ps1', "
            + $"'{TestPaths.Repository}/pipelines' -Recurse -Include *.ps1, *.psm1, *.psd1 | "
            + "ForEach-Object { Invoke-ScriptAnalyzer -Path $_.FullName }");
        Assert.Null(found.Error);
        Assert.Empty(found.Objects.Select(o => $"{o.Properties["ScriptName"].Value}: {o.Properties["Message"].Value}"));
    }

    private static readonly HashSet<string> s_verbs = [.. Engine.Verbs];

    private IEnumerable<string> Problems(string script)
    {
        var tree = Parser.ParseInput(script, out _, out var errors);
        foreach (var error in errors)
            yield return error.Message;
        foreach (var line in script.Split('\n').Select((text, i) => (text, i)).Where(l => Trailing().IsMatch(l.text)))
            yield return $"trailing whitespace in line {line.i + 1}";
        foreach (var command in Find<CommandAst>(tree).Select(c => c.GetCommandName()).OfType<string>().Distinct())
            if (_engine.Value<bool>($"Test-Path 'alias:{command.Replace("?", "`?", StringComparison.Ordinal)}'"))
                yield return $"alias '{command}'";
        foreach (var function in Find<FunctionDefinitionAst>(tree).Where(f => f.Name.Contains('-')))
            if (!s_verbs.Contains(function.Name.Split('-')[0]))
                yield return $"verb '{function.Name.Split('-')[0]}' of {function.Name} is not approved";
        foreach (var block in Find<ScriptBlockAst>(tree))
        {
            var parameters = (block.ParamBlock?.Parameters ?? []).Concat(
                (block.Parent as FunctionDefinitionAst)?.Parameters ?? Enumerable.Empty<ParameterAst>()).ToList();
            var used = Find<VariableExpressionAst>(block).Where(v => v.Parent is not ParameterAst)
                .Select(v => v.VariablePath.UserPath).ToHashSet(StringComparer.OrdinalIgnoreCase);
            foreach (var name in parameters.Select(p => p.Name.VariablePath.UserPath))
            {
                if (s_automatic.Contains(name, StringComparer.OrdinalIgnoreCase))
                    yield return $"'{name}' is PowerShell's own";
                if (!used.Contains(name) && !used.Contains("PSBoundParameters"))
                    yield return $"parameter '{name}' is not used";
            }
            var binding = block.ParamBlock?.Attributes.FirstOrDefault(a => a.TypeName.Name == "CmdletBinding");
            // A script passes it on to its function.
            if (block.Parent is FunctionDefinitionAst && (binding?.NamedArguments.Any(
                a => a.ArgumentName == "SupportsShouldProcess") ?? false)
                && !Find<InvokeMemberExpressionAst>(block).Any(c => c.Member.Extent.Text == "ShouldProcess"))
                yield return "never asks ShouldProcess";
        }
    }

    private static IEnumerable<T> Find<T>(Ast tree) where T : Ast => tree.FindAll(a => a is T, true).Cast<T>();

    [GeneratedRegex(@"[ \t]\r?$")]
    private static partial Regex Trailing();
}
