using FaceBias.Core.Backbones;
using FaceBias.Tests;

namespace FaceBias.Core.Tests.Backbones;

public class HomeCacheTests
{
    private readonly string _home = TestPaths.NewFolder();

    private void Write(string name, int bytes)
    {
        var path = Path.Combine(_home, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, new byte[bytes]);
    }

    [Fact]
    public void Parts_are_measured_and_cleaned_and_nothing_else_is_touched()
    {
        Write("features/key/rows.npy", 100);
        Write("features-imagesharp/key/rows.npy", 20);
        Write("images/probe-5.journal", 30);
        Write("models/mine.onnx", 7);
        Write("somebody-elses/file", 5);
        Assert.Equal([("features", 100L), ("features-imagesharp", 20), ("images", 30), ("models", 7)],
            HomeCache.Parts(_home).Select(p => (p.Name, p.Bytes)));
        Assert.Equal(30, HomeCache.Clean(_home, "images"));
        Assert.Equal(120, HomeCache.Clean(_home));
        Assert.Equal(["models", "somebody-elses"],
            Directory.GetDirectories(_home).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Empty(HomeCache.Parts(Path.Combine(_home, "nowhere")));
    }

    [Fact]
    public void What_cannot_be_made_again_what_is_not_there_and_what_is_in_use_is_refused()
    {
        Write("models/mine.onnx", 7);
        Write("images/probe-5.journal", 30);
        Assert.Contains("models remove",
            Assert.Throws<FaceBiasException>(() => HomeCache.Clean(_home, "models")).Message, StringComparison.Ordinal);
        Assert.Contains("no part 'pictures'",
            Assert.Throws<FaceBiasException>(() => HomeCache.Clean(_home, "pictures")).Message,
            StringComparison.Ordinal);
        using (new FileStream(Path.Combine(_home, "images/probe-5.journal"), FileMode.Open, FileAccess.ReadWrite,
            FileShare.None))
            Assert.Contains("used by another run",
                Assert.Throws<FaceBiasException>(() => HomeCache.Clean(_home)).Message, StringComparison.Ordinal);
        Assert.Equal(30, HomeCache.Clean(_home));
    }
}
