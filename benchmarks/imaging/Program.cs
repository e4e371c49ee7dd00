using System.Diagnostics;
using System.Globalization;
using FaceBias.Core.Curation;
using FaceBias.Core.Data;
using FaceBias.Core.Imaging;

// Timings of the data layer, ways side by side and in turns. Rates are per second of processor time of this process, which
// a busy machine does not change much; the clock's time stands beside it.
// dotnet run -c Release --project benchmarks/imaging -- decode FOLDER | hash FOLDER | near | table
switch (args)
{
    case ["decode", var folder]:
        Decode(folder);
        break;
    case ["hash", var folder]:
        Hash(folder);
        break;
    case ["near"]:
        Near();
        break;
    case ["table"]:
        Tables();
        break;
    default:
        Console.Error.WriteLine("decode FOLDER | hash FOLDER | near | table");
        return 2;
}
return 0;

static void Decode(string folder)
{
    var files = ImageFolder.List(folder).Files.Take(1000).Select(f => File.ReadAllBytes(f.Path)).ToArray();
    var spec = new ImageSpec(224, 224);
    var pixels = new float[spec.Length];
    var fast = new ImageDecoder();
    var plain = new ImageDecoder { FastJpeg = false };
    InTurns(files.Length, "images per core-second, decode and resize to 224x224",
        ("libvips", () => { foreach (var f in files) plain.Decode(f, spec, pixels); }),
        ("libturbojpeg where plain", () => { foreach (var f in files) fast.Decode(f, spec, pixels); }));
}

static void Hash(string folder)
{
    var files = ImageFolder.List(folder).Files.Take(1000).Select(f => f.Path).ToArray();
    var fast = new ImageProbe();
    var plain = new ImageProbe(decoder: new ImageDecoder { FastJpeg = false });
    InTurns(files.Length, "images per core-second, SHA-256 and perceptual hash from files",
        ("libvips", () => { foreach (var f in files) plain.Look(f); }),
        ("libturbojpeg where plain", () => { foreach (var f in files) fast.Look(f); }));
}

static void Near()
{
    var random = new Random(7);
    foreach (var (name, hashes, distance) in new[]
    {
        ("23,000 random, distance 5", Hashes(23_000, 0, 0), 5), ("23,000 random, distance 10", Hashes(23_000, 0, 0), 10),
        ("1,000,000 random, distance 5", Hashes(1_000_000, 0, 0), 5), ("1,000,000 with 5% near copies and 50,000 equal, distance 5", Hashes(1_000_000, 50_000, 50_000), 5),
        ("1,000,000 random, distance 10", Hashes(1_000_000, 0, 0), 10),
    })
    {
        NearDuplicates.Find(hashes.AsSpan(0, 20_000), distance);
        var (clock, cpu) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        var found = NearDuplicates.Find(hashes, distance);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name}: {(Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds:N0} core-ms, clock {clock.Elapsed.TotalMilliseconds:N0} ms, {found.PairsWithin(distance):N0} pairs"));
    }

    ulong[] Hashes(int count, int planted, int equal)
    {
        var hashes = new ulong[count];
        for (var i = 0; i < count; i++)
        {
            hashes[i] = i < equal ? 0x0123456789ABCDEF : i < equal + planted ? hashes[equal + random.Next(i - equal + 1)] ^ (1UL << random.Next(64)) ^ (1UL << random.Next(64))
                : ((ulong)random.NextInt64() << 1) ^ (ulong)random.Next();
        }
        return hashes;
    }
}

static void Tables()
{
    var random = new Random(7);
    var groups = new[] { "White", "Black", "Asian", "Indian", "Other" };
    var rows = Enumerable.Range(0, 1_000_000).ToArray();
    var table = new Table(
    [
        new TextColumn("id", rows, [.. rows.Select(i => $"images/{i:D7}.jpg")]),
        new TextColumn("race", [.. rows.Select(_ => random.Next(5))], groups),
        .. Enumerable.Range(0, 8).Select(c => new NumberColumn($"p{c}", [.. rows.Select(_ => random.NextDouble())])),
    ]);
    var folder = Directory.CreateTempSubdirectory("facebias-bench-");
    foreach (var name in new[] { "t.csv", "t.parquet" })
    {
        var path = Path.Combine(folder.FullName, name);
        var start = Environment.CpuUsage.TotalTime;
        TableFile.Write(path, table);
        var write = Environment.CpuUsage.TotalTime - start;
        var back = TableFile.Read(path);
        var read = Environment.CpuUsage.TotalTime - start - write;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {back.RowCount:N0} rows of {back.Columns.Count}: write {write.TotalSeconds:0.0} core-s, read {read.TotalSeconds:0.0} core-s, {new FileInfo(path).Length / 1e6:0} MB"));
    }
    folder.Delete(true);
    using var self = Process.GetCurrentProcess();
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"peak memory {self.PeakWorkingSet64 / 1e6:N0} MB"));
}

static void InTurns(int count, string unit, params (string Name, Action Run)[] ways)
{
    const int Rounds = 5;
    var best = new double[ways.Length];
    for (var round = 0; round <= Rounds; round++)
    {
        for (var w = 0; w < ways.Length; w++)
        {
            var start = Environment.CpuUsage.TotalTime;
            ways[w].Run();
            // The first round warms up.
            if (round > 0)
                best[w] = Math.Max(best[w], count / (Environment.CpuUsage.TotalTime - start).TotalSeconds);
        }
    }
    for (var w = 0; w < ways.Length; w++)
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{ways[w].Name}: {best[w]:N0} {unit} (best of {Rounds}; {best[w] / best[0]:0.00} of the first)"));
}
