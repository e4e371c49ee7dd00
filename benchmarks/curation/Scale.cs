using System.Diagnostics;
using System.Globalization;
using FaceBias.Core.Curation;
using FaceBias.Core.Curation.Quality;
using FaceBias.Core.Data;
using FaceBias.Core.Imaging;
using FaceBias.Primitives.Hashing;

namespace FaceBias.Benchmarks.Curation;

/// <summary>
/// `curate` on very many images. `make` links real pictures under as many names as are wanted and writes what a look at
/// each found into the cache, with hashes made up, for all but every 50th; `run` runs the command on the folder: these
/// are looked at, the others come from the cache, as after an interruption.
/// </summary>
internal static class Scale
{
    private const int PerFolder = 10_000, LookedAt = 50;

    public static void Make(string pictures, int count, string work)
    {
        string[] sources = [.. ImageFolder.List(pictures).Files.Take(1000).Select(f => f.Path)];
        var images = Path.Combine(work, "images");
        var real = Directory.CreateDirectory(Path.Combine(work, "pictures")).FullName;
        for (var s = 0; s < sources.Length; s++)
            File.Copy(sources[s], sources[s] = Path.Combine(real, $"{s}.jpg"));
        var hashes = NearSpeed.Hashes(count, count / 20, count / 20);
        var random = new Random(7);
        using var journal = ProbeJournal.Open(Path.Combine(work, "home", "images"), (_, _) => { });
        using var labels = new StreamWriter(Path.Combine(work, "labels.csv"));
        labels.WriteLine("id,gender,race,age");
        for (var i = 0; i < count; i++)
        {
            if (i % PerFolder == 0)
                Directory.CreateDirectory(Path.Combine(images, Folder(i)));
            var id = $"{Folder(i)}/{i.ToString("0000000", CultureInfo.InvariantCulture)}.jpg";
            var path = Path.Combine(images, id);
            File.CreateSymbolicLink(path, sources[i % sources.Length]);
            labels.WriteLine(
                FormattableString.Invariant(
                    $"{id},{(random.Next(2) == 0 ? "male" : "female")},{"abcde"[random.Next(5)]},{random.Next(1, 90)}"));
            if (i % LookedAt != 0)
                journal.Add(ProbeJournal.Key(path, ImageDecoder.DefaultMaxPixels)!.Value, new(
                    null, new Digest((UInt128)(ulong)i << 64, (ulong)i), hashes[i], ImageFormat.Jpeg, 200, 200,
                    ImageTraits.None,
                    new PictureQuality(0.1f, 0.8f, 7, 0.4f, 0.2f, 0), (ulong)random.NextInt64()));
        }
        Console.WriteLine($"{count:N0} names for {sources.Length:N0} pictures, {hashes.Distinct().Count():N0} different hashes");
    }

    public static void Run(string facebias, string work)
    {
        var clock = Stopwatch.StartNew();
        var start = new ProcessStartInfo("dotnet",
            [facebias, "curate", "--images", Path.Combine(work, "images"), "--labels", Path.Combine(work, "labels.csv"),
                "--out", Path.Combine(work, "out")]);
        start.Environment["FACEBIAS_HOME"] = Path.Combine(work, "home");
        using var command = Process.Start(start)!;
        var (peak, processor) = (0L, TimeSpan.Zero);
        while (!command.WaitForExit(50))
        {
            command.Refresh();
            (peak, processor) = (Math.Max(peak, command.PeakWorkingSet64), command.TotalProcessorTime);
        }
        if (command.ExitCode != 0)
            throw new InvalidOperationException($"facebias curate ended with {command.ExitCode}.");
        Console.WriteLine($"curate: {clock.Elapsed.TotalSeconds:0.0} s, {processor.TotalSeconds:0.0} s of processor time, peak memory {peak / 1e6:N0} MB, page {new FileInfo(Path.Combine(work, "out", "curation.html")).Length / 1e6:0.0} MB");
    }

    private static string Folder(int i) => (i / PerFolder).ToString("000", CultureInfo.InvariantCulture);
}
