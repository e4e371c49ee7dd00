using FaceBias.Core.Backbones;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Imaging;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using FaceBias.Onnx.Opsets;
using Microsoft.ML.OnnxRuntime;

namespace FaceBias.Exporting;

/// <summary>A model as a project in the shape of ML.NET Model Builder: <c>.mbconfig</c>, <c>.consumption.cs</c>,
/// <c>.training.cs</c>, the model zip <c>.mlnet</c> and a console program. Model Builder knows one label per model, so
/// one target is exported at a time.</summary>
public static class ModelBuilderExport
{
    private const string Output = "FaceBiasOutput";

    /// <summary>Writes the project; models of an earlier export of the same name are replaced, files that were edited
    /// are not.</summary>
    /// <param name="model">A model.onnx, or the folder of a run.</param>
    /// <param name="folder">Where to write it; empty, new, or an earlier export.</param>
    /// <param name="name">Name of the model's class.</param>
    /// <param name="target">The target; null for the first one.</param>
    /// <param name="data">Training data: a folder with a folder of images per class, or a table; null for the run's
    /// manifest. Of a manifest or table of classes a folder per class is made, with links to the images, or copies
    /// where links cannot be.</param>
    /// <param name="force">Whether files of an earlier export that differ, because somebody edited them, may be
    /// replaced.</param>
    /// <param name="opset">The operator set of the project's models; null for the one that they have.</param>
    /// <param name="progress">Told of each image that is linked or copied.</param>
    /// <returns>Lines for the console.</returns>
    /// <exception cref="FaceBiasException">There is no such model, target or data, or the folder is in use.</exception>
    public static IReadOnlyList<string> Write(string model, string folder, string name = "FaceModel",
        string? target = null, string? data = null, bool force = false, int? opset = null,
        IProgress<StepProgress>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        CSharpText.CheckName(name);
        var exported = ExportedModel.Read(model);
        ExportedModel.CheckFolder(folder, $"{name}.mbconfig");
        var output = Find(exported, target);
        var classes = (output as CategoricalOutput)?.Classes;
        var backbone = Backbone(exported, out var features);
        var source = ModelBuilderData.Of(exported, output, data, Path.GetFullPath(folder), name);

        var values = exported.Values(name);
        values["namespace"] = $"{name}App";
        values["targettext"] = CSharpText.Comment(ExportedModel.Describe(output));
        values["outputs"] = PredictionColumns.Width(output).ToString(CultureInfo.InvariantCulture);
        values["features"] = features.ToString(CultureInfo.InvariantCulture);
        values["cover"] = exported.Metadata.Input.Fit == ImageFit.Cover ? "true" : "false";
        values["labels"] = CSharpText.Literals(classes ?? []);
        values["data"] = CSharpText.Literal(source.Place);
        values["show"] = classes is null
            ? "prediction.Score.ToString(CultureInfo.InvariantCulture)"
            : $"string.Join(\" \", {name}.GetSortedScoresWithLabels(prediction).Select(s => FormattableString.Invariant($\"{{s.Key}}={{s.Value:0.0000}}\")))";
        // The keys are given, so that the scores of a new model stand in the same order.
        const string indent = "\n                                    ";
        values["keys"] = classes is null ? ""
            : indent + ".Append(mlContext.Transforms.Conversion.MapValueToKey(outputColumnName: @\"Label\", inputColumnName: @\"Label\", "
                + "keyData: mlContext.Data.LoadFromEnumerable(Labels.Select(l => new { Label = l }))))";
        values["trainer"] = classes is null
            ? ".Append(mlContext.Regression.Trainers.Sdca(labelColumnName: @\"Label\", featureColumnName: @\"features\"))"
            : ".Append(mlContext.MulticlassClassification.Trainers.LbfgsMaximumEntropy(labelColumnName: @\"Label\", featureColumnName: @\"features\"))"
                + indent + ".Append(mlContext.Transforms.Conversion.MapKeyToValue(outputColumnName: @\"PredictedLabel\", inputColumnName: @\"PredictedLabel\"))";
        values["scoreclass"] = Lines(16, classes is null ? ["public float Score { get; set; }"] :
        [
            $"[VectorType({values["outputs"]})]",
            "public float[] Score { get; set; }",
            "",
            "public string PredictedLabel { get; set; }",
        ]);
        values["scoremap"] = Lines(16, classes is null ? ["to.Score = from.FaceBiasOutput[0];"] :
        [
            "to.Score = from.FaceBiasOutput;",
            "to.PredictedLabel = Labels[Array.IndexOf(to.Score, to.Score.Max())];",
        ]);
        values["load"] = Template.Fill($"ModelBuilder/{(source.IsFolder ? "Folder" : "Table")}.load.cs", values);
        values["shared"] = Template.Fill("ModelBuilder/Shared.cs", values);

        ModelProto Said(ModelProto graph) => opset is { } older ? OpsetConverter.Convert(graph, older) : graph;
        var files = new ExportFolder(folder);
        void Put(string file, string template) => files.Add(file, Template.Fill($"ModelBuilder/{template}", values));
        Put($"{name}.consumption.cs", classes is null ? "Regression.consumption.cs" : "Classification.consumption.cs");
        Put($"{name}.training.cs", "Model.training.cs");
        foreach (var (file, text) in Template.Picture(values["namespace"], values))
            files.Add(file, text);
        Put("Program.cs", "Program.cs");
        Put("README.md", "README.md");
        files.Add($"{name}.mbconfig",
            ModelBuilderConfig.Text(output, source, Path.GetFullPath(Path.Combine(folder, $"{name}.mlnet"))));
        Put($"{values["namespace"]}.csproj", "App.csproj");
        files.Write(force, () =>
        {
            source.Write(progress);
            var input = exported.Metadata.Input;
            new ModelZip(values["namespace"], name, classes).Write(Path.Combine(folder, $"{name}.mlnet"),
                OnnxFile.ToBytes(Said(Trained(exported, output))), [1, 3, input.Height, input.Width],
                PredictionColumns.Width(output), Template.PackageVersion("Microsoft.ML"));
            OnnxFile.Write(Said(backbone), Path.Combine(folder, $"{name}.backbone.onnx"));
        });
        return
        [
            $"A project in the shape of ML.NET Model Builder, for '{output.Name}': {Path.Combine(folder, $"{values["namespace"]}.csproj")}",
            "It compiles and predicts with the .NET SDK; it was not opened in any version of Visual Studio.",
            $"Try it: dotnet run --project {folder} -- PICTURE",
        ];
    }

