using System.Diagnostics;
using System.Globalization;
using FaceBias.Onnx;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using FaceBias.Onnx.Training;

namespace FaceBias.Benchmarks.Training;

/// <summary>
/// Any model files, a row for each: whether the import finds features, whether the gradients of all parameters agree
/// with those that PyTorch computes of the same graph in float64, and whether the last two layers and all layers learn.
/// </summary>
internal static class ModelFiles
{
    private const int Batch = 2;

    /// <summary>Prints the table; 0 if all is right or refused by a sentence.</summary>
    public static int Run(IReadOnlyList<string> files, int threads, int pictures)
    {
        var failures = 0;
        Console.WriteLine(
            "| model | import | features | layers | parameters | gradients, largest and median error | last:2, all | s |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        foreach (var file in files)
        {
            var watch = Stopwatch.StartNew();
            string row;
            try
            {
                (row, var right) = Row(file, threads, pictures);
                failures += right ? 0 : 1;
            }
            catch (FaceBiasException e)
            {
                row = $"{e.Message.Replace('|', '/')} | | | | | ";
            }
            Console.WriteLine(
                string.Create(CultureInfo.InvariantCulture,
                    $"| {Path.GetFileNameWithoutExtension(file)} | {row} | {watch.Elapsed.TotalSeconds:0} |"));
        }
        return failures == 0 ? 0 : 1;
    }

    private static (string Row, bool Right) Row(string file, int threads, int pictures)
    {
        var (backbone, import) = Import(file);
        if (backbone.Graph.Input[0].Type.TensorType.Shape.Dim[0] is { HasDimValue: true, DimValue: var only })
            throw new FaceBiasException($"It takes only batches of {only}, so it cannot be fine-tuned.");
        var layers = WeightedLayers.Of(backbone, BackboneMetadata.Features);
        var width = backbone.Graph.Output.First(
            o => o.Name == BackboneMetadata.Features).Type.TensorType.Shape.Dim[1].DimValue;
        if (layers.Count == 0)
            return ($"{import} | {width} | 0 | | none with weights |  ", true);
        var folder = Directory.CreateTempSubdirectory("facebias-files").FullName;
        try
        {
            string summary, gradients;
            bool right;
            try
            {
                var (model, trained) = GraphText.Write(backbone, layers, Batch, Path.Combine(folder, "model"));
                PeerProcess.Lines("torch_graph.py", folder, "model");
                var reference = TorchReference.Of("model", folder);
                var (errors, compared) = reference.Compare(model, trained, threads);
                var (largest, median) =
                    (errors.Max(e => e.Error), errors.Select(e => e.Error).Order().ElementAt(errors.Count / 2));
                // Where every batch tried has a rectifier that rounding decides, PyTorch's own float32 is the measure.
                var rounding = reference.Rounding is { Largest: > 2e-4 } own ? own : default;
                right = Architectures.Agree(largest - 2 * rounding.Largest, median - 2 * rounding.Median)
                    && !compared.Contains("missing", StringComparison.Ordinal);
                summary = compared;
                gradients = string.Create(CultureInfo.InvariantCulture,
                    $"{largest:0.0e0}{(right ? "" : $" ({errors.MaxBy(e => e.Error).Name})")}, {median:0.0e0}")
                    + (rounding == default ? "" : string.Create(CultureInfo.InvariantCulture,
                        $"; PyTorch's own float32: {rounding.Largest:0.0e0}, {rounding.Median:0.0e0}"));
            }
            catch (InvalidOperationException e)
            {
                (summary, gradients, right) = ("", e.Message.Split(": ", 2)[^1], true);
            }
            var learning = string.Join(", ", Architectures.Learn(backbone, 2, pictures, threads),
                Architectures.Learn(backbone, 0, pictures, threads));
            right &= !learning.Contains('!', StringComparison.Ordinal);
            return ($"{import} | {width} | {layers.Count} | {summary} | "
                + $"{(right ? "" : "**")}{gradients}{(right ? "" : "**")} | {learning}", right);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A backbone as it is stored, or any other file as the import proposes it.</summary>
    private static (ModelProto Backbone, string Said) Import(string file)
    {
        if (!file.EndsWith(".tflite", StringComparison.OrdinalIgnoreCase) && OnnxFile.Read(file) is var model
            && model.Metadata(BackboneMetadata.Input) is not null)
            return (model, model.Metadata(BackboneMetadata.OperatorSet) ?? "a backbone of FaceBias");
        var backbone = ModelImporter.ImportFile(file, ImportProposal.For(file, new ImportOverrides()).Spec);
        return (backbone, backbone.Metadata(BackboneMetadata.OperatorSet) ?? "as it is");
    }
}
