using FaceBias.Onnx.Graphs;
using Microsoft.ML.OnnxRuntime;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Import;

/// <summary>
/// Gives an ONNX model the common interface. The graph stays as it is but for its ends, and its batch dimension becomes
/// open where that is proven: three pictures in one run must give what each gives alone.
/// </summary>
internal static class NativeOnnx
{
    public static ModelProto Import(string path, ImportSpec spec, bool pool)
    {
        var file = RaisedFile.Read(path);
        var input = PictureInput(file.Model, path);
        file = file.Proved(spec.Input, input);
        var model = file.Model;
        var graph = model.Graph;
        string[] sources = [.. spec.Features.Length > 0 ? [spec.Features] : Array.Empty<string>(), .. spec.Outputs.Select(o => o.Source)];
        foreach (var source in sources.Where(s => !graph.Node.Any(n => n.Output.Contains(s))))
            throw new FaceBiasException($"'{path}' has no value '{source}'; its outputs are {string.Join(", ", graph.Output.Select(o => $"'{o.Name}'"))}.");

        var reserved = spec.Outputs.Select(o => o.Name).Append(BackboneMetadata.Features).Append(BackboneMetadata.Pixels).ToHashSet(StringComparer.Ordinal);
        string Own(string name) => reserved.Contains(name) ? $"original/{name}" : name;
        MakeRoom(graph, reserved, Own);
        // Old exporters list the weights among the inputs, where they count as variable: nothing is folded then, and the
        // blocked convolutions do not apply. Since version 4 of the format weights need not be inputs.
        graph.Input.Clear();
        model.IrVersion = Math.Max(model.IrVersion, 4);
        graph.Output.Clear();
        // Shapes noted for inner values hold for the batch size of the export only.
        graph.ValueInfo.Clear();

        var builder = new GraphBuilder(model);
        foreach (var (source, name) in NamesOf(spec))
        {
            builder.Add("Identity", [Own(source)], [], output: name);
            graph.Output.Add(new ValueInfoProto { Name = name });
        }
        var planes = Own(input.Name);
        if (spec.Input.Layout == PixelLayout.Nhwc)
        {
            planes = builder.Unique("planes");
            var turn = new NodeProto { OpType = "Transpose", Name = $"{planes}_to_nhwc" };
            turn.Input.Add(planes);
            turn.Output.Add(Own(input.Name));
            turn.Attribute.Add(GraphBuilder.Attribute("perm", new long[] { 0, 2, 3, 1 }));
            graph.Node.Insert(0, turn);
        }
        PixelInterface.Attach(builder, planes, spec.Input);
        if (file.Note is { } note)
            model.SetMetadata(BackboneMetadata.OperatorSet, note);
        return WithBatch(model, spec, path, pool);
    }

    /// <summary>The only input that is no constant: float32 of rank 4.</summary>
    public static ValueInfoProto PictureInput(ModelProto model, string path)
    {
        var constants = model.Graph.Initializer.Select(t => t.Name).ToHashSet(StringComparer.Ordinal);
        var inputs = model.Graph.Input.Where(i => !constants.Contains(i.Name)).ToList();
        if (inputs is not [var input])
            throw new FaceBiasException($"'{path}' has {inputs.Count} inputs; a model with a single picture as input is needed.");
        var type = input.Type?.TensorType;
        if (type?.ElemType != (int)DataType.Float || type.Shape?.Dim.Count != 4)
            throw new FaceBiasException($"The input of '{path}' is {ModelSummary.Of(model).Inputs[0]}; float with 4 dimensions is needed.");
        return input;
    }

    private static IEnumerable<(string Source, string Name)> NamesOf(ImportSpec spec)
    {
        if (spec.Features.Length > 0)
            yield return (spec.Features, BackboneMetadata.Features);
        foreach (var output in spec.Outputs)
            yield return (output.Source, output.Name);
    }

    /// <summary>Values of the model that have a name of the interface get another.</summary>
    private static void MakeRoom(GraphProto graph, HashSet<string> reserved, Func<string, string> own)
    {
        foreach (var name in reserved)
            PixelInterface.Rename(graph, name, own(name));
        foreach (var constant in graph.Initializer.Where(t => reserved.Contains(t.Name)))
            constant.Name = own(constant.Name);
        foreach (var node in graph.Node.Where(n => reserved.Contains(n.Name)))
            node.Name = own(node.Name);
    }

