// Measures the audit: fairlearn FOLDER | speed ROWS | stream ROWS FILE | coverage | errors [TABLES]. See README.md for what came out.
using System.Globalization;
using FaceBias.Benchmarks.Auditing;

return args switch
{
    ["fairlearn", var folder] => RandomTables.Write(folder),
    ["speed", var rows, ..] => Speed.Run(int.Parse(rows, CultureInfo.InvariantCulture), args.Length > 2 ? args[2] : null),
    ["stream", var rows, var file] => Speed.Stream(int.Parse(rows, CultureInfo.InvariantCulture), file),
    ["coverage"] => Coverage.Run(),
    ["errors", ..] => ErrorRates.Run(args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 2000),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: auditing fairlearn FOLDER | speed ROWS [FILE.csv] | stream ROWS FILE.parquet | coverage | errors [TABLES]");
    return 2;
}
