using System.Collections;
using FaceBias.Core.Curation;
using FaceBias.Core.Data;
using FaceBias.Core.Tests.Imaging;
using FaceBias.Core.Tests.Runs;
using FaceBias.Tests;
using FaceBias.Workflows.Curate;

namespace FaceBias.Core.Tests.Curation;

/// <summary>A folder of images that somebody changes while it is read.</summary>
public class ChangingFolderTests
{
    private static string Folder(params string[] names)
    {
        var folder = TestPaths.NewFolder();
        foreach (var name in names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, name))!);
            File.WriteAllBytes(Path.Combine(folder, name), TestImages.Jpeg(60 + name.Length, 60));
        }
        return folder;
    }

    /// <summary>Files of which one is replaced when it is asked for the second time: after its key was made, before it
    /// is read.</summary>
    private sealed class Replacing(IReadOnlyList<ImageFile> files, Action replace) : IReadOnlyList<ImageFile>
    {
        private int _asked;

        public int Count => files.Count;

        public ImageFile this[int index]
        {
            get
            {
                if (++_asked == 2)
                    replace();
                return files[index];
            }
        }

        public IEnumerator<ImageFile> GetEnumerator() => files.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    [Fact]
    public void What_was_deleted_cut_replaced_or_added_after_listing_is_said_of_each_file_and_found_by_the_next_run()
    {
        var folder = Folder("cut.jpg", "deleted.jpg", "good.jpg", "replaced.jpg", "sub/moved.jpg", "text.jpg");
        var cache = Path.Combine(TestPaths.NewFolder(), "cache");
        var files = ImageFolder.List(folder).Files;
        string At(string name) => Path.Combine(folder, name);
        var whole = File.ReadAllBytes(At("cut.jpg"));
        File.WriteAllBytes(At("cut.jpg"), whole[..^300]);
        File.Delete(At("deleted.jpg"));
        File.WriteAllBytes(At("replaced.jpg"), TestImages.Png(31, 32));
        Directory.Move(At("sub"), At("elsewhere"));
        File.WriteAllText(At("text.jpg"), "no picture any more");
        File.WriteAllBytes(At("added.jpg"), TestImages.Jpeg(40, 90));

        var (manifest, summary) = Curator.Run(files, options: new() { CacheFolder = cache });
        Assert.Equal(["cut.jpg", "deleted.jpg", "sub/moved.jpg", "text.jpg"],
            summary.Reasons.Keys.Order(StringComparer.Ordinal));
        Assert.Contains("cut off", summary.Reasons["cut.jpg"], StringComparison.Ordinal);
        Assert.Equal("the file does not exist", summary.Reasons["deleted.jpg"]);
        Assert.Equal("the file does not exist", summary.Reasons["sub/moved.jpg"]);
        Assert.Equal((31, 32), (manifest.Width[3], manifest.Height[3]));
        Assert.Null(manifest.Problem[2]);

        File.WriteAllBytes(At("cut.jpg"), whole);
        File.SetLastWriteTimeUtc(At("cut.jpg"), new DateTime(2020, 1, 2, 0, 0, 0, DateTimeKind.Utc));
        File.WriteAllBytes(At("deleted.jpg"), TestImages.Jpeg(50, 50));
        (manifest, summary) = Curator.Run(ImageFolder.List(folder).Files, options: new() { CacheFolder = cache });
        Assert.Equal(["added.jpg", "cut.jpg", "deleted.jpg", "elsewhere/moved.jpg", "good.jpg", "replaced.jpg",
            "text.jpg"], manifest.Files.Select(f => f.Id));
        Assert.Equal(["text.jpg"], summary.Reasons.Keys);
    }

    [Fact]
    public void A_file_that_is_replaced_just_before_it_is_read_does_not_get_into_the_cache_under_its_old_name_and_time()
    {
        var folder = Folder("a.jpg");
        var path = Path.Combine(folder, "a.jpg");
        var (before, time) = (File.ReadAllBytes(path), File.GetLastWriteTimeUtc(path));
        var files = ImageFolder.List(folder).Files;
        var probe = new ImageProbe(Path.Combine(TestPaths.NewFolder(), "cache"));
        var seen = probe.Run(new Replacing(files, () => File.WriteAllBytes(path, TestImages.Jpeg(100, 30))))[0];
        Assert.Equal((100, 30), (seen.Width, seen.Height));
        // Put back as it was, to the tick.
        File.WriteAllBytes(path, before);
        File.SetLastWriteTimeUtc(path, time);
        var again = probe.Run(files)[0];
        Assert.Equal((65, 60), (again.Width, again.Height));
    }

    [Fact]
    public void A_folder_that_goes_away_in_the_middle_leaves_a_whole_result_and_the_next_run_goes_on()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not move a folder of files that are being read");
        var world = new TinyWorld(count: 200);
        var (images, away) = (world.Images, world.Images + "-away");
        var options = new CurateRunOptions { Images = [images], Labels = world.Labels,
            Out = Path.Combine(world.Folder, "curated"), Home = Path.Combine(world.Folder, "home") };
        var listed = ImageFolder.List(images).Files.Count;
        var progress = new OnLook(last: false, () => Directory.Move(images, away));
        var lines = CurateRun.Execute(options, progress);
        var manifest = Manifest.Read(Path.Combine(options.Out, "manifest.parquet"));
        var gone = manifest.Problem.Count(p => p == "the file does not exist");
        Assert.Equal(listed, manifest.Count);
        Assert.InRange(gone, 1, listed - 1);
        Assert.Contains(lines, l => l.StartsWith($"{gone} files were listed and gone", StringComparison.Ordinal));
        Assert.True(File.Exists(Path.Combine(options.Out, "curation.html")));

        Directory.Move(away, images);
        var looked = new OnLook(last: false, () => { });
        lines = CurateRun.Execute(options, looked);
        Assert.Equal(0, Manifest.Read(Path.Combine(options.Out, "manifest.parquet")).Problem.Count(
            p => p == "the file does not exist"));
        // A file that was read while its folder went away is not sure to be what its key said.
        Assert.InRange(looked.Last.Cached, listed - gone - Environment.ProcessorCount, listed - gone);
        Assert.DoesNotContain(lines, l => l.Contains("gone when", StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_replaced_or_deleted_before_the_features_is_named_and_not_kept_under_its_old_hash()
    {
        var world = new TinyWorld("""{"size": 48}""", count: 40);
        var options = new CurateRunOptions
        {
            Images = [world.Images],
            Out = Path.Combine(world.Folder, "curated"),
            Home = Path.Combine(world.Folder, "home"),
            Backbone = world.Backbone,
        };
        var files = ImageFolder.List(world.Images).Files;
        var bytes = File.ReadAllBytes(files[3].Path);
        var lines = CurateRun.Execute(options, new OnLook(last: true, () =>
        {
            File.WriteAllBytes(files[3].Path, TestImages.Jpeg(70, 50));
            File.Delete(files[7].Path);
        }));
        Assert.Contains($"'{files[3].Id}' could not be looked at: it changed while the run was reading it.", lines);
        Assert.Contains($"'{files[7].Id}' could not be looked at: the file does not exist.", lines);
        File.WriteAllBytes(files[3].Path, bytes);
        Assert.DoesNotContain(CurateRun.Execute(options),
            l => l.Contains("could not be looked at", StringComparison.Ordinal));
        Assert.Equal(39, Manifest.Read(Path.Combine(options.Out, "manifest.parquet")).Count);
    }

    /// <summary>Acts when images are first heard to be looked at, or all of them were, and remembers what was heard
    /// last.</summary>
    private sealed class OnLook(bool last, Action act) : IProgress<StepProgress>
    {
        private readonly object _lock = new();
        private bool _acted;

        public StepProgress Last { get; private set; }

        public void Report(StepProgress value)
        {
            lock (_lock)
            {
                if (value.Step != "looking at images")
                    return;
                if (!_acted && (!last || value.Done == value.Total))
                {
                    act();
                    _acted = true;
                }
                if (value.Done > Last.Done)
                    Last = value;
            }
        }
    }
}
