using System.Diagnostics;
using System.Globalization;
using FaceBias.Core.Mitigation;
using FaceBias.Core.Mitigation.Data;

// Times whole trainings of heads, rounds alternating with PyTorch.
if (args.Length != 4)
{
    Console.Error.WriteLine("usage: mitigation WIDTH BATCH EPOCHS ROUNDS");
    return 2;
}
var numbers = Array.ConvertAll(args, a => int.Parse(a, CultureInfo.InvariantCulture));
var (width, batch, epochs, rounds) = (numbers[0], numbers[1], numbers[2], numbers[3]);
var data = SyntheticBias.Create(new() { Train = 6000, Validation = 400, Test = 10, Width = width });
var folder = Directory.CreateTempSubdirectory("facebias-heads-").FullName;
HeadDataFolder.Write(folder, data);
var task = MitigationTask.Prepare(data).With(epochs: epochs, patience: epochs, batch: batch);
Console.WriteLine($"6,000 x {width}, batch {batch}, {epochs} epochs with a validation of 1,600 rows after each, one thread each side; milliseconds of processor time per epoch, median of {rounds} alternating rounds");
Console.WriteLine("method              hidden  FaceBias  PyTorch  ratio");
foreach (var (name, hidden) in new[] { ("erm", 0), ("erm", 128), ("group-dro", 0), ("group-dro", 128), ("lff", 128), ("caml", 128) })
{
    var method = MitigationMethods.Find([name])[0];
    var settings = new Settings(new Dictionary<string, double>(Settings.Defaults(method.Space).Values) { ["hidden"] = hidden });
    List<double> ours = [], theirs = [];
    for (var round = 0; round <= rounds; round++)
    {
        var before = Process.GetCurrentProcess().TotalProcessorTime;
        method.Train(task, settings);
        var a = (Process.GetCurrentProcess().TotalProcessorTime - before).TotalMilliseconds / epochs;
        var b = Torch(folder, name, hidden, batch, epochs);
        // The first round warms both up.
        if (round > 0)
        {
            ours.Add(a);
            theirs.Add(b);
        }
    }
    var (x, y) = (Median(ours), Median(theirs));
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-18}  {hidden,6}  {x,8:0.0}  {y,7:0.0}  {y / x,5:0.0}"));
}
Directory.Delete(folder, recursive: true);
return 0;

static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

static double Torch(string folder, string method, int hidden, int batch, int epochs)
{
    var python = Environment.GetEnvironmentVariable("FACEBIAS_PYTHON") ?? "/usr/bin/python3";
    var start = new ProcessStartInfo(python, [Path.Combine(AppContext.BaseDirectory, "torch_heads.py"), folder, method, $"{hidden}", $"{batch}", $"{epochs}"]) { RedirectStandardOutput = true };
    using var process = Process.Start(start)!;
    var text = process.StandardOutput.ReadToEnd();
    process.WaitForExit();
    return process.ExitCode == 0 ? double.Parse(text, CultureInfo.InvariantCulture)
        : throw new InvalidOperationException("PyTorch did not run; set FACEBIAS_PYTHON to a Python that has it.");
}
