using System.Collections.Concurrent;
using System.Diagnostics;

namespace FaceBias.Benchmarks.Serving;

/// <summary>Requests of good pictures.</summary>
internal static class Load
{
    /// <summary>As many requests as the service takes: each of some clients asks again as soon as it has its
    /// answer.</summary>
    /// <returns>Answers per second by the clock, and per second of the service's processor time.</returns>
    public static async Task<(double Clock, double Processor)> Saturate(Served served, byte[][] pictures, int clients,
        double seconds)
    {
        var (next, done) = (-1, 0);
        var before = served.ProcessorSeconds;
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(async _ =>
        {
            while (watch.Elapsed.TotalSeconds < seconds)
            {
                await Ask(served, pictures[(Interlocked.Increment(ref next) & int.MaxValue) % pictures.Length]);
                Interlocked.Increment(ref done);
            }
        }));
        return (done / watch.Elapsed.TotalSeconds, done / (served.ProcessorSeconds - before));
    }

    /// <summary>Requests at times of a Poisson process, whether or not earlier ones are answered.</summary>
    /// <returns>Seconds of every answer, sorted.</returns>
    public static async Task<double[]> Arrive(Served served, byte[][] pictures, double rate, double seconds, int seed)
    {
        var random = new Random(seed);
        var latencies = new ConcurrentBag<double>();
        var open = new List<Task>();
        var watch = Stopwatch.StartNew();
        for (double at = 0; at < seconds; at += -Math.Log(1 - random.NextDouble()) / rate)
        {
            var wait = at - watch.Elapsed.TotalSeconds;
            if (wait > 0)
                await Task.Delay(TimeSpan.FromSeconds(wait));
            var (picture, due) = (pictures[random.Next(pictures.Length)], at);
            open.Add(Task.Run(async () =>
            {
                await Ask(served, picture);
                // From when it was due: a late sender must not hide a slow service.
                latencies.Add(watch.Elapsed.TotalSeconds - due);
            }));
        }
        await Task.WhenAll(open);
        return [.. latencies.Order()];
    }

    public static async Task<string> Ask(Served served, byte[] picture)
    {
        using var content = new ByteArrayContent(picture);
        using var answer = await served.Client.PostAsync(new Uri("predict", UriKind.Relative), content);
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? text
            : throw new InvalidOperationException($"{(int)answer.StatusCode}: {text}");
    }
}
