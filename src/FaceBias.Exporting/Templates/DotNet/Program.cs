// Predicts for every picture named on the command line: one line of JSON each. Exit code 2 if one could not be read.
using System.Text.Json;
using {{name}};

if (args.Length == 0)
{
    Console.Error.WriteLine("usage: dotnet run -- PICTURE ...");
    return 2;
}
using var model = new FaceModel(Path.Combine(AppContext.BaseDirectory, "model.onnx"));
var failed = false;
foreach (var file in args)
{
    try
    {
        Console.WriteLine(JsonSerializer.Serialize(new { file, prediction = model.Predict(file) }));
    }
    catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
    {
        Console.Error.WriteLine(e.Message);
        failed = true;
    }
}
return failed ? 2 : 0;
