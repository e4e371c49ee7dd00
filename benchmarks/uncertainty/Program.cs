using System.Globalization;
using FaceBias.Benchmarks.Uncertainty;

// Uncertainty on UTKFace: each verb measures one thing on a run of 'facebias train'.
int Number(int at, int otherwise) => args.Length > at ? int.Parse(args[at], CultureInfo.InvariantCulture) : otherwise;
switch (args)
{
    case ["conformal", var run, ..]:
        ConformalProof.Run(run, Number(2, 40));
        return 0;
    case ["conformal-speed", var run, ..]:
        World.Of(run).Time(100_000, Number(2, 9));
        return 0;
    case ["selective", var run, ..]:
        SelectiveProof.Run(run);
        return 0;
    default:
        Console.Error.WriteLine("usage: uncertainty conformal RUN [DIVISIONS] | conformal-speed RUN [REPEATS] | selective RUN");
        return 2;
}
