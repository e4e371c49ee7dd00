using System.Diagnostics;
using System.Globalization;
using FaceBias.Onnx.Runtime;
using FaceBias.Onnx.Training;

namespace FaceBias.Benchmarks.Training;

/// <summary>The check for a GPU machine: the same steps on the processor, on CUDA and on CUDA in mixed precision,
/// whether losses and weights agree, and how long a step takes on each.</summary>
internal static class DeviceCheck
{
    /// <summary>The GPU adds in another order, and rounds products of its convolutions to TF32 where it may.</summary>
    private const double Tolerance = 0.01;

    /// <summary>Products in float16 keep three digits.</summary>
    private const double MixedTolerance = 0.03;

    /// <returns>0 if all agree, 1 if not, 2 if there is no such device.</returns>
    public static int Run(IReadOnlyList<string> names, int threads, int steps)
    {
        Console.WriteLine(
            "| step | precision | losses differ at most by | weights differ by | agrees | CPU ms | CUDA ms |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        var failed = false;
        foreach (var entry in Models.All.Where(m => names.Count == 0 || names.Contains(m.Name)))
        {
            Outcome[] gpus;
            try
            {
                gpus = [.. Enum.GetValues<TrainingPrecision>().Select(
                    p => Train(entry, ExecutionDevice.Cuda, p, threads, steps))];
            }
            catch (FaceBiasException e)
            {
                Console.Error.WriteLine(e.Message);
                return 2;
            }
            var cpu = Train(entry, ExecutionDevice.Cpu, TrainingPrecision.Float32, threads, steps);
            foreach (var gpu in gpus)
                failed |= !Compare(entry.Name, cpu, gpu);
        }
        return failed ? 1 : 0;
    }

    private static bool Compare(string name, Outcome cpu, Outcome gpu)
    {
        var loss = cpu.Losses.Zip(gpu.Losses, (a, b) => Math.Abs(a - b) / Math.Max(1e-3, Math.Abs(a))).Max();
        double difference = 0, norm = 0;
        foreach (var (parameter, values) in cpu.Weights)
            for (var i = 0; i < values.Length; i++)
            {
                difference += Math.Pow(values[i] - gpu.Weights[parameter][i], 2);
                norm += Math.Pow(values[i], 2);
            }
        var weights = Math.Sqrt(difference / norm);
        var tolerance = gpu.Precision == TrainingPrecision.Mixed ? MixedTolerance : Tolerance;
        var agrees = loss < tolerance && weights < tolerance;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {gpu.Precision} | {loss:0.0e0} | {weights:0.0e0} | {(agrees ? "yes" : "NO")} | "
                + $"{cpu.Milliseconds:0.00} | {gpu.Milliseconds:0.00} |"));
        return agrees;
    }

    private sealed record Outcome(TrainingPrecision Precision, List<double> Losses, Dictionary<string, float[]> Weights,
        double Milliseconds);

    private static Outcome Train(Models.Entry entry, ExecutionDevice device, TrainingPrecision precision, int threads,
        int steps)
    {
        var (model, trained) = entry.Build();
        using var session = new TrainingSession(model, "loss", trained, new AdamW { WeightDecay = 0.01, ClipNorm = 1 },
            new TrainingSessionOptions { Threads = threads, BatchNorm = entry.BatchNorm, Device = device,
                Precision = precision });
        var random = new Random(1);
        foreach (ref var value in session.Input<float>("x"))
            value = random.NextSingle();
        foreach (ref var label in session.Input<long>("labels"))
            label = random.Next(2);
        List<double> losses = [], times = [];
        for (var i = 0; i < steps; i++)
        {
            var start = Stopwatch.GetTimestamp();
            losses.Add(session.Step(1e-4));
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        times.Sort();
        return new Outcome(precision, losses, session.GetParameters(), times[times.Count / 2]);
    }
}
