using System.Diagnostics;
using FaceBias.Auditing;
using FaceBias.Primitives.Tables;
using MathNet.Numerics.Distributions;

namespace FaceBias.Benchmarks.Auditing;

/// <summary>The search for slices: how often a planted one of three attributes is found, how often one is confirmed
/// where nothing is planted, and how long it takes.</summary>
internal static class Slices
{
    private const int Attributes = 8, Levels = 3;

    public static int Run(int tables)
    {
        // A slice of 1/27 of 20,000 rows has about 370 in each half. The confirming test alone has 80% power for 6 to 7
        // points, if it is corrected for ten slices.
        Console.WriteLine(
            "| rows | right elsewhere | right in the planted slice | power of the corrected test alone | found by the search | confirmed | something else confirmed |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var inside in new[] { 0.86, 0.84, 0.83, 0.82, 0.80 })
            Planted(tables, 20_000, 0.90, inside);
        Console.WriteLine();
        Console.WriteLine(
            "| target | rows | attributes | depth | tables with a confirmed slice where nothing is planted |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var (rows, depth) in new[] { (4_000, 2), (4_000, 3), (4_000, 4), (20_000, 3) })
            foreach (var number in new[] { false, true })
                Null(tables, rows, depth, number);
        return 0;
    }

    /// <summary>The time of a search.</summary>
    public static int Time(int rows, int attributes, int depth)
    {
        var table = Make(rows, attributes, 5, 1, _ => 0.9);
        AuditOptions options = new() { Resample = false, IntersectionDepth = 1, SliceDepth = depth };
        Auditor.Run(Make(2000, attributes, 5, 2, _ => 0.9), options); // compiles
        var (_, wall, work) = Measure(table, options with { FindSlices = false });
        var (slices, all, allWork) = Measure(table, options);
        Console.WriteLine(FormattableString.Invariant(
            $"{rows} rows x {attributes} attributes of 5 levels, depth {depth}: {all - wall:0.00} s for the search, {allWork - work:0.00} s of processor time, {slices} slices tested"));
        return 0;
    }

    private static (int Slices, double Seconds, double Processor) Measure(Table table, AuditOptions options)
    {
        using var process = Process.GetCurrentProcess();
        var (clock, before) = (Stopwatch.StartNew(), process.TotalProcessorTime);
        var slices = Auditor.Run(table, options).Slices.Count;
        process.Refresh();
        return (slices, clock.Elapsed.TotalSeconds, (process.TotalProcessorTime - before).TotalSeconds);
    }

    private static void Planted(int tables, int rows, double elsewhere, double inside)
    {
        int found = 0, confirmed = 0, others = 0;
        Parallel.For(0, tables, seed =>
        {
            var table = Make(rows, Attributes, Levels, seed + 1,
                codes => codes[1] == 0 && codes[3] == 1 && codes[6] == 2 ? inside : elsewhere);
            var slices = Auditor.Run(table,
                new() { Resample = false, IntersectionDepth = 1, Threads = 1, Seed = seed }).Slices;
            const string Name = "a1 l0, a3 l1, a6 l2";
            if (slices.Any(s => s.Description == Name))
                Interlocked.Increment(ref found);
            if (slices.Any(s => s.Confirmed && s.Description == Name))
                Interlocked.Increment(ref confirmed);
            if (slices.Any(s => s.Confirmed && s.Description != Name))
                Interlocked.Increment(ref others);
        });
        Console.WriteLine(FormattableString.Invariant(
            $"| {rows} | {elsewhere} | {inside} | {100 * Power(rows / 2, elsewhere, inside):0.0}% | {100.0 * found / tables:0.0}% | {100.0 * confirmed / tables:0.0}% | {100.0 * others / tables:0.0}% |"));
    }

    /// <summary>How often the confirming test of a slice that is known beforehand, at a tenth of 5%, shows it: over the
    /// binomial distribution of what is wrong inside, with the others at their mean.</summary>
    private static double Power(int rows, double elsewhere, double inside)
    {
        var own = rows / (Levels * Levels * Levels);
        var (others, power) = (rows - own, 0.0);
        for (var wrong = 0; wrong <= own; wrong++)
            if (Homogeneity.FisherAbove(wrong, own, (long)Math.Round((1 - elsewhere) * others), others) <= 0.05 / 10)
                power += Binomial.PMF(1 - inside, own, wrong);
        return power;
    }

    private static void Null(int tables, int rows, int depth, bool number)
    {
        var confirmed = 0;
        Parallel.For(0, tables, seed =>
        {
            if (Auditor.Run(Make(rows, Attributes, Levels, seed + 1, _ => 0.9, number),
                new() { Resample = false, IntersectionDepth = 1, Threads = 1, Seed = seed,
                    SliceDepth = depth }).Slices.Any(s => s.Confirmed))
                Interlocked.Increment(ref confirmed);
        });
        Console.WriteLine(
            FormattableString.Invariant(
                $"| {(number ? "number" : "label")} | {rows} | {Attributes} | {depth} | {100.0 * confirmed / tables:0.0}% |"));
    }

    private static Table Make(int rows, int attributes, int levels, int seed, Func<int[], double> right,
        bool number = false)
    {
        var random = new Random(seed);
        var codes = new int[attributes];
        string?[][] columns = [.. Enumerable.Range(0, attributes).Select(_ => new string?[rows])];
        var (id, given, truth) = (new string?[rows], new string?[rows], new string?[rows]);
        for (var i = 0; i < rows; i++)
        {
            for (var a = 0; a < attributes; a++)
                columns[a][i] = $"l{codes[a] = random.Next(levels)}";
            id[i] = $"row {i:000000}";
            truth[i] = i % 2 == 0 ? "yes" : "no";
            given[i] = random.NextDouble() < right(codes) ? truth[i] : i % 2 == 0 ? "no" : "yes";
        }
        if (number)
        {
            // Errors of an age: most are small, few are large.
            double[] age = [.. Enumerable.Range(0, rows).Select(_ => (double)random.Next(1, 90))],
                guess = [.. age.Select(a => a - (5 * Math.Log(1 - random.NextDouble())))];
            return new([new TextColumn("id", id), new NumberColumn("t_true", age), new NumberColumn("t", guess),
                .. columns.Select((c, a) => new TextColumn($"a{a}", c))]);
        }
        return new([new TextColumn("id", id), new TextColumn("t_true", truth), new TextColumn("t", given),
            .. columns.Select((c, a) => new TextColumn($"a{a}", c))]);
    }
}
