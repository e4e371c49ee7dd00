using System.CommandLine;
using FaceBias.Exporting;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias export</c>: a trained model as a project of its own.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        var model = new Option<string>("--model") { Description = "The model.onnx of a run, or the run's folder.", Required = true, HelpName = "FILE|RUN" };
        var dotnet = new Option<string?>("--dotnet") { Description = "Write a .NET project on plain ONNX Runtime to this folder.", HelpName = "DIR" };
        var builder = new Option<string?>("--model-builder")
        { Description = "Write a project in the shape of ML.NET Model Builder to this folder.", HelpName = "DIR" };
        var name = new Option<string?>("--name") { Description = "Name of the project (FaceApp) or of Model Builder's class (FaceModel).", HelpName = "NAME" };
        var target = new Option<string?>("--target") { Description = "With --model-builder: which target; the first one by default.", HelpName = "T" };
        var data = new Option<string?>("--data")
        { Description = "With --model-builder: a folder of images per class, or a table of paths and labels; the run's manifest by default.", HelpName = "DIR|FILE" };
        var force = new Option<bool>("--force") { Description = "Replace files of an earlier export that were edited." };
        var command = new Command("export", "Writes a trained model as a .NET project that predicts without facebias.")
        {
            model, dotnet, builder, name, target, data, force,
        };
        command.SetAction((parsed, _) => Task.Run(() =>
        {
            var (plain, modelBuilder) = (parsed.GetValue(dotnet), parsed.GetValue(builder));
            if (plain is null == modelBuilder is null)
                throw new FaceBiasException("Give one of --dotnet DIR and --model-builder DIR.");
            if (plain is not null && (parsed.GetValue(target) ?? parsed.GetValue(data)) is not null)
                throw new FaceBiasException("--target and --data go with --model-builder; a --dotnet project predicts every target.");
            var file = parsed.GetRequiredValue(model);
            var lines = plain is not null
                ? DotNetExport.Write(file, plain, parsed.GetValue(name) ?? "FaceApp", parsed.GetValue(force))
                : ModelBuilderExport.Write(file, modelBuilder!, parsed.GetValue(name) ?? "FaceModel", parsed.GetValue(target), parsed.GetValue(data), parsed.GetValue(force));
            foreach (var line in lines)
                parsed.InvocationConfiguration.Output.WriteLine(line);
            return 0;
        }, CancellationToken.None));
        return command;
    }
}
