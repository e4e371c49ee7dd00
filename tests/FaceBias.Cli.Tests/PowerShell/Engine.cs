using System.Management.Automation;
using System.Management.Automation.Runspaces;
using FaceBias.Tests;

namespace FaceBias.Cli.Tests.PowerShell;

/// <summary>PowerShell itself with the module loaded.</summary>
internal sealed class Engine : IDisposable
{
    private readonly Runspace _runspace;

    public Engine()
    {
        var state = InitialSessionState.CreateDefault();
        if (OperatingSystem.IsWindows())
            state.ExecutionPolicy = Microsoft.PowerShell.ExecutionPolicy.Unrestricted;
        _runspace = RunspaceFactory.CreateRunspace(state);
        _runspace.Open();
        Run($"Import-Module '{Path.Combine(TestPaths.Repository, "pipelines", "FaceBias", "FaceBias.psd1")}'");
    }

    /// <summary>The approved verbs: Get-Verb belongs to pwsh, the verbs are the engine's.</summary>
    public static IEnumerable<string> Verbs => typeof(VerbsCommon).Assembly.GetTypes().Where(
        t => t.Namespace == "System.Management.Automation" && t.Name.StartsWith("Verbs", StringComparison.Ordinal))
        .SelectMany(t => t.GetFields()).Where(f => f.IsLiteral).Select(f => (string)f.GetRawConstantValue()!);

    /// <summary>What a script put on its streams.</summary>
    public sealed record Outcome(IReadOnlyList<PSObject> Objects, IReadOnlyList<string> Information,
        IReadOnlyList<ProgressRecord> Progress, ErrorRecord? Error);

    /// <summary>Runs a script; a terminating error becomes part of the outcome.</summary>
    public Outcome Run(string script)
    {
        using var shell = System.Management.Automation.PowerShell.Create(_runspace);
        shell.AddScript(script);
        ErrorRecord? error = null;
        IReadOnlyList<PSObject> objects = [];
        try
        {
            objects = [.. shell.Invoke()];
        }
        catch (RuntimeException e)
        {
            error = e.ErrorRecord;
        }
        return new(objects, [.. shell.Streams.Information.Select(i => $"{i.MessageData}")], [.. shell.Streams.Progress],
            error ?? shell.Streams.Error.FirstOrDefault());
    }

    /// <summary>Runs a script that must not fail, for its single value.</summary>
    public T Value<T>(string script)
    {
        var outcome = Run(script);
        Assert.True(outcome.Error is null, outcome.Error?.ToString());
        return LanguagePrimitives.ConvertTo<T>(Assert.Single(outcome.Objects));
    }

    public void Dispose() => _runspace.Dispose();
}