    /// <summary>The model with an open batch dimension if it takes one, with reshapes to a batch of 1 made open if that
    /// helps, and else with a batch of 1.</summary>
    private static ModelProto WithBatch(ModelProto model, ImportSpec spec, string path, bool pool)
    {
        var open = model.Clone();
        if (Finished(open, spec, path, pool, null) is { } asIs)
            return asIs;
        open = model.Clone();
        OpenReshapes(open.Graph);
        if (Finished(open, spec, path, pool, null) is { } reshaped)
            return reshaped;
        model.Graph.Input[0].Type.TensorType.Shape.Dim[0] = new TensorShapeProto.Types.Dimension { DimValue = 1 };
        return Finished(model, spec, path, pool, 1)!;
    }

    /// <summary>A Reshape to [1, ...] written for one picture becomes one to [0, ...]: "as the input has it".</summary>
    private static void OpenReshapes(GraphProto graph)
    {
        var builder = new GraphBuilder(new ModelProto { Graph = graph });
        var view = new GraphView(graph);
        foreach (var node in graph.Node.Where(n => n.OpType == "Reshape" && n.Input.Count == 2))
        {
            if (view.Constant(node.Input[1])?.ToInt64s() is not { Length: > 1 } shape || shape[0] != 1)
                continue;
            shape[0] = 0;
            node.Input[1] = builder.Constant(shape);
        }
    }

    /// <summary>The model with its output shapes as a run shows them; null if it should take any batch but does not.</summary>
    private static ModelProto? Finished(ModelProto model, ImportSpec spec, string path, bool pool, int? batch)
    {
        object n = batch is { } size ? size : BackboneMetadata.Batch;
        try
        {
            var shapes = Shapes(model, spec.Input, path);
            if (spec.Features.Length > 0 && shapes[0].Length != 2)
            {
                Flatten(model, shapes[0], spec.Features, path, pool);
                shapes = Shapes(model, spec.Input, path);
            }
            for (var i = 0; i < shapes.Length; i++)
                model.Graph.Output[i] = GraphBuilder.ValueInfo(model.Graph.Output[i].Name, DataType.Float, [n, .. shapes[i].Skip(1).Select(d => (object)d)]);
            using var probe = OnnxProbe.Load(model, spec.Input, path);
            if (batch is null && !probe.TakesAnyBatch())
                return null;
            if (spec.Features.Length > 0)
                CheckFeatures(probe, spec.Features, path);
            return model;
        }
        catch (OnnxRuntimeException e)
        {
            return batch is null ? null : throw new FaceBiasException(
                $"ONNX Runtime cannot run '{path}' on a picture of {spec.Input.Width} x {spec.Input.Height}: {OnnxProbe.FirstLine(e)}", e);
        }
    }

    private static long[][] Shapes(ModelProto model, PixelInput input, string path)
    {
        using var probe = OnnxProbe.Load(model, input, path);
        return [.. probe.Run(0).Select(r => r.Shape)];
    }

    private static void Flatten(ModelProto model, long[] shape, string features, string path, bool pool)
    {
        var places = shape.Skip(2).Aggregate(1L, (a, d) => a * d);
        if (shape.Length != 4 || places != 1 && !pool)
            throw new FaceBiasException(
                $"The features '{features}' of '{path}' have the shape [{string.Join(", ", shape)}]; [N, D] is needed{(shape.Length == 4 ? ", so ask for pooling (--pool) or choose another value with --features" : "; choose another value with --features")}.");
        var builder = new GraphBuilder(model);
        var node = model.Graph.Node.First(x => x.Output.Contains(BackboneMetadata.Features));
        var map = builder.Unique("map");
        (node.Output[0], node.Name) = (map, map);
        if (places != 1)
            map = builder.Add("GlobalAveragePool", map);
        // The name is free again, which a new builder sees.
        new GraphBuilder(model).Add("Flatten", [map], [("axis", 1)], output: BackboneMetadata.Features);
    }

    private static void CheckFeatures(OnnxProbe probe, string features, string path)
    {
        var (first, second) = (probe.Run(0)[0], probe.Run(1)[0]);
        if (first.Shape is not [1, > 0])
            throw new FaceBiasException(
                $"The features '{features}' of '{path}' have the shape [{string.Join(", ", first.Shape)}]; [N, D] is needed, choose another value with --features.");
        if (!first.Values.Concat(second.Values).All(float.IsFinite))
            throw new FaceBiasException($"'{path}' gives features that are not finite; check its normalisation (--mean, --scale).");
        if (first.Values.AsSpan().SequenceEqual(second.Values))
            throw new FaceBiasException($"'{path}' gives the same features for different pictures; check --features, --mean and --scale.");
    }
}
