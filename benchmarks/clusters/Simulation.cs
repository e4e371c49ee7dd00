using FaceBias.Primitives.Randomness;

namespace FaceBias.Benchmarks.Clusters;

/// <summary>
/// Shards on many workers, some slow and some lost, drawn from a seed. A worker takes the next shard when it is free;
/// its speed is log-normal about the given rate, a shard is a straggler with some probability, a worker is lost at an
/// exponential time and comes back after a while, and the shard that it had is computed anew from its first row.
/// </summary>
internal sealed class Simulation
{
    private readonly Dictionary<string, double> _settings = new()
    {
        // Measured: benchmarks/features/README.md, 158 images/s on two cores.
        ["pictures"] = 100e6, ["rate"] = 79, ["cores"] = 4, ["workers"] = 64, ["start"] = 20,
        ["sigma"] = 0.1, ["stragglers"] = 0.01, ["slower"] = 4, ["lost_per_hour"] = 0.05, ["back"] = 180, ["seed"] = 1,
    };

    /// <summary>Prints a row for each size of shards.</summary>
    public static void Run(string[] settings)
    {
        var simulation = new Simulation();
        foreach (var (name, value) in settings.Select(s => s.Split('=')).Select(p => (p[0], double.Parse(p[1]))))
            simulation._settings[name] = simulation._settings.ContainsKey(name) ? value
                : throw new ArgumentException($"there is no '{name}'; there are {string.Join(", ", simulation._settings.Keys)}");
        Console.WriteLine(string.Join(' ', simulation._settings.Select(s => $"{s.Key}={s.Value}")));
        Console.WriteLine("| rows of a shard | shards | hours | hours without trouble | core-hours | recomputed | last shard waits |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var rows in new[] { 1_000, 10_000, 100_000, 1_000_000 })
        {
            var (hours, busy, again, tail) = simulation.One(rows);
            var ideal = simulation["pictures"] / (simulation["rate"] * simulation["cores"] * simulation["workers"]) / 3600;
            Console.WriteLine($"| {rows:N0} | {Math.Ceiling(simulation["pictures"] / rows):N0} | {hours:0.00} | {ideal:0.00} "
                + $"| {busy * simulation["cores"]:N0} | {100 * again:0.00} % | {60 * tail:0.0} min |");
        }
    }

    private double this[string name] => _settings[name];

    /// <summary>Hours until the last shard is done, worker-hours taken, the share of rows computed more than once, and
    /// for how long of the hours some worker had nothing left to do.</summary>
    private (double Hours, double Busy, double Again, double Tail) One(int rows)
    {
        var source = new RandomSource((int)this["seed"]);
        var shards = (int)Math.Ceiling(this["pictures"] / rows);
        var open = new Queue<int>(Enumerable.Range(0, shards));
        var (tries, speed) = (new int[shards], source.Counter("speed"));
        var free = new PriorityQueue<int, double>();
        var lost = Enumerable.Range(0, (int)this["workers"]).Select(w => Lost(source, w, 0, 0)).ToArray();
        var losses = new int[lost.Length];
        for (var w = 0; w < lost.Length; w++)
            free.Enqueue(w, 0);
        var (busy, last, again, idle) = (0.0, 0.0, 0.0, double.PositiveInfinity);
        // Shards of lost workers, which others may take only when the loss is known.
        var returned = new PriorityQueue<int, double>();
        while (open.Count > 0 || returned.Count > 0)
        {
            free.TryDequeue(out var worker, out var now);
            int shard;
            if (open.Count > 0)
                shard = open.Dequeue();
            else
            {
                idle = Math.Min(idle, now);
                returned.TryDequeue(out shard, out var known);
                now = Math.Max(now, known);
            }
            var straggles = source.Counter(shard, tries[shard]++).Uniform(0) < this["stragglers"];
            var rate = this["rate"] * this["cores"] * Math.Exp(this["sigma"] * speed.Normal((ulong)worker))
                / (straggles ? this["slower"] : 1);
            var end = now + this["start"] + rows / rate;
            if (lost[worker] < end)
            {
                // A worker that was lost while it waited begins when it is back.
                var at = Math.Max(lost[worker], now);
                again += Math.Max(0, (at - now - this["start"]) * rate);
                busy += at - now;
                returned.Enqueue(shard, at + 20);
                free.Enqueue(worker, at + this["back"]);
                lost[worker] = Lost(source, worker, ++losses[worker], at + this["back"]);
                continue;
            }
            busy += end - now;
            last = Math.Max(last, end);
            free.Enqueue(worker, end);
        }
        // From when the first worker had nothing to take.
        while (free.TryDequeue(out _, out var at))
            idle = Math.Min(idle, at);
        return (last / 3600, busy / 3600, again / this["pictures"], Math.Max(0, last - idle) / 3600);
    }

    private double Lost(RandomSource source, int worker, int number, double from) =>
        from - Math.Log(source.Counter(worker, 1000 + number).Uniform(1)) / this["lost_per_hour"] * 3600;
}
