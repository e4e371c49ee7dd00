// Measures the audit: fairlearn FOLDER | speed ROWS | stream ROWS FILE | coverage | errors [TABLES] | forms [TABLES
// [NAME]] | intersections [TABLES] | slices [TABLES] | slices time [ROWS [ATTRIBUTES [DEPTH]]]. See README.md for what
// came out.
using System.Globalization;
using FaceBias.Benchmarks.Auditing;

return args switch
{
    ["fairlearn", var folder] => RandomTables.Write(folder),
    ["speed", var rows, ..] =>
        Speed.Run(int.Parse(rows, CultureInfo.InvariantCulture), args.Length > 2 ? args[2] : null),
    ["stream", var rows, var file] => Speed.Stream(int.Parse(rows, CultureInfo.InvariantCulture), file),
    ["coverage"] => Coverage.Run(),
    ["errors", ..] => ErrorRates.Run(args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 2000),
    ["intersections", ..] =>
        Intersections.Run(args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 1000),
    ["forms", ..] => Forms.Run(Number(1, 500), args.Length > 2 ? args[2] : null),
    ["slices", "time", ..] => Slices.Time(Number(2, 100_000), Number(3, 20), Number(4, 3)),
    ["slices", ..] => Slices.Run(Number(1, 200)),
    _ => Usage(),
};

int Number(int at, int standard) => args.Length > at ? int.Parse(args[at], CultureInfo.InvariantCulture) : standard;

static int Usage()
{
    Console.Error.WriteLine(
        "usage: auditing fairlearn FOLDER | speed ROWS [FILE.csv] | stream ROWS FILE.parquet | coverage | errors "
            + "[TABLES] | forms [TABLES [NAME]] | intersections [TABLES] | slices [TABLES] | slices time [ROWS [ATTRIBUTES [DEPTH]]]");
    return 2;
}
