using System.Globalization;
using System.Text;
using FaceBias.Core.Data;
using FaceBias.Primitives.Tables;

namespace FaceBias.Benchmarks.Robustness;

/// <summary>Damaged tables of predictions, as CSV, JSON and Parquet, audited.</summary>
internal sealed class TableCases : Cases
{
    private static readonly string[] s_cells =
    [
        "", "NA", "nan", "NaN", "inf", "-inf", "1e400", "1e80", "-1", "0", "0,5", "1.000,5", "\"", "\"a\nb\"", "'",
        "=1+1", "true", "None", "null", " ", "\t",
        "女", "\0", "cat ", "CAT", "99999999999999999999", "1970-01-01", "9-Mar", "[1,2]", "{\"a\":1}",
        new string('x', 5000), "\u00A0", "٣",
    ];

    private static readonly string[] s_separators = [";", "\t", "|", " ", ",,", ", "];

    private readonly List<(string Name, byte[] Bytes)> _tables = [];

    protected override void Prepare(string folder)
    {
        var random = new Random(7);
        StringBuilder categories = new("id,gender_true,gender,gender_p_f,gender_p_m,skin,age\n"),
            numbers = new("id,age_true,age,group\n"), json = new();
        for (var i = 0; i < 120; i++)
        {
            var (truth, score) = (random.Next(2), random.NextDouble());
            var predicted = random.NextDouble() < 0.8 ? truth : 1 - truth;
            categories.Append(CultureInfo.InvariantCulture,
                $"p{i}.jpg,{"fm"[truth]},{"fm"[predicted]},{(predicted == 0 ? 1 - score / 2 : score / 2):0.000},{(predicted == 0 ? score / 2 : 1 - score / 2):0.000},{(i % 3 == 0 ? "dark" : "light")},{random.Next(10, 80)}\n");
            numbers.Append(CultureInfo.InvariantCulture,
                $"p{i},{random.Next(1, 90)},{random.Next(1, 90)}.5,{(i % 4 == 0 ? "a" : "b")}\n");
            json.Append(CultureInfo.InvariantCulture,
                $"{{\"id\":\"p{i}\",\"gender_true\":\"{"fm"[truth]}\",\"gender\":\"{"fm"[predicted]}\",\"skin\":\"{(i % 3 == 0 ? "dark" : "light")}\"}}\n");
        }
        _tables.Add(("categories.csv", Encoding.UTF8.GetBytes(categories.ToString())));
        _tables.Add(("numbers.csv", Encoding.UTF8.GetBytes(numbers.ToString())));
        _tables.Add(("lines.jsonl", Encoding.UTF8.GetBytes(json.ToString())));
        _tables.Add(("list.json",
            Encoding.UTF8.GetBytes($"[{string.Join(",", json.ToString().TrimEnd().Split('\n'))}]")));
        var parquet = Path.Combine(folder, "table.parquet");
        TableFile.Write(parquet, new Table(
        [
            new TextColumn("gender_true", [.. Enumerable.Range(0, 60).Select(i => i % 2)], ["f", "m"]),
            new TextColumn("gender", [.. Enumerable.Range(0, 60).Select(i => i % 3 == 0 ? 0 : i % 2)], ["f", "m"]),
            new TextColumn("skin", [.. Enumerable.Range(0, 60).Select(i => i % 5 == 0 ? 0 : 1)], ["dark", "light"]),
        ]));
        _tables.Add(("table.parquet", File.ReadAllBytes(parquet)));
    }

    protected override Outcome Run(Random random, string folder)
    {
        var (name, bytes) = _tables[random.Next(_tables.Count)];
        var path = Path.Combine(folder, name);
        // Bytes go wrong in disks and downloads, cells in spreadsheets.
        File.WriteAllBytes(path,
            name.EndsWith(".csv", StringComparison.Ordinal) && random.Next(4) > 0 ? Cells(bytes, random)
                : Damage.Of(bytes, random));
        var output = Path.Combine(folder, "audit");
        if (Directory.Exists(output))
            Directory.Delete(output, recursive: true);
        return CommandCases.RunAsync("audit", "--predictions", path, "--out", output, "--no-resampling", "--no-slices")
            .GetAwaiter().GetResult();
    }

    private static byte[] Cells(byte[] bytes, Random random)
    {
        string[][] rows = [.. Encoding.UTF8.GetString(bytes).TrimEnd('\n').Split('\n').Select(r => r.Split(','))];
        for (var times = random.Next(1, 4); times > 0; times--)
        {
            var row = random.Next(4) == 0 ? 0 : random.Next(rows.Length);
            var column = random.Next(rows[row].Length);
            switch (random.Next(6))
            {
                case 0:
                    // A whole column, now and then of one row alone.
                    for (var r = 0; r < rows.Length; r++)
                        if (column < rows[r].Length && (r == row || row % 5 > 0))
                            rows[r] = [.. rows[r][..column], .. rows[r][(column + 1)..]];
                    break;
                case 1:
                    for (var r = 0; r < rows.Length; r++)
                        if (r == row || row % 5 > 0)
                            rows[r] = [.. rows[r], r == 0 ? $"more{times}" : s_cells[random.Next(s_cells.Length)]];
                    break;
                case 2:
                    foreach (var r in rows.Skip(1).Where(r => column < r.Length))
                        r[column] = s_cells[random.Next(s_cells.Length)];
                    break;
                case 3:
                    rows = random.Next(3) == 0 ? rows[..random.Next(1, Math.Min(4, rows.Length))]
                        : [.. rows, .. rows.TakeLast(3)];
                    break;
                default:
                    rows[row][column] = s_cells[random.Next(s_cells.Length)];
                    break;
            }
            if (rows.Any(r => r.Length == 0))
                rows = [.. rows.Where(r => r.Length > 0)];
            if (rows.Length == 0)
                return [];
        }
        var separator = random.Next(4) == 0 ? s_separators[random.Next(s_separators.Length)] : ",";
        var text = string.Join(random.Next(5) == 0 ? "\r\n" : "\n", rows.Select(r => string.Join(separator, r)));
        return random.Next(8) switch { 0 =>
            Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes(text)).ToArray(),
            1 => Encoding.Latin1.GetBytes(text), _ => Encoding.UTF8.GetBytes(text) };
    }
}
