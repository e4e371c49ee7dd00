// Predictions of a trained model in three lines:  dotnet run --project samples/console -- runs/first/model.onnx
// face.jpg ...
using System.Globalization;
using FaceBias;
using FaceBias.MLNet;
using Microsoft.ML;

if (args.Length < 2)
{
    Console.Error.WriteLine("usage: console MODEL.onnx PICTURE ...");
    return 2;
}
try
{
    var context = new MLContext();
    using var engine = context.Model.CreateFacePredictionEngine(args[0]);
    foreach (var file in args.Skip(1))
        Console.WriteLine($"{file}: {string.Join(", ", engine.Predict(file).Values.Select(Describe))}");
    Console.WriteLine("These are perceived attributes as annotators labelled them, not facts about a person.");
    return 0;
}
catch (FaceBiasException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}

static string Describe(TargetPrediction p) => p.Label is null
    ? string.Create(CultureInfo.InvariantCulture, $"{p.Target.Name} {p.Value:0.0}")
    : string.Create(CultureInfo.InvariantCulture,
        $"{p.Target.Name} {p.Label} ({p.Value:P1}, uncertainty {p.Uncertainty:0.00})");
