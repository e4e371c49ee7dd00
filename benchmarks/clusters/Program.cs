using System.Globalization;
using FaceBias.Benchmarks.Clusters;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
switch (args)
{
    case ["simulate", .. var rest]:
        Simulation.Run(rest);
        return 0;
    case ["slurm", var images, var model, .. var rest]:
        return await Slurm.Run(images, model, rest.Length > 0 ? int.Parse(rest[0]) : 5000);
    case ["storage", var images, .. var rest]:
        await Storage.Run(images, rest.Length > 0 ? int.Parse(rest[0]) : 2000,
            rest.Length > 1 ? int.Parse(rest[1]) : 3);
        return 0;
    default:
        Console.Error.WriteLine("usage: simulate [NAME=VALUE ...] | slurm FOLDER MODEL.onnx [COUNT] | "
            + "storage FOLDER [COUNT [ROUNDS]]");
        return 2;
}
