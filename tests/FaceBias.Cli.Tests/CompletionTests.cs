using System.Diagnostics;
using FaceBias.Tests;

namespace FaceBias.Cli.Tests;

/// <summary>The Tab key, in the shells that are on the machine.</summary>
public class CompletionTests
{
    /// <summary>A folder with a command facebias that is this build.</summary>
    internal static Lazy<string> Command { get; } = new(() =>
    {
        var folder = TestPaths.NewFolder("path");
        var program = Path.Combine(AppContext.BaseDirectory, "facebias.dll");
        if (OperatingSystem.IsWindows())
        {
            File.WriteAllText(Path.Combine(folder, "facebias.cmd"), $"@dotnet \"{program}\" %*\r\n");
            return folder;
        }
        var script = Path.Combine(folder, "facebias");
        File.WriteAllText(script, $"#!/bin/sh\nexec dotnet '{program}' \"$@\"\n");
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return folder;
    });

    private const string Bash = """
        source "$HOME/.local/share/bash-completion/completions/facebias"
        t() { COMP_LINE="$1"; COMP_POINT=${#1}; read -ra COMP_WORDS <<<"$1"; [[ $1 == *" " ]] && COMP_WORDS+=(""); COMP_CWORD=$((${#COMP_WORDS[@]}-1)); COMPREPLY=(); _facebias; echo "${COMPREPLY[@]}"; }
        t "facebias au"; t "facebias train --near "; t "facebias train --near keep-f"; t "facebias train --images "
        """;

    private const string Fish = """
        for line in "facebias au" "facebias train --near " "facebias train --near keep-f"
          complete -C"$line" | string join ' '
        end
        echo
        """;

    [Theory]
    [InlineData("bash", Bash)]
    [InlineData("fish", Fish)]
    public void One_command_installs_it(string shell, string script)
    {
        Assert.SkipUnless((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Any(p => File.Exists(Path.Combine(p, shell))), $"needs {shell} on the PATH");
        var home = TestPaths.NewFolder();
        Run(home, Path.Combine(Command.Value, "facebias"), "completion", "install", "--shell", shell);
        var said = Run(home, shell, "-c", script).Split('\n');
        Assert.Equal("audit", said[0].Trim());
        Assert.Equal(["drop-all", "keep-best", "keep-first"], said[1].Trim().Split(' '));
        Assert.Equal("keep-first", said[2].Trim());
        // No option is begun, so files come; the shell finds them.
        Assert.Equal("", said[3].Trim());
    }

    private static string Run(string home, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true };
        start.Environment["HOME"] = home;
        start.Environment["PATH"] = $"{Command.Value}{Path.PathSeparator}{start.Environment["PATH"]}";
        start.Environment.Remove("XDG_DATA_HOME");
        start.Environment.Remove("XDG_CONFIG_HOME");
        using var process = Process.Start(start)!;
        var said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return said;
    }
}
