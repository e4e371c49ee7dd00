using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using FaceBias.Onnx;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using FaceBias.Onnx.Opsets;
using FaceBias.Onnx.Training;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Benchmarks.Training;

/// <summary>
/// torchvision's architectures as PyTorch exports them, one row per architecture and operator set: whether the import
/// finds features and gives the same outputs, whether the gradients of all parameters agree with PyTorch's in float64,
/// and whether the last two layers and all layers learn.
/// </summary>
internal static class Architectures
{
    private const string Script = "torch_exports.py";
    private const double LargestError = 1e-3, MedianError = 1e-5;

    /// <summary>The names that <c>torch_exports.py</c> knows.</summary>
    public static IReadOnlyList<string> All => PeerProcess.Lines(Script, "list");

    /// <summary>Prints the matrix; 0 if all that PyTorch exports is right.</summary>
    public static int Run(IReadOnlyList<string> names, IReadOnlyList<int> opsets, int threads, int pictures, int size)
    {
        var folder = Directory.CreateTempSubdirectory("facebias-exports").FullName;
        var failures = 0;
        Console.WriteLine(
            "| architecture | operator set | import | features | parameters | gradients, largest and median error | "
                + "last:2, all | s |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        foreach (var name in names.Count > 0 ? names : All)
        {
            var watch = Stopwatch.StartNew();
            Dictionary<int, string?> said;
            try
            {
                said = Said(PeerProcess.Lines(Script,
                    ["matrix", name, folder, $"{size}", .. opsets.Select(o => $"{o}")]));
            }
            catch (InvalidOperationException e)
            {
                Console.WriteLine($"| {name} | | {e.Message} | | | | | |");
                failures++;
                continue;
            }
            var reference = TorchReference.Of(name, folder);
            var compared = new Dictionary<string, (int Opset, string Cell, bool Right)>();
            foreach (var opset in opsets)
            {
                watch.Restart();
                var path = Path.Combine(folder, $"{name}-{opset}.onnx");
                if (said[opset] is { } reason)
                {
                    Console.WriteLine($"| {name} | {opset} | PyTorch does not export it: {reason} | | | | | |");
                    continue;
                }
                var (row, right) = Row(path, opset, reference, compared, threads, opset == opsets[^1] ? pictures : 0);
                failures += right ? 0 : 1;
                Console.WriteLine(
                    string.Create(CultureInfo.InvariantCulture,
                        $"| {name} | {opset} | {row} | {watch.Elapsed.TotalSeconds:0} |"));
                File.Delete(path);
            }
            reference.Delete();
        }
        Directory.Delete(folder, recursive: true);
        return failures == 0 ? 0 : 1;
    }

    /// <summary>Whether errors of gradients are rounding.</summary>
    public static bool Agree(double largest, double median) => largest <= LargestError && median <= MedianError;

    /// <summary>A model that is exported and the parameters of which are trained all, for timing.</summary>
    public static (ModelProto Model, IReadOnlyList<string> Trained) Build(string name, int batch)
    {
        var folder = Directory.CreateTempSubdirectory("facebias-exports").FullName;
        if (Said(PeerProcess.Lines(Script, "export", name, folder, "224", "17"))[17] is { } reason)
            throw new InvalidOperationException($"PyTorch does not export {name}: {reason}");
        var path = Path.Combine(folder, $"{name}-17.onnx");
        var model = WithLoss(OpsetConverter.Convert(OnnxFile.Read(path), GraphBuilder.Opset), batch, out var trained);
        PixelNames(model);
        model.Graph.Input[0].Type.TensorType.Shape.Dim[0] = new TensorShapeProto.Types.Dimension { DimValue = batch };
        Directory.Delete(folder, recursive: true);
        return (model, trained);
    }

    /// <summary>Per operator set why PyTorch does not export a model, or null.</summary>
    private static Dictionary<int, string?> Said(string[] lines) =>
        lines.Where(l => l.StartsWith('{')).Select(l => JsonNode.Parse(l)!)
        .ToDictionary(l => (int)l["opset"]!,
            l => l["error"]?.GetValue<string>() is { } error ? error.Length > 100 ? error[..100] + "..." : error
                : null);

    private static (string Row, bool Right) Row(
        string path, int opset, TorchReference reference,
        Dictionary<string, (int Opset, string Cell, bool Right)> compared, int threads, int pictures)
    {
        string import = "", features = "", parameters = "", gradients = "", learning = "";
        var right = true;
        try
        {
            var proposal = ImportProposal.For(path, new ImportOverrides());
            var backbone = ModelImporter.ImportOnnx(path, proposal.Spec);
            import = backbone.Metadata(BackboneMetadata.OperatorSet) ?? "as it is";
            features = $"{backbone.Graph.Output[0].Type.TensorType.Shape.Dim[1].DimValue}";
            var model = OpsetConverter.Convert(OnnxFile.Read(path), GraphBuilder.Opset);
            var signature = GraphSignature.Of(model);
            if (compared.TryGetValue(signature, out var known))
                (gradients, right) = ($"the same graph as {known.Opset}", known.Right);
            else
            {
                var (errors, summary) = reference.Compare(WithLoss(model, reference.Batch, out var trained), trained,
                    threads);
                parameters = summary;
                var (largest, median) =
                    (errors.Max(e => e.Error), errors.Select(e => e.Error).Order().ElementAt(errors.Count / 2));
                right = Agree(largest, median) && !summary.Contains("missing", StringComparison.Ordinal);
                gradients = string.Create(CultureInfo.InvariantCulture,
                    $"{largest:0.0e0}{(right ? "" : $" ({errors.MaxBy(e => e.Error).Name})")}, {median:0.0e0}");
                compared[signature] = (opset, gradients, right);
            }
            if (pictures > 0)
            {
                learning = string.Join(", ", Learn(backbone, 2, pictures, threads),
                    Learn(backbone, 0, pictures, threads));
                right &= !learning.Contains('!', StringComparison.Ordinal);
            }
        }
        catch (FaceBiasException e)
        {
            learning = e.Message;
            right = false;
        }
        return ($"{import} | {features} | {parameters} | {(right ? "" : "**")}{gradients}{(right ? "" : "**")} | "
            + $"{learning}", right);
    }

    /// <summary>The cross-entropy of the only output against labels.</summary>
    private static ModelProto WithLoss(ModelProto model, int batch, out IReadOnlyList<string> trained)
    {
        var output = model.Graph.Output[0].Name;
        trained = [.. WeightedLayers.Of(model, output).SelectMany(l => l.Parameters)];
        var g = new GraphBuilder(model);
        g.Input("labels", DataType.Int64, batch);
        g.Add("Identity", [Losses.SoftmaxCrossEntropy(g, output, "labels", 1000)], [], output: "loss");
        return model;
    }

    private static void PixelNames(ModelProto model)
    {
        var input = model.Graph.Input[0];
        foreach (var node in model.Graph.Node)
            for (var i = 0; i < node.Input.Count; i++)
                node.Input[i] = node.Input[i] == input.Name ? "x" : node.Input[i];
        input.Name = "x";
    }

    /// <summary>Epochs of Adam on random pictures and labels: how far the loss of all of them falls; with a "!" if it
    /// does not.</summary>
    public static string Learn(ModelProto backbone, int layers, int pictures, int threads)
    {
        const int Classes = 4, MaxEpochs = 8;
        var batch = Math.Min(16, pictures);
        var all = WeightedLayers.Of(backbone, BackboneMetadata.Features);
        string[] trained = [.. all.TakeLast(layers == 0 ? all.Count : layers).SelectMany(l => l.Parameters)];
        var cut = layers == 0 ? null : NetworkCut.Before(backbone, BackboneMetadata.Features, trained);
        var model = cut?.Tail ?? backbone.KeepOutputs(BackboneMetadata.Features);
        var width = (int)backbone.Graph.Output.First(
            o => o.Name == BackboneMetadata.Features).Type.TensorType.Shape.Dim[1].DimValue;
        var g = new GraphBuilder(model);
        g.Graph.Output.Clear();
        g.Input("labels", DataType.Int64, batch);
        var random = new Random(3);
        g.Initializer(Tensors.Float("head",
            [.. Enumerable.Range(0, width * Classes).Select(_ => (random.NextSingle() - 0.5f) / MathF.Sqrt(width))],
            width, Classes));
        var logits = g.Add("MatMul", BackboneMetadata.Features, "head");
        g.Add("Identity", [Losses.SoftmaxCrossEntropy(g, logits, "labels", Classes)], [], output: "loss");
        using var session = new TrainingSession(model, "loss", [.. trained, "head"], new Adam(),
            new TrainingSessionOptions { Threads = threads, BatchSize = batch });
        var labels = new long[pictures / batch][];
        var inputs = new Dictionary<string, float[]>[labels.Length];
        for (var b = 0; b < labels.Length; b++)
        {
            labels[b] = [.. Enumerable.Range(0, batch).Select(_ => (long)random.Next(Classes))];
            inputs[b] = model.Graph.Input.Where(i => i.Name != "labels").ToDictionary(i => i.Name, i =>
                Enumerable.Range(0, session.Input<float>(i.Name).Length).Select(
                    _ => cut is null ? random.Next(256) : random.NextSingle()).ToArray());
        }
        double Each(Func<float> act)
        {
            var sum = 0.0;
            for (var b = 0; b < labels.Length; b++)
            {
                foreach (var (name, values) in inputs[b])
                    values.CopyTo(session.Input<float>(name));
                labels[b].CopyTo(session.Input<long>("labels"));
                sum += act();
            }
            return sum / labels.Length;
        }

        // The first epochs of a network with random weights may make it worse, so more than one is allowed.
        double before = Each(session.Evaluate), after = before;
        for (var epoch = 0; epoch < MaxEpochs && after > 0.98 * before; epoch++)
        {
            Each(() => session.Step(1e-4));
            after = Each(session.Evaluate);
        }
        return string.Create(CultureInfo.InvariantCulture,
            $"{before:0.00} to {after:0.00}{(after < before ? "" : "!")}");
    }
}
