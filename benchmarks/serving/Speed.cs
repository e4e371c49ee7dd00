using System.Globalization;
using FaceBias.Core.Data;

namespace FaceBias.Benchmarks.Serving;

/// <summary>Images per second against <c>facebias predict</c> and against a plain endpoint, and latency at half of the
/// load; in turn, round by round.</summary>
internal static class Speed
{
    private const int Clients = 32;

    public static async Task Run(string model, string folder, int rounds, double seconds)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        var files = ImageFolder.List([folder]).Files;
        var pictures = files.Select(f => File.ReadAllBytes(f.Path)).ToArray();
        var table = Path.Combine(Directory.CreateTempSubdirectory("serving").FullName, "predictions.csv");
        // A fifth of the pictures, so that the start of the command can be taken off.
        var few = Directory.CreateTempSubdirectory("serving").FullName;
        foreach (var file in files.Take(files.Count / 5))
            File.Copy(file.Path, Path.Combine(few, Path.GetFileName(file.Path)));
        var part = Directory.GetFiles(few).Length;
        List<double> predicts = [], serves = [], plains = [], predictsCpu = [], servesCpu = [], plainsCpu = [],
            p50 = [], p99 = [], plain50 = [], plain99 = [];
        Answers? answers = null;
        for (var round = 0; round < rounds; round++)
        {
            var (whole, start) = (Processes.Predict(model, folder, table),
                Processes.Predict(model, few, Path.Combine(few, "..", "few.csv")));
            predicts.Add((files.Count - part) / (whole.Clock - start.Clock));
            predictsCpu.Add((files.Count - part) / (whole.Processor - start.Processor));
            answers ??= new(table);
            async Task Served(bool own)
            {
                using var served = own ? await Processes.Serve(model) : await Processes.Plain(model);
                await Load.Saturate(served, pictures, Clients, Math.Min(5, seconds));
                var rate = await Load.Saturate(served, pictures, Clients, seconds);
                var latencies = await Load.Arrive(served, pictures, rate.Clock / 2, seconds, round);
                (own ? serves : plains).Add(rate.Clock);
                (own ? servesCpu : plainsCpu).Add(rate.Processor);
                (own ? p50 : plain50).Add(1000 * latencies[latencies.Length / 2]);
                (own ? p99 : plain99).Add(1000 * latencies[(int)(0.99 * (latencies.Length - 1))]);
                if (own && round == 0)
                    foreach (var (file, i) in files.Select((f, i) => (f, i)))
                        answers.Compare(file.Id, await Load.Ask(served, pictures[i]));
            }
            await Served(own: round % 2 == 0);
            await Served(own: round % 2 == 1);
            Console.WriteLine(
                $"round {round + 1}: predict {predicts[^1]:0.0}, serve {serves[^1]:0.0}, plain {plains[^1]:0.0} "
                    + $"images/s; per second of processor {predictsCpu[^1]:0.0}, {servesCpu[^1]:0.0}, "
                    + $"{plainsCpu[^1]:0.0}");
        }
        string Ratio(IEnumerable<double> values)
        {
            double[] sorted = [.. values.Order()];
            return $"{sorted[sorted.Length / 2]:0.00} ({sorted[0]:0.00} to {sorted[^1]:0.00})";
        }
        Console.WriteLine(
            $"{files.Count} pictures, {Clients} clients, {rounds} rounds of {seconds} s; medians, and the least and "
                + $"largest of the rounds");
        Console.WriteLine($"| serve over predict, images/s | {Ratio(serves.Zip(predicts, (s, p) => s / p))} |");
        Console.WriteLine(
            $"| serve over predict, images per second of processor time | "
                + $"{Ratio(servesCpu.Zip(predictsCpu, (s, p) => s / p))} |");
        Console.WriteLine(
            $"| serve over the plain endpoint, images per second of processor time | "
                + $"{Ratio(servesCpu.Zip(plainsCpu, (s, p) => s / p))} |");
        Console.WriteLine(
            $"| serve over the plain endpoint, images/s | {Ratio(serves.Zip(plains, (s, p) => s / p))} |");
        Console.WriteLine($"| p50 at half load, ms: serve | {Ratio(p50)} |");
        Console.WriteLine($"| p50 at half load, ms: plain | {Ratio(plain50)} |");
        Console.WriteLine($"| p99 at half load, ms: serve | {Ratio(p99)} |");
        Console.WriteLine($"| p99 at half load, ms: plain | {Ratio(plain99)} |");
        Console.WriteLine(
            $"| answers compared with predict's | {answers!.Compared}, {answers.OtherLabels} other labels, largest "
                + $"difference {answers.Largest:0.0e0} |");
    }
}
