using System.Security.Cryptography;
using FaceBias.Synthesis;
using FaceBias.Tests;
using NetVips;

namespace FaceBias.Core.Tests.Synthesis;

public class SynthDataSetTests
{
    private static readonly SynthSpec Spec = SynthSpec.Parse("""
        {
          "size": 96,
          "split": {"train": 0.5, "validation": 0.25, "test": 0.25},
          "planted": {
            "rare_group": {"gender": ["female"], "skin_tone": ["monk_8", "monk_9", "monk_10"], "share": 0.1, "share_in_test": 0.5},
            "correlation": {"nuisance": "glasses", "female": ["no"], "male": ["yes"], "agreement": 1, "balanced_rare_group": true},
            "exact_duplicates": 0.05, "near_duplicates": 0.05, "conflicting_duplicates": 0.025, "non_faces": 0.05,
            "unreadable": 0.025, "wrong_labels": 0.03
          }
        }
        """, "test");

    [Fact]
    public void The_same_seed_gives_the_same_bytes_on_one_thread_and_on_two()
    {
        var (one, two, other) = (TestPaths.NewFolder(), TestPaths.NewFolder(), TestPaths.NewFolder());
        SynthDataSet.Write(Spec, 40, 7, one, threads: 1);
        SynthDataSet.Write(Spec, 40, 7, two, threads: 2);
        SynthDataSet.Write(Spec, 40, 8, other, threads: 2);
        Assert.Equal(Hash(one), Hash(two));
        Assert.NotEqual(Hash(one), Hash(other));
    }

    [Fact]
    public void Counts_are_the_shares_of_the_spec_and_files_are_what_they_are_said_to_be()
    {
        var folder = TestPaths.NewFolder();
        var planted = SynthDataSet.Write(Spec, 80, 3, folder);
        Assert.Equal((4, 4, 2, 4, 2, 2), (planted.ExactDuplicates.Count, planted.NearDuplicates.Count,
            planted.ConflictingDuplicates.Count, planted.NonFaces.Count, planted.Unreadable.Count,
            planted.WrongLabels.Count));
        Assert.Equal(80 - 4 - 4 - 2 - 4 - 2, planted.Faces);
        var labels = File.ReadLines(Path.Combine(folder, "labels.csv")).Skip(1).Select(l => l.Split(','))
            .ToDictionary(l => l[0]);
        Assert.Equal(80, labels.Count);

        var bytes = labels.Keys.ToDictionary(f => f, f => File.ReadAllBytes(Path.Combine(folder, "images", f)));
        foreach (var (file, of) in planted.ExactDuplicates.Select(c => (c.File, c.Of)))
        {
            Assert.Equal(bytes[of], bytes[file]);
            Assert.Equal(labels[of][1..], labels[file][1..]);
        }
        foreach (var (file, of) in planted.ConflictingDuplicates.Select(c => (c.File, c.Of)))
        {
            Assert.Equal(bytes[of], bytes[file]);
            Assert.NotEqual(labels[of][1], labels[file][1]);
            Assert.Equal(labels[of][2..], labels[file][2..]);
        }
        foreach (var (file, of) in planted.NearDuplicates.Select(c => (c.File, c.Of)))
        {
            Assert.NotEqual(bytes[of], bytes[file]);
            Assert.InRange(MeanDifference(bytes[of], bytes[file]), 0.1, 12);
        }
        // Nothing repeats beyond what was planted.
        Assert.Equal(80 - 4 - 2, bytes.Values.Select(b => Convert.ToHexString(SHA256.HashData(b))).Distinct().Count());

        foreach (var (file, content) in bytes)
            if (planted.Unreadable.Contains(file))
                Assert.Throws<VipsException>(() => Decode(content));
            else
                Assert.Equal(96 * 96 * 3, Decode(content).Length);

        // The rare group: exact in training and in test, apart from copies, pictures without a face and wrong labels.
        var group = planted.RareGroup!;
        Assert.Equal((int)Math.Round(0.1 * 32) + (int)Math.Round(0.1 * 16), group.InTraining);
        Assert.Equal(8, group.InTest);
        Assert.Equal((48, 16), (group.OfTraining, group.OfTest));
        Assert.All(group.Files, f => Assert.Equal("dark", labels[f][4]));
        Assert.Equal(group.InTest, group.Files.Count(f => labels[f][10] == "test"));

        var correlation = planted.Correlation!;
        Assert.Equal(correlation.Rest, correlation.Agreeing);
        Assert.Equal(group.Files.Count, correlation.Balanced);
        Assert.Equal(correlation.Balanced - correlation.BalancedAgreeing, correlation.Against.Count);
        foreach (var (file, l) in labels.Where(l => !group.Files.Contains(l.Key) && !planted.WrongLabels.Contains(l.Key)
            && planted.ConflictingDuplicates.All(c => c.File != l.Key) && !planted.NonFaces.Contains(l.Key)
            && planted.ExactDuplicates.Concat(planted.NearDuplicates).All(c => c.File != l.Key)))
            Assert.Equal(l[1] == "male" ? "yes" : "no", l[7]);
    }

