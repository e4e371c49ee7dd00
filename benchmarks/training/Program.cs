using System.Diagnostics;
using System.Globalization;
using FaceBias.Benchmarks.Training;
using FaceBias.Onnx.Training;

// Training steps of ours and PyTorch's in turn, so that whatever else the machine does slows both; medians and their
// ratio. usage: dotnet run -c Release --project benchmarks/training [-- [--threads N] [--runs N] [--no-peer]
// [--profile] [--plain] [--tune FILE] MODEL...] CPU is the processor time of all threads of a process; ours includes
// threads that wait by spinning.
var threads = 2;
int? runs = null;
var peer = true;
var (profile, spin, cuda, plain, matrix, files) = (false, false, false, false, false, false);
int[] opsets = [9, 11, 13, 14, 16, 17];
var (pictures, size) = (64, 64);
string? tune = null;
var names = new List<string>();
for (var i = 0; i < args.Length; i++)
    switch (args[i])
    {
        case "--threads": threads = int.Parse(args[++i], CultureInfo.InvariantCulture); break;
        case "--runs": runs = int.Parse(args[++i], CultureInfo.InvariantCulture); break;
        case "--no-peer": peer = false; break;
        case "--profile": profile = true; break;
        case "--spin": spin = true; break;
        case "--plain": plain = true; break;
        case "--device": cuda = args[++i] == "cuda"; break;
        case "--matrix": matrix = true; break;
        case "--files": files = true; break;
        case "--opsets": opsets = [.. args[++i].Split(',').Select(o => int.Parse(o, CultureInfo.InvariantCulture))];
            break;
        case "--pictures": pictures = int.Parse(args[++i], CultureInfo.InvariantCulture); break;
        case "--size": size = int.Parse(args[++i], CultureInfo.InvariantCulture); break;
        case "--tune": tune = args[++i]; break;
        default: names.Add(args[i]); break;
    }

if (matrix)
    return Architectures.Run(names, opsets, threads, pictures, size);
if (files)
    return ModelFiles.Run(names, threads, pictures);
if (cuda)
    return DeviceCheck.Run(names, threads, runs ?? 20);
Console.WriteLine(
    "| step | ours ms | PyTorch ms | ratio, median of pairs | quartiles | at most | ours CPU ms | PyTorch CPU ms | "
        + "session s | ours MB | told MB | PyTorch MB |");
Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|---|");
foreach (var entry in names.Count == 0 ? Models.All : names.Select(Models.Find))
{
    using var torch = peer ? new TorchSteps(entry.Name, threads) : null;
    var (model, trained) = entry.Build();
    var watch = Stopwatch.StartNew();
    using var session = new TrainingSession(model, "loss", trained, new Sgd(0.9), new TrainingSessionOptions
    {
        Threads = threads,
        BatchNorm = entry.BatchNorm,
        TuningCache = tune,
        Spin = spin,
        Blocked = !plain,
        Profile = profile ? Path.Combine(Path.GetTempPath(), $"facebias-{entry.Name}") : null,
    });
    var creation = watch.Elapsed.TotalSeconds;
    var random = new Random(1);
    foreach (ref var value in session.Input<float>("x"))
        value = random.NextSingle();
    List<double> ours = [], theirs = [], oursCpu = [], theirsCpu = [];
    using var process = Process.GetCurrentProcess();
    var count = runs ?? entry.Runs;
    var warmUp = Math.Max(2, count / 10);
    for (var i = 0; i < warmUp + count; i++)
    {
        var cpu = process.TotalProcessorTime;
        watch.Restart();
        session.Step(1e-3);
        var mine = watch.Elapsed.TotalMilliseconds;
        process.Refresh();
        cpu = process.TotalProcessorTime - cpu;
        var (other, otherCpu) = torch?.Step() ?? (double.NaN, double.NaN);
        if (i < warmUp)
            continue;
        ours.Add(mine);
        theirs.Add(other);
        oursCpu.Add(cpu.TotalMilliseconds);
        theirsCpu.Add(otherCpu);
    }
    // Of the pairs, which the machine slowed alike, and not of the medians.
    var ratios = ours.Zip(theirs, (o, t) => o / t).Order().ToList();
    var (a, b) = (Median(ours), Median(theirs));
    process.Refresh();
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"| {entry.Name} | {a:0.00} | {b:0.00} | {ratios[ratios.Count / 2]:0.00} | {ratios[ratios.Count / 4]:0.00} to "
            + $"{ratios[ratios.Count * 3 / 4]:0.00} | {entry.Limit:0.00} | {Median(oursCpu):0.0} | "
            + $"{Median(theirsCpu):0.0} | {creation:0.0} | {process.PeakWorkingSet64 >> 20} | {session.Bytes >> 20} | "
            + $"{torch?.Finish() >> 10} |"));
}

return 0;

static double Median(List<double> values)
{
    values.Sort();
    return values[values.Count / 2];
}
