using System.Text.Json;
using FaceBias.Core.Curation;
using FaceBias.Core.Data;
using FaceBias.Core.Data.Labels;
using FaceBias.Core.Tests.Imaging;
using FaceBias.Primitives.Tables;
using FaceBias.Tests;
using NetVips;

namespace FaceBias.Core.Tests.Curation;

public class CuratorTests
{
    /// <summary>A picture of its own for every number.</summary>
    private static byte[] Picture(int number, int brighter = 0)
    {
        var random = new Random(number);
        var coarse = new byte[8 * 8];
        random.NextBytes(coarse);
        using var small = Image.NewFromMemory(coarse, 8, 8, 1, Enums.BandFormat.Uchar);
        using var large = small.Resize(8, kernel: Enums.Kernel.Cubic);
        using var shifted =
            (large * 0.7 + brighter).Cast(Enums.BandFormat.Uchar).Copy(interpretation: Enums.Interpretation.Bw);
        return shifted.PngsaveBuffer();
    }

    private static string Folder(params (string Name, byte[] Bytes)[] files)
    {
        var folder = TestPaths.NewFolder();
        foreach (var (name, bytes) in files)
        {
            var path = Path.Combine(folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, bytes);
        }
        return folder;
    }

    private static string Mixed() => Folder(
        ("10_0_0_1.png", Picture(1)), ("10_0_0_2.png", Picture(1)), // copies that agree
        ("20_0_0_1.png", Picture(2)), ("21_1_0_1.png", Picture(2)), // copies that do not
        ("30_0_1_1.png", Picture(3)), ("31_0_1_2.png", Picture(3, 20)), // look alike
        ("40_0_1_1.png", Picture(4)), ("50_1_2_1.png", Picture(5)),
        ("60_0_0_1.jpg", []), ("61_0_0_1.jpg", TestImages.Jpeg(90, 90)[..^200]),
        ("62_0_0_1.png", "renamed text"u8.ToArray()),
        ("63_0_0_1.png", TestImages.BlackPng(30_000, 30_000)));

    [Fact]
    public void Every_kind_of_trouble_is_found_and_counted()
    {
        var files = ImageFolder.List(Mixed()).Files;
        var (manifest, summary) = Curator.Run(files, LabelSource.Load("utkface", files));
        Assert.Equal((12, 4, 6, 2, 1),
            (summary.Files, summary.Unreadable, summary.Unique, summary.ExactGroups, summary.LabelConflicts));
        Assert.Equal((1L, 2, 3), (summary.NearPairs, summary.NearFlagged, summary.Kept));
        Assert.Equal(["10_0_0_1.png", "40_0_1_1.png", "50_1_2_1.png"],
            files.Where((_, i) => manifest.Kept[i]).Select(f => f.Id));
        Assert.StartsWith("the file is empty (0 bytes)", summary.Reasons["60_0_0_1.jpg"]);
        Assert.Contains("cut off", summary.Reasons["61_0_0_1.jpg"], StringComparison.Ordinal);
        Assert.Contains("text", summary.Reasons["62_0_0_1.png"], StringComparison.Ordinal);
        Assert.Contains("30,000 x 30,000", summary.Reasons["63_0_0_1.png"], StringComparison.Ordinal);

        (manifest, _) = Curator.Run(files, LabelSource.Load("utkface", files), new() { Near = NearPolicy.KeepFirst });
        Assert.Equal(["10_0_0_1.png", "30_0_1_1.png", "40_0_1_1.png", "50_1_2_1.png"],
            files.Where((_, i) => manifest.Kept[i]).Select(f => f.Id));
        (_, summary) = Curator.Run(files);
        Assert.Equal((0, 4), (summary.LabelConflicts, summary.Kept));
    }

    [Fact]
    public void The_copy_that_has_labels_stands_for_its_group()
    {
        // The first by name tells nothing of its age.
        var files = ImageFolder.List(
            Folder(("1.png", Picture(1)), ("20_0_0_1.png", Picture(1)), ("30_0_0_1.png", Picture(2)))).Files;
        var (manifest, _) = Curator.Run(files, LabelSource.Load("utkface", files));
        Assert.Equal([1, 1, 2], manifest.ExactGroup);
        Assert.Equal([true, false, false], manifest.Flags.Select(f => f.HasFlag(ManifestFlags.ExactCopy)));
    }

