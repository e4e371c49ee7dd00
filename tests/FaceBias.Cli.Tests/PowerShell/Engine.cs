using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Text.Json;
using FaceBias.Tests;

namespace FaceBias.Cli.Tests.PowerShell;

/// <summary>PowerShell's engine with the module loaded. The engine's package has no ConvertFrom-Json, which belongs to
/// pwsh; a cmdlet of that name stands in.</summary>
internal sealed class Engine : IDisposable
{
    private readonly Runspace _runspace;

    public Engine()
    {
        var state = InitialSessionState.CreateDefault2();
        state.Commands.Add(new SessionStateCmdletEntry("ConvertFrom-Json", typeof(ConvertFromJsonCommand), null));
        if (OperatingSystem.IsWindows())
            state.ExecutionPolicy = Microsoft.PowerShell.ExecutionPolicy.Unrestricted;
        _runspace = RunspaceFactory.CreateRunspace(state);
        _runspace.Open();
        Run($"Import-Module '{Path.Combine(TestPaths.Repository, "pipelines", "FaceBias", "FaceBias.psd1")}'");
    }

    /// <summary>What a script put on its streams.</summary>
    public sealed record Outcome(IReadOnlyList<PSObject> Objects, IReadOnlyList<string> Information, IReadOnlyList<ProgressRecord> Progress, ErrorRecord? Error);

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
        return new(objects, [.. shell.Streams.Information.Select(i => $"{i.MessageData}")], [.. shell.Streams.Progress], error ?? shell.Streams.Error.FirstOrDefault());
    }

    /// <summary>Runs a script that must not fail, for its single value.</summary>
    public T Value<T>(string script)
    {
        var outcome = Run(script);
        Assert.True(outcome.Error is null, outcome.Error?.ToString());
        return LanguagePrimitives.ConvertTo<T>(Assert.Single(outcome.Objects));
    }

    public void Dispose() => _runspace.Dispose();

    [Cmdlet(VerbsData.ConvertFrom, "Json")]
    internal sealed class ConvertFromJsonCommand : PSCmdlet
    {
        [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
        public string InputObject { get; set; } = "";

        protected override void ProcessRecord()
        {
            using var document = JsonDocument.Parse(InputObject);
            WriteObject(Convert(document.RootElement));
        }

        private static object? Convert(JsonElement json)
        {
            switch (json.ValueKind)
            {
                case JsonValueKind.Object:
                    var made = new PSObject();
                    foreach (var property in json.EnumerateObject())
                        made.Properties.Add(new PSNoteProperty(property.Name, Convert(property.Value)));
                    return made;
                case JsonValueKind.Array: return json.EnumerateArray().Select(Convert).ToArray();
                case JsonValueKind.String: return json.GetString();
                case JsonValueKind.Number: return json.TryGetInt64(out var whole) ? (object)whole : json.GetDouble();
                case JsonValueKind.True: return true;
                case JsonValueKind.False: return false;
                default: return null;
            }
        }
    }
}