    [Fact]
    public void A_run_that_was_cut_short_goes_on_and_a_complete_one_draws_nothing()
    {
        var (folder, whole) = (TestPaths.NewFolder(), TestPaths.NewFolder());
        SynthDataSet.Write(Spec, 40, 7, whole);
        SynthDataSet.Write(Spec, 40, 7, folder);
        File.Delete(Path.Combine(folder, "labels.csv"));
        foreach (var file in Directory.GetFiles(Path.Combine(folder, "images")).Order().Take(5))
            File.Delete(file);
        var last = new List<StepProgress>();
        SynthDataSet.Write(Spec, 40, 7, folder, new Listener(last), threads: 1);
        Assert.Equal(Hash(whole), Hash(folder));
        Assert.Equal((40L, 40L, 35L), (last[^1].Done, last[^1].Total, last[^1].Cached));

        var stamps = Directory.GetFiles(Path.Combine(folder, "images")).ToDictionary(f => f, File.GetLastWriteTimeUtc);
        SynthDataSet.Write(Spec, 40, 7, folder);
        Assert.All(stamps, s => Assert.Equal(s.Value, File.GetLastWriteTimeUtc(s.Key)));
    }

    [Fact]
    public void Cancelling_leaves_whole_files_only()
    {
        var folder = TestPaths.NewFolder();
        using var cancel = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => SynthDataSet.Write(
            Spec with { Planted = new() }, 400, 7, folder, new Listener([], cancel), cancellationToken: cancel.Token));
        var files = Directory.GetFiles(Path.Combine(folder, "images"));
        Assert.InRange(files.Length, 1, 399);
        Assert.All(files, f => Assert.Equal(96 * 96 * 3, Decode(File.ReadAllBytes(f)).Length));
        Assert.False(File.Exists(Path.Combine(folder, "labels.csv")));
    }

    [Fact]
    public void A_folder_with_something_else_is_refused()
    {
        var folder = TestPaths.NewFolder();
        SynthDataSet.Write(Spec, 20, 7, folder);
        var e = Assert.Throws<FaceBiasException>(() => SynthDataSet.Write(Spec, 20, 8, folder));
        Assert.Contains("another spec, seed or count", e.Message, StringComparison.Ordinal);

        var foreign = TestPaths.NewFolder();
        Directory.CreateDirectory(Path.Combine(foreign, "images"));
        File.WriteAllText(Path.Combine(foreign, "images", "me.jpg"), "me");
        e = Assert.Throws<FaceBiasException>(() => SynthDataSet.Write(Spec, 20, 8, foreign));
        Assert.Contains("were not drawn here", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    [InlineData(100_000_000)]
    public void A_count_out_of_range_is_refused(int count) =>
        Assert.Contains("Count",
            Assert.Throws<FaceBiasException>(() => SynthDataSet.Write(Spec, count, 1, TestPaths.NewFolder())).Message,
            StringComparison.Ordinal);

    [Fact]
    public void The_record_on_disk_is_the_one_returned()
    {
        var folder = TestPaths.NewFolder();
        var returned = SynthDataSet.Write(Spec, 40, 7, folder);
        Assert.Equivalent(returned, PlantedRecord.Read(Path.Combine(folder, "planted.json")), strict: true);
        var e = Assert.Throws<FaceBiasException>(() => PlantedRecord.Read(Path.Combine(folder, "labels.csv")));
        Assert.Contains("labels.csv", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Png_is_written_where_asked()
    {
        var folder = TestPaths.NewFolder();
        SynthDataSet.Write(new SynthSpec { Format = SynthFormat.Png, Size = 64 }, 3, 1, folder);
        var bytes = File.ReadAllBytes(Path.Combine(folder, "images", "000002.png"));
        Assert.Equal("89504E47", Convert.ToHexString(bytes.AsSpan(0, 4)));
        Assert.Equal(64 * 64 * 3, Decode(bytes).Length);
    }

    private static byte[] Decode(byte[] file)
    {
        using var image = Image.NewFromBuffer(file, failOn: Enums.FailOn.Truncated);
        return image.WriteToMemory<byte>();
    }

    private static double MeanDifference(byte[] a, byte[] b) =>
        Decode(a).Zip(Decode(b), (x, y) => Math.Abs(x - y)).Average();

    /// <summary>One hash over all names and contents.</summary>
    private static string Hash(string folder)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal))
        {
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(Path.GetRelativePath(folder, file)));
            hash.AppendData(File.ReadAllBytes(file));
        }
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    /// <summary>Keeps what is reported, and cancels at the first report where asked.</summary>
    private sealed class Listener(List<StepProgress> reports, CancellationTokenSource? cancel = null)
        : IProgress<StepProgress>
    {
        public void Report(StepProgress value)
        {
            lock (reports)
                reports.Add(value);
            cancel?.Cancel();
        }
    }
}
