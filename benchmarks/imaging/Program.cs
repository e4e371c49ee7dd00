using System.Diagnostics;
using FaceBias.Core.Data;
using FaceBias.Benchmarks.Curation;
using FaceBias.Core.Imaging;
using FaceBias.Primitives.Tables;

// Timings of the data layer, ways side by side and in turns. Rates are per second of processor time of this process,
// which a busy machine does not change much; the clock's time stands beside it.
// dotnet run -c Release --project benchmarks/imaging -- decode FOLDER | table
switch (args)
{
    case ["decode", var folder]:
        Decode(folder);
        break;
    case ["table"]:
        Tables();
        break;
    default:
        Console.Error.WriteLine("decode FOLDER | table");
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
    Console.WriteLine("images, decode and resize to 224x224");
    Measure.InTurns(files.Length,
        ("libvips", () => { foreach (var f in files) plain.Decode(f, spec, pixels); }),
        ("libturbojpeg where plain", () => { foreach (var f in files) fast.Decode(f, spec, pixels); }));
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
        Console.WriteLine($"{name}: {back.RowCount:N0} rows of {back.Columns.Count}: write {write.TotalSeconds:0.0} "
            + $"core-s, read {read.TotalSeconds:0.0} core-s, {new FileInfo(path).Length / 1e6:0} MB");
    }
    folder.Delete(true);
    using var self = Process.GetCurrentProcess();
    Console.WriteLine($"peak memory {self.PeakWorkingSet64 / 1e6:N0} MB");
}
