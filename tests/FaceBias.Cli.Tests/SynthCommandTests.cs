using System.CommandLine;
using FaceBias.Cli.Commands;
using FaceBias.Tests;

namespace FaceBias.Cli.Tests;

public class SynthCommandTests
{
    private static InvocationConfiguration Throwing => new() { EnableDefaultExceptionHandler = false };

    [Fact]
    public async Task A_spec_becomes_a_folder_of_faces()
    {
        var folder = TestPaths.NewFolder();
        var spec = Path.Combine(folder, "spec.json");
        await File.WriteAllTextAsync(spec, """{"size": 64, "planted": {"exact_duplicates": 0.25}}""");
        var output = Path.Combine(folder, "out");
        var parsed = SynthCommand.Create().Parse(["--spec", spec, "--count", "8", "--out", output, "--seed", "3"]);
        Assert.Empty(parsed.Errors);
        Assert.Equal(0, await parsed.InvokeAsync(Throwing));
        Assert.Equal(8, Directory.GetFiles(Path.Combine(output, "images")).Length);
        Assert.Equal(9, File.ReadLines(Path.Combine(output, "labels.csv")).Count());
        Assert.True(File.Exists(Path.Combine(output, "planted.json")));
    }

    [Fact]
    public async Task A_missing_spec_is_a_sentence_for_the_user()
    {
        var parsed = SynthCommand.Create().Parse(
            ["--spec", "/nowhere.json", "--count", "8", "--out", TestPaths.NewFolder()]);
        var e = await Assert.ThrowsAsync<FaceBiasException>(() => parsed.InvokeAsync(Throwing));
        Assert.Contains("/nowhere.json", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--count", "8")]
    [InlineData("--out", "x")]
    [InlineData("--count", "many", "--out", "x")]
    public void What_is_required_is_asked_for(params string[] arguments) =>
        Assert.NotEmpty(SynthCommand.Create().Parse(arguments).Errors);
}
