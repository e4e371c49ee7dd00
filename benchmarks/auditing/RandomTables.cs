using System.Globalization;
using FaceBias.Auditing;
using FaceBias.Primitives.Tables;

namespace FaceBias.Benchmarks.Auditing;

/// <summary>Random tables with three attributes, small ones among them, so that cells are empty or of a single class;
/// each as CSV and with its audit as JSON, for compare.py to compare.</summary>
internal static class RandomTables
{
    public static int Write(string folder)
    {
        Directory.CreateDirectory(folder);
        int[] sizes = [12, 30, 60, 200, 1000, 5000];
        for (var i = 0; i < 30; i++)
        {
            var table = Make(sizes[i % sizes.Length], i);
            WriteCsv(Path.Combine(folder, $"{i:00}.csv"), table);
            AuditFile.Write(Path.Combine(folder, $"{i:00}.json"), Auditor.Run(table, new()
            {
                Groups = ["a", "b", "c"], IntersectionDepth = 3, MinimumCount = 1, BootstrapReplicates = 100,
                Permutations = 100,
            }));
        }
        return 0;
    }

    public static Table Make(int rows, int seed, int levelsA = 10, int levelsB = 4, int levelsC = 2,
        bool probabilities = false)
    {
        var random = new Random(seed);
        string[] levels(string name, int n) => [.. Enumerable.Range(0, n).Select(i => $"{name}{i}")];
        int[] a = new int[rows], b = new int[rows], c = new int[rows], truth = new int[rows], predicted = new int[rows];
        double[] yes = new double[rows], no = new double[rows];
        for (var i = 0; i < rows; i++)
        {
            a[i] = (int)(levelsA * random.NextDouble() * random.NextDouble());
            b[i] = random.Next(levelsB);
            c[i] = random.Next(levelsC);
            truth[i] = random.NextDouble() < 0.3 + (0.05 * b[i]) ? 1 : 0;
            var logit = (truth[i] == 1 ? 1.2 : -1.2) + (0.1 * a[i])
                + (2 * (random.NextDouble() + random.NextDouble() - 1));
            yes[i] = Math.Round(1 / (1 + Math.Exp(-logit)), 4);
            no[i] = 1 - yes[i];
            predicted[i] = yes[i] > 0.5 ? 1 : 0;
        }
        string[] labels = ["no", "yes"];
        List<Column> columns =
        [
            new TextColumn("y", predicted, labels), new TextColumn("y_true", truth, labels),
            new TextColumn("a", a, levels("a", levelsA)),
            new TextColumn("b", b, levels("b", levelsB)), new TextColumn("c", c, levels("c", levelsC)),
        ];
        if (probabilities)
            columns.AddRange([new NumberColumn("y_p_no", no), new NumberColumn("y_p_yes", yes)]);
        return new(columns);
    }

    public static void WriteCsv(string path, Table table)
    {
        using var writer = new StreamWriter(path);
        writer.WriteLine(string.Join(',', table.Columns.Select(c => c.Name)));
        for (var row = 0; row < table.RowCount; row++)
        {
            writer.WriteLine(string.Join(',', table.Columns.Select(column => column switch
            {
                TextColumn t => t[row],
                NumberColumn n => n[row].ToString(CultureInfo.InvariantCulture),
                _ => "",
            })));
        }
    }
}
