using System.Diagnostics;
using System.Globalization;
using FaceBias.Core.Heads.Data;
using FaceBias.Core.Heads.Methods;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Runtime;

if (args is ["selection", var held, var output, ..])
{
    SelectionRules.Run(held, output, Number(3, 3), Number(4, 1), args.Length > 5 ? args[5].Split(',') : ["all"]);
    return 0;
}
if (args.Length != 4)
{
    Console.Error.WriteLine(
        "usage: mitigation WIDTH BATCH EPOCHS ROUNDS | selection DATA OUT [SEEDS [TRIALS [METHODS]]]");
    return 2;
}

// Times whole trainings of heads, rounds alternating with PyTorch.
var numbers = Array.ConvertAll(args, a => int.Parse(a, CultureInfo.InvariantCulture));
var (width, batch, epochs, rounds) = (numbers[0], numbers[1], numbers[2], numbers[3]);
var data = SyntheticBias.Create(new() { Train = 6000, Validation = 400, Test = 10, Width = width });
var folder = Directory.CreateTempSubdirectory("facebias-heads-").FullName;
HeadDataFolder.Write(folder, data);
var task = MitigationTask.Prepare(data).With(epochs: epochs, patience: epochs, batch: batch);
var cores = Environment.ProcessorCount;
Console.WriteLine(
    $"6,000 x {width}, batch {batch}, {epochs} epochs with a validation of 1,600 rows after each; milliseconds per "
        + $"epoch of one training, median of {rounds} alternating rounds");
Console.WriteLine(
    $"side by side: {cores} trainings at once on one thread each, their time divided by {cores}; usual: one training "
        + $"on {cores} threads; loader: the same with a DataLoader");
Console.WriteLine("method              hidden  FaceBias  PyTorch side by side  usual  loader  ratios");
foreach (var (name, hidden) in new[] { ("erm", 0), ("erm", 128), ("group-dro", 0), ("group-dro", 128), ("lff", 128),
    ("caml", 128) })
{
    var method = MitigationMethods.Find([name])[0];
    var settings = new Settings(
        new Dictionary<string, double>(Settings.Defaults(method.Space).Values) { ["hidden"] = hidden });
    var times = new List<double>[] { [], [], [], [] };
    for (var round = 0; round <= rounds; round++)
    {
        var clock = Stopwatch.StartNew();
        Parallel.For(0, cores, i => method.Train(task.With(seed: (ulong)i + 1), settings));
        double[] now =
        [
            clock.Elapsed.TotalMilliseconds / epochs / cores,
            Torch(cores, 1, "tensors") / cores, Torch(1, cores, "tensors"), Torch(1, cores, "loader"),
        ];
        // The first round warms up.
        for (var i = 0; i < now.Length && round > 0; i++)
            times[i].Add(now[i]);
    }
    double[] m = [.. times.Select(t => t.Order().ElementAt(t.Count / 2))];
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{name,-18}  {hidden,6}  {m[0],8:0.0}  {m[1],20:0.0}  {m[2],5:0.0}  {m[3],6:0.0}  {m[1] / m[0]:0.0}  "
            + $"{m[2] / m[0]:0.0}  {m[3] / m[0]:0.0}"));

    double Torch(int processes, int threads, string loader)
    {
        var python = Environment.GetEnvironmentVariable("FACEBIAS_PYTHON") ?? "/usr/bin/python3";
        var started = Enumerable.Range(0, processes).Select(_ => Process.Start(new ProcessStartInfo(
            python, [Path.Combine(AppContext.BaseDirectory, "torch_heads.py"), folder, name, $"{hidden}", $"{batch}",
                $"{epochs}", $"{threads}", loader])
        {
            RedirectStandardOutput = true,
            // OpenBLAS may choose its kernels for the processor at hand, as ONNX Runtime does.
            Environment = { ["OMP_NUM_THREADS"] = $"{threads}", ["OPENBLAS_CORETYPE"] = null,
                ["OPENBLAS_L2_SIZE"] = null },
        })!).ToArray();
        return started.Select(process =>
        {
            using (process)
            {
                var text = process.StandardOutput.ReadToEnd();
                process.WaitForExit();
                return process.ExitCode == 0 ? double.Parse(text, CultureInfo.InvariantCulture)
                    : throw new InvalidOperationException(
                        "PyTorch did not run; set FACEBIAS_PYTHON to a Python that has it.");
            }
        }).Max();
    }
}
Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
    $"products alone (the hidden layer of 128 units forwards and its gradient, and forwards for the validation): "
        + $"{Products():0.0}"));
Directory.Delete(folder, recursive: true);
return 0;

int Number(int at, int otherwise) => args.Length > at ? int.Parse(args[at], CultureInfo.InvariantCulture) : otherwise;

// What no program can do without that computes these products: milliseconds per epoch in ONNX Runtime.
double Products()
{
    var g = new GraphBuilder("products");
    g.Input("x", TensorProto.Types.DataType.Float, batch, width);
    g.Input("w", TensorProto.Types.DataType.Float, width, 128);
    g.Input("e", TensorProto.Types.DataType.Float, batch, 128);
    g.Output(g.Add("MatMul", "x", "w"), TensorProto.Types.DataType.Float, batch, 128);
    var (steps, validation) = (6000 / batch, 1600.0 / batch);
    var forwards = Median(g.Model);
    g.Output(g.Add("Gemm", ["x", "e"], [("transA", 1L)]), TensorProto.Types.DataType.Float, width, 128);
    return (steps * Median(g.Model) + validation * forwards) / cores;

    static double Median(ModelProto model)
    {
        using var session = new OnnxSession(model, new OnnxSessionOptions { Threads = 1 });
        using var run = session.CreateBatch(1);
        foreach (var input in session.Inputs)
            run.Input<float>(input.Name).Fill(0.5f);
        var runs = Enumerable.Range(0, 300).Select(_ =>
        {
            var clock = Stopwatch.StartNew();
            run.Run();
            return clock.Elapsed.TotalMilliseconds;
        });
        return runs.Order().ElementAt(150);
    }
}
