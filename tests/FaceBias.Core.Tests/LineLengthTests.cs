using FaceBias.Tests;

namespace FaceBias.Core.Tests;

/// <summary>What .editorconfig says of lines and no compiler enforces.</summary>
public class LineLengthTests
{
    private const int MaxColumns = 120;

    /// <summary>A text in quotes that cannot be divided, and a reference of a comment, may be longer.</summary>
    [Fact]
    public void Lines_end_within_120_columns()
    {
        var faults = new List<string>();
        foreach (var folder in new[] { "src", "tests", "benchmarks", "samples" })
            foreach (var file in Directory.EnumerateFiles(Path.Combine(TestPaths.Repository, folder), "*.cs",
                SearchOption.AllDirectories))
            {
                var path = Path.GetRelativePath(TestPaths.Repository, file);
                if (path.Split(Path.DirectorySeparatorChar).Any(p => p is "obj" or "bin" or "packages" or "Templates"))
                    continue;
                var (number, raw) = (0, false);
                foreach (var line in File.ReadLines(file))
                {
                    number++;
                    var quotes = line.Split("\"\"\"").Length - 1;
                    if (line.Length > MaxColumns && !raw && !line.Contains('"', StringComparison.Ordinal)
                        && !line.Contains("cref=", StringComparison.Ordinal))
                        faults.Add($"{path}:{number} has {line.Length} columns");
                    raw ^= quotes % 2 == 1;
                }
            }
        Assert.Empty(faults);
    }
}
