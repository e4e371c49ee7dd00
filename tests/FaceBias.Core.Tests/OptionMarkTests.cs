using System.Text.RegularExpressions;
using FaceBias.Tests;

namespace FaceBias.Core.Tests;

/// <summary>The library names an option by its property between ‹›; only the command line writes flags.</summary>
public partial class OptionMarkTests
{
    /// <summary>Files with options of other programs, and with commands to type.</summary>
    private static readonly Dictionary<string, string> s_exempt = new()
    {
        ["NpmPackageSource.cs"] = "npm", ["PdfPrinter.cs"] = "the browser that prints",
        ["DotNetExport.cs"] = "dotnet run", ["ModelBuilderExport.cs"] = "dotnet run",
        ["MlflowExport.cs"] = "mlflow", ["SlurmArray.cs"] = "sbatch", ["SubmitOptions.cs"] = "sbatch",
        ["KubernetesJob.cs"] = "kubectl", ["Proposal.cs"] = "the facebias command that init proposes",
    };

    [Fact]
    public void Texts_of_the_library_name_no_flags()
    {
        var source = Path.Combine(TestPaths.Repository, "src");
        var faults = new List<string>();
        foreach (var file in Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories))
        {
            var path = Path.GetRelativePath(source, file);
            if (s_exempt.ContainsKey(Path.GetFileName(path))
                || path.StartsWith("FaceBias.Cli", StringComparison.Ordinal)
                || path.Split(Path.DirectorySeparatorChar).Any(p => p is "obj" or "bin" or "Templates"))
                continue;
            var number = 0;
            foreach (var line in File.ReadLines(file))
            {
                number++;
                // Whole commands may be quoted.
                if (!line.TrimStart().StartsWith("//", StringComparison.Ordinal)
                    && Flag().IsMatch(Command().Replace(line, "")))
                    faults.Add($"{path}:{number}");
            }
        }
        Assert.Empty(faults);
    }

    [GeneratedRegex(@"(?<![\w(])--[a-z]")]
    private static partial Regex Flag();

    [GeneratedRegex(@"(facebias [a-z]|RunCommand\})[^'<]*")]
    private static partial Regex Command();
}
