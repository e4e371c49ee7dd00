// Images per second of decode + resize + backbone on all cores, nothing cached: features DIR COUNT [BACKBONE]
// The last line is "images/s N"; with --path the program only prints where the backbone's ONNX file lies.
using System.Diagnostics;
using System.Globalization;
using FaceBias.Core.Backbones;
using FaceBias.Core.Data;
using FaceBias.Core.Imaging;
using FaceBias.Onnx.Import;
using FaceBias.Onnx.Runtime;

var backbone = new ModelStore().Get(args.Length > 2 ? args[2] : "faceres");
if (args[0] == "--path")
{
    Console.WriteLine(backbone.OnnxPath);
    return;
}
var files = ImageFolder.List(args[0]).Files.Take(int.Parse(args[1], CultureInfo.InvariantCulture)).ToArray();
var decoder = new ImageDecoder();
using var session = new OnnxSession(backbone.OnnxPath, new OnnxSessionOptions { Threads = 1 });
double Pass(int count)
{
    var clock = Stopwatch.StartNew();
    ParallelInference.Run(
        session, backbone.Input, [BackboneMetadata.Features], [.. Enumerable.Range(0, count)],
        (i, pixels) => decoder.Decode(files[i].Path, backbone.Input, pixels).Problem,
        (_, _) => { }, (i, reason) => Console.Error.WriteLine($"{files[i].Id}: {reason}"), 0, CancellationToken.None);
    return count / clock.Elapsed.TotalSeconds;
}
Pass(Math.Min(64, files.Length));
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"images/s {Pass(files.Length):0.0}"));
