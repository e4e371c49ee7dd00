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
    case ["rare", var run, ..]:
        RareGroup.Run(run, Number(2, 3));
        return 0;
    case ["rare-pixels", var run, var images, ..]:
        RarePixels.Run(run, images, Number(3, 1), Number(4, 6));
        return 0;
    case ["resampling", var run, ..]:
        Resampling.Run(run, Number(2, 5), Number(3, int.MaxValue));
        return 0;
    case ["noise", var run, ..]:
        LabelNoise.Run(run, Number(2, 3));
        return 0;
    case ["novelty", var run, var data]:
        NoveltyProof.Run(run, data);
        return 0;
    case ["side-by-side", var run, ..]:
        SideBySide.Run(run, Number(2, 3));
        return 0;
    case ["pixel-speed", ..]:
        PixelSpeed.Run(Number(1, 5), Number(2, 40), Number(3, Environment.ProcessorCount));
        return 0;
    default:
        Console.Error.WriteLine(
            "usage: uncertainty conformal RUN [DIVISIONS] | conformal-speed RUN [REPEATS] | selective RUN\n    | "
                + "rare|noise|side-by-side RUN [SEEDS] | resampling RUN [SEEDS [ROWS]] | novelty RUN DATA | "
                + "rare-pixels RUN IMAGES [SEEDS [EPOCHS]] | "
                + "pixel-speed [ROUNDS [STEPS [THREADS]]]");
        return 2;
}