    [Fact]
    public void The_manifest_comes_back_from_parquet_and_the_summary_is_json()
    {
        var folder = Mixed();
        var files = ImageFolder.List(folder).Files;
        var (manifest, summary) = Curator.Run(files, LabelSource.Load("utkface", files));
        Splitter.Assign(manifest, []);
        var path = Path.Combine(folder, "manifest.parquet");
        manifest.Write(path);
        var back = Manifest.Read(path);
        Assert.Equal(manifest.Files, back.Files);
        Assert.Equal(manifest.Sha256, back.Sha256);
        Assert.Equal(manifest.PHash, back.PHash);
        Assert.Equal(manifest.Width, back.Width);
        Assert.Equal(manifest.Format, back.Format);
        Assert.Equal(manifest.Traits, back.Traits);
        Assert.Equal(manifest.Problem, back.Problem);
        Assert.Equal(manifest.Flags, back.Flags);
        Assert.Equal(manifest.ExactGroup, back.ExactGroup);
        Assert.Equal(manifest.Cluster, back.Cluster);
        Assert.Equal(manifest.Kept, back.Kept);
        Assert.Equal(manifest.Splits, back.Splits);
        Assert.Equal(["age", "gender", "race"], back.Labels.Select(c => c.Name));

        summary.Write(Path.Combine(folder, "curation.json"));
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "curation.json")));
        foreach (var key in new[] { "files", "unreadable", "unique", "exactGroups", "labelConflicts", "nearPairs",
            "nearFlagged", "kept" })
            Assert.True(json.RootElement.GetProperty(key).TryGetInt32(out _), key);
    }

    [Fact]
    public void A_manifest_that_lacks_a_column_or_holds_nonsense_is_one_sentence()
    {
        var path = Path.Combine(TestPaths.NewFolder(), "manifest.csv");
        File.WriteAllText(path, "id,path\na,b\n");
        Assert.Contains("lacks 'sha256'", Assert.Throws<FaceBiasException>(() => Manifest.Read(path)).Message,
            StringComparison.Ordinal);
        new Manifest([new("a.jpg", "a.jpg")]).Write(path);
        File.WriteAllText(path, File.ReadAllText(path).Replace("unknown", "sculpture", StringComparison.Ordinal));
        Assert.Contains("row 1", Assert.Throws<FaceBiasException>(() => Manifest.Read(path)).Message,
            StringComparison.Ordinal);
        Assert.Contains("'split'", Assert.Throws<FaceBiasException>(() =>
            new Manifest([new("a", "a")], new([new TextColumn("split", ["x"])]))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_second_run_looks_at_no_file_again_and_a_torn_journal_costs_only_its_tail()
    {
        var folder = Mixed();
        // An empty file may have content the next time, and is looked at again.
        File.Delete(Path.Combine(folder, "60_0_0_1.jpg"));
        var cache = Path.Combine(TestPaths.NewFolder(), "cache");
        var files = ImageFolder.List(folder).Files;
        var cold = new ImageProbe(cache).Run(files);
        var (warm, cached) = Run();
        Assert.Equal(cold, warm);
        Assert.Equal(files.Count, cached);

        var journal = Assert.Single(Directory.GetFiles(cache));
        var bytes = File.ReadAllBytes(journal);
        File.WriteAllBytes(journal, bytes[..^5]);
        (warm, cached) = Run();
        Assert.Equal(cold, warm);
        Assert.Equal(files.Count - 1, cached);
        Assert.Equal(files.Count, Run().Cached);

        bytes[bytes.Length / 2] ^= 0x40;
        File.WriteAllBytes(journal, bytes);
        (warm, cached) = Run();
        Assert.Equal(cold, warm);
        Assert.InRange(cached, 1, files.Count - 1);

        File.WriteAllText(journal, "something else");
        Assert.Equal(0, Run().Cached);

        File.WriteAllBytes(files[0].Path, Picture(77));
        (warm, cached) = Run();
        Assert.NotEqual(cold[0].Sha256, warm[0].Sha256);
        Assert.Equal(files.Count - 1, cached);

        (ProbeResult[] Results, long Cached) Run()
        {
            long cached = -1;
            var progress = new Sink(p => cached = p.Done == p.Total ? p.Cached : cached);
            return (new ImageProbe(cache).Run(files, progress), cached);
        }
    }

    [Fact]
    public void A_cancelled_run_goes_on_where_it_was()
    {
        var folder = Folder([.. Enumerable.Range(0, 300).Select(i => ($"{i}.png", Picture(i)))]);
        var cache = TestPaths.NewFolder();
        var files = ImageFolder.List(folder).Files;
        using var cancel = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(
            () => new ImageProbe(cache).Run(files, new Sink(_ => cancel.Cancel()), cancel.Token));
        long cached = 0;
        var results = new ImageProbe(cache).Run(files, new Sink(p => cached = p.Cached));
        Assert.InRange(cached, 64, 299);
        Assert.Equal(new ImageProbe().Run(files), results);
    }

    [Fact]
    public void Awkward_names_and_vanished_files_are_no_obstacle()
    {
        var folder = Folder(("a b.png", Picture(1)), ("it's \"q\".png", Picture(2)), ("new\nline.png", Picture(3)),
            ("脸/é.png", Picture(4)));
        var files = ImageFolder.List(folder).Files;
        Assert.Equal(4, files.Count);
        var (manifest, summary) = Curator.Run([.. files, new ImageFile("zz.png", Path.Combine(folder, "zz.png"))]);
        Assert.Equal((1, 4), (summary.Unreadable, summary.Kept));
        Assert.Equal("the file does not exist", summary.Reasons["zz.png"]);
        var path = Path.Combine(folder, "m.parquet");
        manifest.Write(path);
        Assert.Equal(manifest.Files, Manifest.Read(path).Files);
    }

    private sealed class Sink(Action<StepProgress> act) : IProgress<StepProgress>
    {
        private readonly object _lock = new();

        public void Report(StepProgress value)
        {
            lock (_lock)
                act(value);
        }
    }
}
