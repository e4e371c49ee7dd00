using System.ComponentModel.DataAnnotations;
using FaceBias.Exporting;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Opsets;
using FaceBias.Workflows.RunFolders;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias export</c>: a trained model as a project of its own.</summary>
internal static class ExportCommand
{
    public static Command Create() =>
        Job.Command<Arguments>("export", "Exports a trained model as a .NET project that predicts without facebias, "
            + "or a run to MLflow.",
        "export --model runs/first --dotnet FaceApp", (options, job) => job.Run(progress => options switch
        {
            { Mlflow: { } store, Dotnet: null, ModelBuilder: null } => MlflowExport.Write(options.Model, store),
            { Mlflow: not null } => throw new FaceBiasException("Give ‹Mlflow› alone."),
            { Dotnet: { } folder, ModelBuilder: null, Target: null, Data: null } =>
                DotNetExport.Write(options.Model, folder, options.Name ?? "FaceApp", options.Force, options.Opset),
            { Dotnet: null, ModelBuilder: { } folder } =>
                ModelBuilderExport.Write(options.Model, folder, options.Name ?? "FaceModel", options.Target,
                    options.Data, options.Force, options.Opset, progress),
            { Dotnet: not null, ModelBuilder: null } =>
                throw new FaceBiasException(
                    "‹Target› and ‹Data› go with ‹ModelBuilder›; a ‹Dotnet› project predicts every target."),
            _ => throw new FaceBiasException("Give one of ‹Dotnet› DIR, ‹ModelBuilder› DIR and ‹Mlflow› DIR."),
        }));

    internal sealed record Arguments
    {
        [Option("The model.onnx of a run, or the run's folder.", ValueName = "FILE|RUN", Group = OptionGroup.Model)]
        public required string Model { get; init; }

        [Option("Write a .NET project on plain ONNX Runtime to this folder.", ValueName = "DIR",
            Group = OptionGroup.Output, OneOf = true)]
        public string? Dotnet { get; init; }

        [Option("Write a project in the shape of ML.NET Model Builder to this folder.", ValueName = "DIR",
            Group = OptionGroup.Output, OneOf = true)]
        public string? ModelBuilder { get; init; }

        [Option("Add the run to this folder of MLflow's file store: options, metrics, gaps, curves, report and model.",
            ValueName = "DIR", Group = OptionGroup.Output, OneOf = true)]
        public string? Mlflow { get; init; }

        [Option("Name of the project (FaceApp) or of Model Builder's class (FaceModel).", ValueName = "NAME",
            Group = OptionGroup.Output)]
        public string? Name { get; init; }

        [Option("With ‹ModelBuilder›: which target; the first one by default.", ValueName = "T",
            Group = OptionGroup.Model)]
        public string? Target { get; init; }

        [Option("With ‹ModelBuilder›: a folder of images per class, or a table of paths and labels; the run's "
            + "manifest by default.", ValueName = "DIR|FILE")]
        public string? Data { get; init; }

        [Option("Write the project's model in an older ONNX operator set.", ValueName = "N",
            Group = OptionGroup.Output)]
        [Range(OpsetConverter.OldestWritten, GraphBuilder.Opset)]
        public int? Opset { get; init; }

        [Option("Replace files of an earlier export that were edited.", Group = OptionGroup.Output)]
        public bool Force { get; init; }
    }
}
