using System.Globalization;
using FaceBias.Benchmarks.Robustness;

// pictures|tables|models|runs COUNT [SEED]: mutated inputs, and what became of each. Exit code 1 where one was neither
// done nor refused by one sentence. A child process (--child FROM) works them off and is started again behind a case
// that ended it.
var kind = args.Length > 0 ? args[0] : "";
if (args.Length < 2 || !int.TryParse(args[1], NumberStyles.None, CultureInfo.InvariantCulture, out var count)
    || Cases.Of(kind) is not { } cases)
{
    Console.Error.WriteLine("robustness: give pictures|tables|models|runs COUNT [SEED].");
    return 2;
}
var seed = args.Length > 2 && args[2] != "--child" ? int.Parse(args[2], CultureInfo.InvariantCulture) : 1;
var child = Array.IndexOf(args, "--child");
if (child < 0)
    return Campaign.Run(kind, count, seed);
cases.Run(seed, int.Parse(args[child + 1], CultureInfo.InvariantCulture), count);
return 0;
