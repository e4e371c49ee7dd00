using FaceBias.Core.Search.Storage;
using FaceBias.Core.Search.Trials;
using FaceBias.Primitives.Json;
using FaceBias.Tests;

namespace FaceBias.Core.Tests;

public class JsonLinesTests
{
    [Theory]
    [InlineData("{\"a\":1}\n{\"a\":2}\n", 2)]
    [InlineData("{\"a\":1}\n{\"a\":", 1)]
    [InlineData("{\"a\":1}\n]\n{\"a\":3}\n", 1)]
    [InlineData("{\"a\":", 0)]
    [InlineData("", 0)]
    public void What_follows_the_last_whole_line_is_cut_off_by_the_next_one(string text, int whole)
    {
        var path = Path.Combine(TestPaths.NewFolder(), "journal.jsonl");
        File.WriteAllText(path, text);
        using (var lines = JsonLines.Open(path, "wait"))
        {
            Assert.Equal(Enumerable.Range(1, whole), lines.Lines.Select(l => (int)l["a"]!));
            Assert.False(lines.IsForeign);
            Assert.Contains("wait", Assert.Throws<FaceBiasException>(() => JsonLines.Open(path, "wait")).Message,
                StringComparison.Ordinal);
        }
        Assert.Equal(text, File.ReadAllText(path));
        using (var lines = JsonLines.Open(path, "wait"))
            lines.Append("{\"a\":9}");
        using var again = JsonLines.Open(path, "wait");
        Assert.Equal([.. Enumerable.Range(1, whole), 9], again.Lines.Select(l => (int)l["a"]!));
    }

    [Fact]
    public void A_file_of_something_else_is_left_alone()
    {
        var path = Path.Combine(TestPaths.NewFolder(), "trials.jsonl");
        File.WriteAllText(path, "notes\nof mine\n");
        Assert.Contains("no journal",
            Assert.Throws<FaceBiasException>(() => StudyJournal.Open(path, new([]), [])).Message,
            StringComparison.Ordinal);
        Assert.Equal("notes\nof mine\n", File.ReadAllText(path));
    }
}
