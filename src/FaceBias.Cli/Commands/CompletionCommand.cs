namespace FaceBias.Cli.Commands;

/// <summary><c>facebias completion</c>: commands, options and their values at the Tab key.</summary>
internal static class CompletionCommand
{
    // Where no option is begun, files come before the names of options.
    private const string Bash = """
        _facebias() {
          local IFS=$'\n' word=${COMP_WORDS[COMP_CWORD]} found
          found=$(facebias "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)
          [[ $word == -* ]] || found=$(grep -v '^-' <<<"$found")
          COMPREPLY=($(compgen -W "$found" -- "$word"))
        }
        complete -o default -F _facebias facebias
        """, Zsh = """
        #compdef facebias
        (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
        _facebias() {
          local -a found
          found=("${(@f)$(facebias "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
          [[ $PREFIX == -* ]] || found=("${(@)found:#-*}")
          found=("${(@)found:#}")
          if (( $#found )); then compadd -- $found; else _files; fi
        }
        compdef _facebias facebias
        """, Fish = """
        function __facebias_complete
          set -l line (commandline -cp)
          set -l found (facebias "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null)
          string match -q -- '-*' (commandline -ct); or set found (string match -v -- '-*' $found)
          test (count $found) -gt 0; and printf '%s\n' $found; or __fish_complete_path (commandline -ct)
        end
        complete -c facebias -f -a '(__facebias_complete)'
        """, Pwsh = """
        Register-ArgumentCompleter -Native -CommandName facebias -ScriptBlock {
            param($word, $ast, $position)
            facebias "[suggest:$position]" "$ast" 2>$null |
                Where-Object { $_ -like "$word*" -and ("$word" -like '-*' -or $_ -notlike '-*') } |
                ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
        }
        """;

    public static Command Create() =>
        Job.WithExample(new("completion", "Completes commands, options and values in bash, zsh, fish and PowerShell.")
        {
            Shell("bash", Bash), Shell("zsh", Zsh), Shell("fish", Fish), Shell("pwsh", Pwsh), Install(),
        }, "completion install");

    private static Command Shell(string name, string script)
    {
        var command = new Command(name, $"Prints the script for {name}.");
        command.SetAction(parsed => parsed.InvocationConfiguration.Output.WriteLine(script));
        return Job.WithExample(command, $"completion {name}");
    }

    private static Command Install() =>
        Job.Command<Arguments>("install", "Installs completion for your shell.", "completion install", (options, job) =>
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string Folder(string variable, params string[] standard) =>
            Environment.GetEnvironmentVariable(variable) is { Length: > 0 } set ? set
                : Path.Combine([home, .. standard]);
        var shell = options.Shell ?? Path.GetFileName(Environment.GetEnvironmentVariable("SHELL")) switch
        {
            var known and ("zsh" or "bash" or "fish" or "pwsh") => known,
            _ => OperatingSystem.IsWindows() ? "pwsh" : "bash",
        };
        switch (shell)
        {
            case "bash":
                var file = Path.Combine(Folder("XDG_DATA_HOME", ".local", "share"), "bash-completion", "completions",
                    "facebias");
                AtomicFile.WriteText(file, Bash + "\n");
                // Files there are only read where the package bash-completion is.
                if (File.Exists("/usr/share/bash-completion/bash_completion"))
                    job.Line($"Wrote {file}; open a new shell.");
                else
                    Append(job, Path.Combine(home, ".bashrc"), $"source '{file}'");
                break;
            case "fish":
                var functions = Path.Combine(Folder("XDG_CONFIG_HOME", ".config"), "fish", "completions", "facebias.fish");
                AtomicFile.WriteText(functions, Fish + "\n");
                job.Line($"Wrote {functions}; open a new shell.");
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
        [System.ComponentModel.DataAnnotations.AllowedValues("bash", "zsh", "fish", "pwsh")]
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
        catch (Exception e) when (FileFault.Is(e))
        {
            throw new FaceBiasException(
                $"Cannot write '{profile}': {e.Message.TrimEnd('.')}; add the line yourself: {line}", e);
        }
    }
}
