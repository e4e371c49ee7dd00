using System.CommandLine;
using FaceBias.Workflows.Predict;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias predict</c>: a table of predictions for a folder of images.</summary>
internal static class PredictCommand
{
    public static Command Create()
    {
        var model = new Option<string>("--model") { Description = "The model.onnx of a run.", Required = true, HelpName = "FILE.onnx" };
        var images = new Option<string[]>("--images")
        { Description = "Folder(s) of images, or single pictures.", Required = true, AllowMultipleArgumentsPerToken = true, HelpName = "DIR|FILE" };
        var labels = new LabelArguments(required: false);
        var output = new Option<string>("--out") { Description = "Table to write: .csv or .parquet.", Required = true, HelpName = "FILE" };
        var threads = new Option<int>("--threads") { Description = "Threads; 0 for one per core.", DefaultValueFactory = _ => 0 };
        var command = new Command("predict", "Writes the predictions of a model for a folder of images.")
        {
            model, images, output, threads,
        };
        labels.AddTo(command);
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            var result = ConsoleProgress.Run(progress => PredictRun.Execute(new PredictRunOptions
            {
                Model = parsed.GetRequiredValue(model),
                Images = parsed.GetRequiredValue(images),
                Labels = labels.Read(parsed),
                Out = parsed.GetRequiredValue(output),
                Threads = parsed.GetValue(threads),
            }, progress, cancel));
            foreach (var line in result)
                Console.WriteLine(line);
            return 0;
        }, CancellationToken.None));
        return command;
    }
}
