using System.Globalization;
using FaceBias.Benchmarks.Train;
using FaceBias.Core.Data;
using FaceBias.Primitives.Tables;

// Two protocols from the predictions of runs on UTKFace: the raw test faces of all ages, and those of 21 to 60, whom
// most published numbers are about; and the ages at which models fail. Runs that differ only in a number at the end of
// their names are seeds of one row.
if (args.Length == 0)
{
    Console.Error.WriteLine("usage: train RUN... | ablation RUN [SEEDS]");
    return 2;
}
if (args is ["ablation", var run, ..])
{
    Ablation.Run(run, args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 3);
    return 0;
}
Console.WriteLine(
    "| run | seeds | test faces | gender | age MAE | within ±8 years | race | gender, 21 to 60 | age MAE, 21 to 60 | gender, under 10 | age MAE, over 60 |");
Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|");
foreach (var runs in args.GroupBy(a => Path.GetFileName(Path.TrimEndingDirectorySeparator(a)).TrimEnd(
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9').TrimEnd('-')))
{
    var seeds = runs.Select(Measure).ToArray();
    Console.WriteLine($"| {runs.Key} | {seeds.Length} | {seeds.Average(s => s[0]):0} | "
        + string.Join(" | ", Enumerable.Range(1, 8).Select(m => Show(m, [.. seeds.Select(s => s[m])]))) + " |");
}
return 0;

static double[] Measure(string folder)
{
    var table = TableFile.Read(Path.Combine(folder, "predictions.parquet"));
    var split = table.Text("split");
    int[] test = [.. Enumerable.Range(0, table.RowCount).Where(r => split[r] == "test")];
    var (age, guess) = (table.Number("age_true").Values, table.Number("age").Values);
    double Right(string target, Func<double, bool> ages) =>
        test.Where(r => ages(age[r])).Average(
            r => table.Text(target)[r] == table.Text(target + "_true")[r] ? 100.0 : 0);
    double Error(Func<double, bool> ages) =>
        test.Where(r => ages(age[r])).Average(r => Math.Abs(guess[r] - age[r]));
    static bool All(double age) => true;
    static bool Grown(double age) => age is >= 21 and <= 60;
    return
    [
        test.Length, Right("gender", All), Error(All),
        test.Average(r => Math.Abs(guess[r] - age[r]) <= 8 ? 100.0 : 0), Right("race", All),
        Right("gender", Grown), Error(Grown), Right("gender", a => a < 10), Error(a => a > 60),
    ];
}

static string Show(int measure, double[] values)
{
    var years = measure is 2 or 6 or 8;
    return values.Average().ToString(years ? "0.00" : "0.0", CultureInfo.InvariantCulture) + (years ? "" : "%");
}
