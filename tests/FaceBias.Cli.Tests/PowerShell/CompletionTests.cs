namespace FaceBias.Cli.Tests.PowerShell;

/// <summary>The Tab key in PowerShell itself.</summary>
public class PowerShellCompletionTests
{
    [Fact]
    public void Commands_options_and_values_are_completed()
    {
        using var engine = new Engine();
        var variable = OperatingSystem.IsWindows() ? "Path" : "PATH";
        engine.Run($"$env:{variable} = '{Cli.Tests.CompletionTests.Command.Value}' + [IO.Path]::PathSeparator + $env:{variable}; "
            + "facebias completion pwsh | Out-String | Invoke-Expression");
        string Of(string line) => engine.Value<string>($"$l = '{line}'; (TabExpansion2 $l $l.Length).CompletionMatches.CompletionText -join ' '");
        Assert.Equal("audit", Of("facebias au"));
        Assert.Equal("keep-best keep-first", Of("facebias train --near keep"));
        Assert.Contains("--image-column", Of("facebias train --im"), StringComparison.Ordinal);
    }
}
