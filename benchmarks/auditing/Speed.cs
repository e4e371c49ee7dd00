using System.Diagnostics;
using FaceBias.Auditing;
using FaceBias.Core.Data;

namespace FaceBias.Benchmarks.Auditing;

/// <summary>Time and memory of an audit of 10 x 4 x 2 groups with all intersections; with a file, also writes the table
/// for compare.py to time.</summary>
internal static class Speed
{
    public static int Run(int rows, string? csv)
    {
        var labels = RandomTables.Make(rows, 1);
        if (csv is not null)
            RandomTables.WriteCsv(csv, labels);
        AuditOptions full = new() { Groups = ["a", "b", "c"], IntersectionDepth = 3 };
        Auditor.Run(RandomTables.Make(1000, 2, probabilities: true), full); // compiles
        Measure("labels, not resampled", labels, full with { Resample = false, FindSlices = false });
        Measure("labels, 100 replicates and permutations", labels,
            full with { BootstrapReplicates = 100, Permutations = 100 });
        Measure("labels, 2,000 replicates and permutations", labels, full);
        Measure("labels and probabilities, 2,000 replicates and permutations",
            RandomTables.Make(rows, 1, probabilities: true), full);
        using var process = Process.GetCurrentProcess();
        Console.WriteLine(FormattableString.Invariant($"peak memory {process.PeakWorkingSet64 / 1e6:0} MB"));
        return 0;
    }

    /// <summary>Writes a table of many rows to Parquet, then reads and audits it as the command does.</summary>
    public static int Stream(int rows, string file)
    {
        if (!File.Exists(file))
            TableFile.Write(file, RandomTables.Make(rows, 1, probabilities: true));
        var clock = Stopwatch.StartNew();
        var table = TableFile.Read(file);
        Console.WriteLine(
            FormattableString.Invariant(
                $"{table.RowCount} rows read from Parquet: {clock.Elapsed.TotalSeconds:0.00} s"));
        Measure("labels and probabilities, 2,000 replicates and permutations", table,
            new() { Groups = ["a", "b", "c"], IntersectionDepth = 3 });
        using var process = Process.GetCurrentProcess();
        Console.WriteLine(FormattableString.Invariant($"peak memory {process.PeakWorkingSet64 / 1e6:0} MB"));
        return 0;
    }

    private static void Measure(string what, Primitives.Tables.Table table, AuditOptions options)
    {
        var clock = Stopwatch.StartNew();
        Auditor.Run(table, options);
        Console.WriteLine(
            FormattableString.Invariant($"{table.RowCount} rows, {what}: {clock.Elapsed.TotalSeconds:0.00} s"));
    }
}
