// Predicts for every picture named on the command line, or trains another model zip:
//
//   dotnet run -- PICTURE ...
//   dotnet run -- --train [OUTPUT.mlnet]
using System;
using System.Globalization;
using System.IO;
using System.Linq;
using {{namespace}};

if (args.Length == 0)
{
    Console.Error.WriteLine("usage: dotnet run -- PICTURE ... | --train [OUTPUT.mlnet]");
    return 2;
}
if (args[0] == "--train")
{
    var output = args.Length > 1 ? args[1] : "{{name}}.mlnet";
    {{name}}.Train(output);
    Console.WriteLine($"Wrote {output}. Put it beside the program to predict with it.");
    return 0;
}
var failed = false;
foreach (var picture in args)
{
    if (!File.Exists(picture))
    {
        Console.Error.WriteLine($"There is no file '{picture}'; check the path.");
        failed = true;
        continue;
    }
    try
    {
        var prediction = {{name}}.Predict(new {{name}}.ModelInput { ImageSource = File.ReadAllBytes(picture) });
        Console.WriteLine(picture + "\t" + {{show}});
    }
    catch (InvalidDataException e)
    {
        Console.Error.WriteLine($"'{picture}': {e.Message}");
        failed = true;
    }
}
return failed ? 2 : 0;
