using System.Diagnostics;
using System.Globalization;
using FaceBias.Core.Data;
using FaceBias.Core.Imaging;
using FaceBias.MLNet;
using FaceBias.Workflows.Predict;
using Microsoft.ML;

namespace FaceBias.Benchmarks.Prediction;

/// <summary>A pool of engines under concurrent requests and <c>facebias predict</c> on the same pictures in turn; and
/// the memory that one engine and the pool add to the process.</summary>
internal static class PoolSpeed
{
    public static async Task<int> Run(string model, string folder, int images, int concurrency, int rounds)
    {
        var files = ImageFolder.List([folder]).Files.Take(images).ToList();
        byte[][] pictures = [.. files.Select(f => File.ReadAllBytes(f.Path))];
        var temporary = Directory.CreateTempSubdirectory("facebias-bench-");
        try
        {
            foreach (var file in files)
                File.Copy(file.Path, Path.Combine(temporary.FullName, Path.GetFileName(file.Path)), overwrite: true);
            Console.WriteLine(
                string.Create(CultureInfo.InvariantCulture,
                    $"memory: one engine {Child("engine"):0} MB, the pool under {concurrency} requests at once "
                        + $"{Child("pool"):0} MB"));
            using var pool = new FacePredictionEnginePool(model);
            await Requests(pool, pictures, concurrency);
            var ratios = new List<double>();
            for (var round = 0; round < rounds; round++)
            {
                var requests = await Timed(() => Requests(pool, pictures, concurrency));
                var predict = await Timed(() =>
                {
                    PredictRun.Execute(
                        new PredictRunOptions { Model = model, Images = [temporary.FullName],
                            Out = Path.Combine(temporary.FullName, "predictions.csv") });
                    return Task.CompletedTask;
                });
                ratios.Add(predict / requests);
                Console.WriteLine(
                    string.Create(CultureInfo.InvariantCulture,
                        $"pool {pictures.Length / requests:0.0}/s, predict {pictures.Length / predict:0.0}/s, ratio "
                            + $"{predict / requests:0.00}"));
            }
            Console.WriteLine(
                string.Create(CultureInfo.InvariantCulture,
                    $"median ratio {ratios.Order().ElementAt(ratios.Count / 2):0.00}"));
            return 0;
        }
        finally
        {
            temporary.Delete(recursive: true);
        }

        double Child(string what)
        {
            var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
            if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
                start.ArgumentList.Add(typeof(PoolSpeed).Assembly.Location);
            foreach (var argument in new[] { "pool-memory", what, model, folder,
                images.ToString(CultureInfo.InvariantCulture), concurrency.ToString(CultureInfo.InvariantCulture) })
                start.ArgumentList.Add(argument);
            using var child = Process.Start(start)!;
            return double.Parse(child.StandardOutput.ReadToEnd(), CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Prints by how many MB one engine, or a pool under load, makes this process larger.</summary>
    public static async Task<int> PrintMemory(string what, string model, string folder, int images, int concurrency)
    {
        byte[][] pictures = [.. ImageFolder.List([folder]).Files.Take(images).Select(f => File.ReadAllBytes(f.Path))];
        // Decoders have their buffers before anything is counted.
        new ImageDecoder().Decode(pictures[0], new ImageSpec(64, 64), new float[3 * 64 * 64]);
        var start = Memory();
        using var engine = what == "engine" ? new MLContext().Model.CreateFacePredictionEngine(model) : null;
        using var pool = what == "engine" ? null : new FacePredictionEnginePool(model);
        if (engine is not null)
            Array.ForEach(pictures, p => engine.Predict(p));
        else
            await Requests(pool!, pictures, concurrency);
        Console.Write(string.Create(CultureInfo.InvariantCulture, $"{(Memory() - start) / 1e6:0.0}"));
        return 0;
    }

    private static Task Requests(FacePredictionEnginePool pool, byte[][] pictures, int concurrency)
    {
        var next = -1;
        return Task.WhenAll(Enumerable.Range(0, concurrency).Select(async _ =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) < pictures.Length;)
                await pool.PredictAsync(pictures[i]);
        }));
    }

    private static async Task<double> Timed(Func<Task> work)
    {
        var clock = Stopwatch.StartNew();
        await work();
        return clock.Elapsed.TotalSeconds;
    }

    private static long Memory()
    {
        GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
