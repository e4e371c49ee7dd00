// Measures the audit: fairlearn FOLDER | speed ROWS | coverage. See README.md for what came out.
using System.Globalization;
using FaceBias.Benchmarks.Auditing;

return args switch
{
    ["fairlearn", var folder] => RandomTables.Write(folder),
    ["speed", var rows, ..] => Speed.Run(int.Parse(rows, CultureInfo.InvariantCulture), args.Length > 2 ? args[2] : null),
    ["coverage"] => Coverage.Run(),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: auditing fairlearn FOLDER | speed ROWS [FILE.csv] | coverage");
    return 2;
}