    private static string Lines(int indent, IEnumerable<string> lines) =>
        string.Join("\n", lines.Select(l => l.Length == 0 ? "" : new string(' ', indent) + l));

    private static OutputSpec Find(ExportedModel model, string? target)
    {
        var targets = model.Metadata.Targets;
        return target is null ? targets[0]
            : targets.FirstOrDefault(t => t.Name == target) ?? throw new FaceBiasException(
            $"The model does not predict '{target}'; ‹Target› can be {string.Join(" or ", targets.Select(t => $"'{t.Name}'"))}.");
    }

    /// <summary>The model with the target's output alone, under a name that no column of Model Builder has.</summary>
    private static ModelProto Trained(ExportedModel model, OutputSpec target)
    {
        var trained = model.Graph.KeepOutputs(target.Name)
            .Rename(name => name == target.Name ? Output
                : name == model.Metadata.Input.Name ? BackboneMetadata.Pixels : name);
        trained.Graph.Output.Clear();
        trained.Graph.Output.Add(
            GraphBuilder.ValueInfo(Output, TensorProto.Types.DataType.Float, "N", PredictionColumns.Width(target)));
        trained.MetadataProps.Clear();
        return trained;
    }

    /// <summary>The feature extractor inside a model: pixels to features, under the names of any imported
    /// backbone.</summary>
    private static ModelProto Backbone(ExportedModel model, out int features)
    {
        const string inside = "backbone/" + BackboneMetadata.Features;
        if (!model.Graph.Graph.Node.Any(n => n.Output.Contains(inside)))
            throw new FaceBiasException(
                $"'{model.File}' has no feature extractor that can be taken out (no value '{inside}'); export it with ‹Dotnet›.");
        var backbone = model.Graph.KeepOutputs(inside).Rename(
            name => name == inside ? BackboneMetadata.Features : name);
        // An inner value has no declared shape: a run on a black picture tells it.
        Declare("D");
        var input = model.Metadata.Input;
        using (var session = new InferenceSession(OnnxFile.ToBytes(backbone)))
        using (var pixels = OrtValue.CreateTensorValueFromMemory(new float[input.ToSpec().Length],
            [1, 3, input.Height, input.Width]))
        using (var run = new RunOptions())
        using (var values = session.Run(run, [input.Name], [pixels], [BackboneMetadata.Features]))
            features = values[0].GetTensorDataAsSpan<float>().Length;
        Declare(features);
        backbone.MetadataProps.Clear();
        return backbone;

        void Declare(object width)
        {
            backbone.Graph.Output.Clear();
            backbone.Graph.Output.Add(
                GraphBuilder.ValueInfo(BackboneMetadata.Features, TensorProto.Types.DataType.Float, "N", width));
        }
    }
}
