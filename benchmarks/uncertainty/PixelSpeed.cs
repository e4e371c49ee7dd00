using System.Diagnostics;
using System.Globalization;
using FaceBias.Core.Uncertainty.Representation;
using FaceBias.Primitives.Randomness;

namespace FaceBias.Benchmarks.Uncertainty;

/// <summary>Training of the 64x64 HistogramVAE against the same network in PyTorch: rounds of steps in turn, so that a
/// busy machine slows both.</summary>
internal static class PixelSpeed
{
    private const int Batch = 32, Pictures = 15_000;

    public static void Run(int rounds, int steps, int threads)
    {
        var labels = Enumerable.Range(0, Batch * steps).Select(i => i % 2).ToArray();
        var noise = new float[3 * 64 * 64];
        var random = new RandomSource(1).Stream("pixels");
        for (var i = 0; i < noise.Length; i++)
            noise[i] = (float)(255 * random.NextDouble());
        using var vae = new PixelVae((_, pixels) => noise.CopyTo(pixels), labels, 2, 1,
            new PixelVaeOptions { BatchSize = Batch, Threads = threads });
        int[] rows = [.. Enumerable.Range(0, labels.Length)];
        vae.Train(rows[..(5 * Batch)], 1);
        using var torch =
            Process.Start(new ProcessStartInfo(
                Environment.GetEnvironmentVariable("FACEBIAS_PYTHON") ?? "/usr/bin/python3",
            [Path.Combine(AppContext.BaseDirectory, "vae_torch.py"), "epoch", $"{threads}", $"{Batch}", $"{steps}"])
        { RedirectStandardInput = true, RedirectStandardOutput = true,
            Environment = { ["OMP_NUM_THREADS"] = $"{threads}", ["OMP_WAIT_POLICY"] = "PASSIVE" } })!;
        if (torch.StandardOutput.ReadLine() != "ready")
            throw new InvalidOperationException("PyTorch did not run; set FACEBIAS_PYTHON to a Python that has it.");
        var (own, other) = (new List<double>(), new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            var clock = Stopwatch.StartNew();
            vae.Train(rows, 1);
            own.Add(clock.Elapsed.TotalMilliseconds / steps);
            torch.StandardInput.WriteLine("go");
            other.Add(double.Parse(torch.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture));
        }
        torch.StandardInput.WriteLine();
        torch.WaitForExit();
        double[] ratios = [.. own.Zip(other, (a, b) => a / b).Order()];
        double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{rounds} rounds of {steps} steps, batch {Batch}, {threads} threads: FaceBias {Median(own):0.0} ms a "
                + $"step, PyTorch {Median(other):0.0}; ratio {ratios[ratios.Length / 2]:0.00} ({ratios[0]:0.00} to "
                + $"{ratios[^1]:0.00}). An epoch of {Pictures:N0} pictures is {Pictures / Batch} steps: "
                + $"{Median(own) * Pictures / Batch / 1000:0} s against {Median(other) * Pictures / Batch / 1000:0} s here."));
    }
}
