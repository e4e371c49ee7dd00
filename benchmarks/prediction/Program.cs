using System.Diagnostics;
using System.Globalization;
using FaceBias.Benchmarks.Prediction;
using FaceBias.Core.Imaging;
using FaceBias.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;

// One prediction by ML.NET's engine and one by plain ONNX Runtime in turn, so that whatever else the machine does slows
// both; medians, and the median of the ratios of neighbours.
// usage: dotnet run -c Release --project benchmarks/prediction -- MODEL.onnx PICTURE [--runs N]
//        dotnet run -c Release --project benchmarks/prediction -- features BACKBONE FOLDER [IMAGES [ROUNDS]]
//        dotnet run -c Release --project benchmarks/prediction -- pool MODEL.onnx FOLDER [IMAGES]
if (args is ["features", var backbone, var folder, .. var rest])
    return PipelineSpeed.Run(backbone, folder, rest.Length > 0 ? int.Parse(rest[0], CultureInfo.InvariantCulture) : 300,
        rest.Length > 1 ? int.Parse(rest[1], CultureInfo.InvariantCulture) : 3);
if (args is ["pool", var pooled, var pictures, .. var counts])
    return await PoolSpeed.Run(pooled, pictures,
        counts.Length > 0 ? int.Parse(counts[0], CultureInfo.InvariantCulture) : 300, concurrency: 32, rounds: 5);
if (args is ["pool-memory", var what, var measured, var given, var count, var concurrency])
    return await PoolSpeed.PrintMemory(what, measured, given, int.Parse(count, CultureInfo.InvariantCulture),
        int.Parse(concurrency, CultureInfo.InvariantCulture));
if (args.Length is not (2 or 4) || (args.Length == 4 && args[2] != "--runs"))
{
    Console.Error.WriteLine(
        "usage: prediction MODEL.onnx PICTURE [--runs N] | features BACKBONE FOLDER [IMAGES [ROUNDS]] | pool "
            + "MODEL.onnx FOLDER [IMAGES]");
    return 2;
}
var runs = args.Length == 4 ? int.Parse(args[3], CultureInfo.InvariantCulture) : 200;
var file = File.ReadAllBytes(args[1]);
var context = new MLContext();
using var engine = context.Model.CreateFacePredictionEngine(args[0]);
var input = engine.Model.Input;
string[] outputs = [.. engine.Model.Targets.Select(t => t.Name)];
using var session = new InferenceSession(args[0]);
using var options = new RunOptions();
var decoder = new ImageDecoder();
var pixels = new float[input.Length];
using var tensor = OrtValue.CreateTensorValueFromMemory(pixels, [1, 3, input.Height, input.Width]);

if (decoder.Decode(file, input, pixels).Problem is { } problem)
    throw new InvalidOperationException($"'{args[1]}': {problem}.");
var bgra = new byte[4 * input.Width * input.Height];
for (var i = 0; i < bgra.Length / 4; i++)
    for (var c = 0; c < 4; c++)
        bgra[4 * i + c] = c == 3 ? byte.MaxValue : (byte)pixels[(2 - c) * input.Width * input.Height + i];
using var picture = MLImage.CreateFromPixels(input.Width, input.Height, MLPixelFormat.Bgra32, bgra);
Console.WriteLine("| from | ML.NET ms | ONNX Runtime ms | overhead |");
Console.WriteLine("|---|---|---|---|");
Compare("a picture in memory", () => engine.Predict(picture), () =>
{
    var size = input.Width * input.Height;
    for (var i = 0; i < size; i++)
        (pixels[i], pixels[size + i], pixels[2 * size + i]) = (bgra[4 * i + 2], bgra[4 * i + 1], bgra[4 * i]);
    return Plain();
});
Compare("the bytes of a file", () => engine.Predict(file), () =>
{
    decoder.Decode(file, input, pixels);
    return Plain();
});
return 0;

float[] Plain()
{
    using var results = session.Run(options, ["pixels"], [tensor], outputs);
    return [.. results.SelectMany(r => r.GetTensorDataAsSpan<float>().ToArray())];
}

void Compare(string name, Func<IReadOnlyDictionary<string, TargetPrediction>> mlnet, Func<float[]> plain)
{
    List<double> a = [], b = [], ratios = [];
    for (var i = 0; i < runs + 20; i++)
    {
        double first, second;
        var (mine, theirs) = (Array.Empty<float>(), Array.Empty<float>());
        // Who comes second finds the caches as the other left them: they change places.
        if (i % 2 == 0)
            (first, second) = (Time(() => mine = Flat(mlnet())), Time(() => theirs = plain()));
        else
            (second, first) = (Time(() => theirs = plain()), Time(() => mine = Flat(mlnet())));
        if (mine.Zip(theirs).Any(p => Math.Abs(p.First - p.Second) > 1e-4 * (1 + Math.Abs(p.Second))))
            throw new InvalidOperationException("The two do not predict the same.");
        if (i < 20)
            continue;
        a.Add(first);
        b.Add(second);
        ratios.Add(first / second);
    }
    Console.WriteLine(
        string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {Median(a):0.00} | {Median(b):0.00} | {Median(ratios) - 1:P1} |"));
}

static float[] Flat(IReadOnlyDictionary<string, TargetPrediction> prediction) =>
    [.. prediction.Values.SelectMany(p => p.Values)];

static double Time(Action action)
{
    var start = Stopwatch.GetTimestamp();
    action();
    return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
}

static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
