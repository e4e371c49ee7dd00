// The load comes from this process, the service is another one; see README.md.
using FaceBias.Benchmarks.Serving;

switch (args)
{
    case ["plain", var model, var port]:
        await PlainEndpoint.Run(model, int.Parse(port));
        return 0;
    case ["speed", var model, var images, .. var rest]:
        await Speed.Run(model, images, rest.Length > 0 ? int.Parse(rest[0]) : 3,
            rest.Length > 1 ? double.Parse(rest[1]) : 20);
        return 0;
    case ["hostile", var model, var images, .. var rest]:
        return await Hostile.Run(model, images, rest.Length > 0 ? double.Parse(rest[0]) : 600,
            rest.Length > 1 ? int.Parse(rest[1]) : 10_000) ? 0 : 1;
    default:
        Console.Error.WriteLine(
            "usage: speed MODEL.onnx FOLDER [ROUNDS [SECONDS]] | hostile MODEL.onnx FOLDER [SECONDS [CONNECTIONS]]");
        return 2;
}
