using System.CommandLine;
using FaceBias.Cli.Binding;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias completion</c>: commands, options and their values at the Tab key.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        _facebias() {
          local IFS=$'\n'
          COMPREPLY=($(facebias "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null | grep -e "^${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _facebias facebias
        """, Zsh = """
        #compdef facebias
        _facebias() {
          local -a found
          found=("${(@f)$(facebias "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
          compadd -- $found
          _files
        }
        compdef _facebias facebias
        """, Pwsh = """
        Register-ArgumentCompleter -Native -CommandName facebias -ScriptBlock {
            param($word, $ast, $position)
            facebias "[suggest:$position]" "$ast" 2>$null | Where-Object { $_ -like "$word*" } |
                ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
        }
        """;

    public static Command Create() =>
        new("completion", "Completes commands, options and values in bash, zsh and PowerShell.")
    {
        Shell("bash", Bash), Shell("zsh", Zsh), Shell("pwsh", Pwsh), Install(),
    };

    private static Command Shell(string name, string script)
    {
        var command = new Command(name, $"Prints the script for {name}.");
        command.SetAction(parsed => parsed.InvocationConfiguration.Output.WriteLine(script));
        return command;
    }

    private static Command Install() =>
        Job.Command<Arguments>("install", "Installs completion for your shell.", "completion install", (options, job) =>
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var shell = options.Shell ?? Path.GetFileName(Environment.GetEnvironmentVariable("SHELL")) switch
        {
            "zsh" => "zsh",
            "bash" => "bash",
            "pwsh" => "pwsh",
            _ => OperatingSystem.IsWindows() ? "pwsh" : "bash",
        };
        switch (shell)
        {
            case "bash":
                var data = Environment.GetEnvironmentVariable("XDG_DATA_HOME") is { Length: > 0 } set ? set
                    : Path.Combine(home, ".local", "share");
                var file = Path.Combine(data, "bash-completion", "completions", "facebias");
                AtomicFile.WriteText(file, Bash + "\n");
                job.Line($"Wrote {file}; open a new shell.");
                break;
            case "zsh":
                Append(job, Path.Combine(home, ".zshrc"), "eval \"$(facebias completion zsh)\"");
                break;
            default:
                Append(job, Path.Combine(home,
                    OperatingSystem.IsWindows() ? "Documents/PowerShell" : ".config/powershell",
                    "Microsoft.PowerShell_profile.ps1"),
                    "facebias completion pwsh | Out-String | Invoke-Expression");
                break;
        }
        return 0;
    });

    internal sealed record Arguments
    {
        [Option("The shell; that of the environment by default.")]
        [System.ComponentModel.DataAnnotations.AllowedValues("bash", "zsh", "pwsh")]
        public string? Shell { get; init; }
    }

    /// <summary>Adds a line to a profile, once.</summary>
    private static void Append(Job job, string profile, string line)
    {
        try
        {
            if (File.Exists(profile) && File.ReadLines(profile).Any(l => l.Trim() == line))
            {
                job.Line($"{profile} has it already.");
                return;
            }
            Directory.CreateDirectory(Path.GetDirectoryName(profile)!);
            File.AppendAllText(profile, $"\n{line}\n");
            job.Line($"Added to {profile}: {line}. Open a new shell.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FaceBiasException(
                $"Cannot write '{profile}': {e.Message.TrimEnd('.')}; add the line yourself: {line}", e);
        }
    }
}
