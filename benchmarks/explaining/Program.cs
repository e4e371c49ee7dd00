using System.Globalization;
using FaceBias.Benchmarks.Explaining;

// Whether explanations show what a model goes by, whether they agree with their definitions, and how fast they are.
// usage: dotnet run -c Release --project benchmarks/explaining -- badge [IMAGES]      planted badge, random weights,
// cascade, eMPRT, completeness
//        dotnet run -c Release --project benchmarks/explaining -- peer [LIME [ROUNDS [SAMPLES]]]   Grad-CAM beside
// PyTorch, and LIME beside the Python package in the folder LIME
//        dotnet run -c Release --project benchmarks/explaining -- speed MODEL.onnx    images per second of each method
//        dotnet run -c Release --project benchmarks/explaining -- emit MODEL.onnx DIR, then node
// benchmarks/explaining/emitted.mjs DIR
return args switch
{
    ["badge", .. var rest] => BadgeProof.Run(Number(rest, 100)),
    ["peer"] => PythonPeer.Run(null, 0, 0),
    ["peer", var lime, ..] when !File.Exists(Path.Combine(lime, "lime", "lime_image.py")) => Missing(lime),
    ["peer", var lime, .. var rest] => PythonPeer.Run(lime, Number(rest, 3), Number([.. rest.Skip(1)], 1000)),
    ["speed", var model, .. var rest] => MethodSpeed.Run(model, Number(rest, 5)),
    ["emit", var model, var folder] => EmittedMap.Run(model, folder),
    _ => Usage(),
};

static int Number(string[] rest, int otherwise) =>
    rest.Length > 0 ? int.Parse(rest[0], CultureInfo.InvariantCulture) : otherwise;

static int Missing(string lime)
{
    Console.Error.WriteLine($"'{lime}' has no lime/lime_image.py; clone the Python package there.");
    return 2;
}

static int Usage()
{
    Console.Error.WriteLine(
        "usage: explaining badge [IMAGES] | peer [LIME [ROUNDS [SAMPLES]]] | speed MODEL.onnx [IMAGES] | emit MODEL.onnx DIR");
    return 2;
}
