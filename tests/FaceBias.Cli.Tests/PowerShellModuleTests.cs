using FaceBias.Cli.Commands;
using FaceBias.Cli.PowerShell;
using FaceBias.Tests;

namespace FaceBias.Cli.Tests;

/// <summary>The PowerShell module has what the command line has, by generation.</summary>
public class PowerShellModuleTests
{
    private static readonly string s_folder = Path.Combine(TestPaths.Repository, "pipelines", "FaceBias");
    private static readonly IReadOnlyList<CommandDescription> s_commands = DescribeCommand.Of(CommandLine.Create());

    [Fact]
    public void The_files_of_the_module_are_what_the_command_line_generates()
    {
        foreach (var (name, text) in PowerShellModule.Compose(PowerShellModule.ReadFunctions(s_folder), s_commands))
            Assert.True(File.ReadAllText(Path.Combine(s_folder, name)) == text,
                $"{name} is out of date; run: ./run.sh describe --powershell pipelines/FaceBias");
    }

    [Fact]
    public void Every_command_has_a_function() =>
        Assert.Equal(s_commands.Select(c => c.Name).Order(),
            PowerShellModule.ReadFunctions(s_folder).Select(f => f.Command).Order());

    [Fact]
    public void Every_function_is_exported()
    {
        var manifest = File.ReadAllText(Path.Combine(s_folder, "FaceBias.psd1"));
        Assert.All(PowerShellModule.ReadFunctions(s_folder),
            f => Assert.Contains($"'{f.Function}'", manifest, StringComparison.Ordinal));
    }
}
