using System.Diagnostics;
using FaceBias.Core.Curation;
using FaceBias.Core.Data;
using FaceBias.Core.Imaging;
using FaceBias.Tests;

namespace FaceBias.Core.Tests.Imaging;

/// <summary>Things in a folder that are named like pictures and are none: each is its own failure, and nothing
/// waits.</summary>
public class OddFilesTests
{
    [Fact]
    public void Pipes_devices_giants_and_links_to_nothing_are_left_out_and_the_batch_goes_on()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs pipes and devices of Unix");
        var folder = TestPaths.NewFolder();
        string At(string name) => Path.Combine(folder, name);
        File.WriteAllBytes(At("good.png"), TestImages.Png(32, 32));
        File.CreateSymbolicLink(At("link.png"), At("good.png"));
        using (var pipe = Process.Start("mkfifo", [At("pipe.jpg")]))
            pipe.WaitForExit();
        File.CreateSymbolicLink(At("zero.jpg"), "/dev/zero");
        File.CreateSymbolicLink(At("loop.jpg"), At("loop.jpg"));
        File.CreateSymbolicLink(At("nowhere.jpg"), At("gone.jpg"));
        File.WriteAllBytes(At("empty.jpg"), []);
        using (var giant = File.Create(At("giant.jpg")))
            giant.SetLength(ImageDecoder.MaxBytes + 1); // a hole, not bytes on disk
        var files = ImageFolder.List(folder).Files;
        var results = new ImageProbe().Run(files, null, TestContext.Current.CancellationToken);
        var problems = files.Zip(results).ToDictionary(p => p.First.Id, p => p.Second.Problem);
        Assert.Null(problems["good.png"]);
        Assert.Null(problems["link.png"]);
        Assert.Contains("pipe or device", problems["pipe.jpg"], StringComparison.Ordinal);
        Assert.Contains("pipe or device", problems["zero.jpg"], StringComparison.Ordinal);
        Assert.Contains("empty (0 bytes)", problems["empty.jpg"], StringComparison.Ordinal);
        Assert.Contains("more than the limit of 268 MB", problems["giant.jpg"], StringComparison.Ordinal);
        Assert.All(problems.Where(p => p.Key is "loop.jpg" or "nowhere.jpg"), p => Assert.NotNull(p.Value));
    }
}
