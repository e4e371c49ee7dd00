using Microsoft.ML.OnnxRuntime;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Import;

/// <summary>Opens the batch dimension of a model with the common input where that is proven, and makes its features
/// rows.</summary>
/// <param name="Model">The model, its outputs without types.</param>
/// <param name="Path">The file, for messages.</param>
/// <param name="Declared">The batch that the file declares, 0 where it is open.</param>
/// <param name="CanOpen">False for graphs of a single picture.</param>
internal sealed record NativeBatch(ModelProto Model, ImportSpec Spec, string Path, long Declared, bool CanOpen)
{
    /// <summary>The model with an open batch dimension if it takes one, with reshapes to the declared batch made open
    /// if that helps, and else with the declared batch.</summary>
    public ModelProto Choose()
    {
        ShapeConditions.Resolve(Model, Spec.Input, Path, CanOpen);
        if (CanOpen)
        {
            if (Finished(Model.Clone(), null) is { } asIs)
                return asIs;
            foreach (var rest in new[] { false, true })
            {
                var open = Model.Clone();
                if (OpenReshapes(open.Graph, rest) && Finished(open, null) is { } reshaped)
                    return reshaped;
            }
        }
        var batch = Math.Max(1, Declared);
        Model.Graph.Input[0].Type.TensorType.Shape.Dim[0] = new TensorShapeProto.Types.Dimension { DimValue = batch };
        return Finished(Model, batch)!;
    }

    /// <summary>A Reshape to [batch, ...] becomes one to [0, ...], "as the input has it"; with <paramref name="rest"/>
    /// one to a multiple of the batch takes what the other dimensions leave.</summary>
    private bool OpenReshapes(GraphProto graph, bool rest)
    {
        var builder = new GraphBuilder(new ModelProto { Graph = graph });
        var view = new GraphView(graph);
        var (batch, changed) = (Math.Max(1, Declared), false);
        foreach (var node in graph.Node.Where(n => n.OpType == "Reshape" && n.Input.Count == 2))
        {
            if (view.Constant(node.Input[1])?.ToInt64s() is not { Length: > 1 } shape || shape[0] <= 0
                || shape[0] % batch != 0)
                continue;
            if (rest && !shape.Contains(-1))
                shape[0] = -1;
            else if (shape[0] == batch)
                shape[0] = 0;
            else
                continue;
            node.Input[1] = builder.Constant(shape);
            changed = true;
        }
        return changed;
    }

    /// <summary>The model with its output shapes as a run shows them; null if it should take any batch but does
    /// not.</summary>
    private ModelProto? Finished(ModelProto model, long? batch)
    {
        object n = batch is { } size ? size : BackboneMetadata.Batch;
        try
        {
            using (var first = OnnxProbe.Load(model, Spec.Input, Path))
                SetTypes(model, first);
            var shapes = Shapes(model);
            if (Spec.Features.Length > 0 && (shapes[0].Length != 2 || Spec.Pool is not null))
            {
                Flatten(model, shapes[0]);
                shapes = Shapes(model);
            }
            for (var i = 0; i < shapes.Length; i++)
                model.Graph.Output[i] = GraphBuilder.ValueInfo(model.Graph.Output[i].Name, DataType.Float,
                    [n, .. shapes[i].Skip(1).Select(d => (object)d)]);
            using var probe = OnnxProbe.Load(model, Spec.Input, Path);
            if (batch is null && !probe.TakesAnyBatch())
                return null;
            if (Spec.Features.Length > 0)
                CheckFeatures(probe);
            return model;
        }
        // The declared batch says the same again, or does better.
        catch (Exception e) when (batch is null && e is (OnnxRuntimeException or FaceBiasException))
        {
            return null;
        }
        catch (OnnxRuntimeException e)
        {
            throw new FaceBiasException(
                $"'{Path}' does not run on a picture of {Spec.Input.Width} x {Spec.Input.Height}: "
                    + $"{Runtime.RuntimeReason.Of(e)}.", e);
        }
    }

    /// <summary>Outputs of other numbers are cast to float32, which the interface gives.</summary>
    private void SetTypes(ModelProto model, OnnxProbe probe)
    {
        foreach (var output in model.Graph.Output)
        {
            var type = probe.TypeOf(output.Name);
            if (type is DataType.Float)
                continue;
            if (type is not (DataType.Double or DataType.Float16))
                throw new FaceBiasException(
                    $"The value '{(output.Name == BackboneMetadata.Features ? Spec.Features : output.Name)}' of "
                        + $"'{Path}' is {(type is { } t ? $"{t}".ToLowerInvariant() : "a map or list")}, which is no "
                        + $"row of numbers; choose another value ('facebias models inspect {Path}' lists them).");
            var node = model.Graph.Node.First(x => x.Output.Contains(output.Name));
            node.OpType = "Cast";
            node.Attribute.Add(GraphBuilder.Attribute("to", (long)DataType.Float));
        }
    }

    private long[][] Shapes(ModelProto model)
    {
        using var probe = OnnxProbe.Load(model, Spec.Input, Path);
        return [.. probe.Run(0).Select(r => r.Shape)];
    }

    private void Flatten(ModelProto model, long[] shape)
    {
        var builder = new GraphBuilder(model);
        var node = model.Graph.Node.First(x => x.Output.Contains(BackboneMetadata.Features));
        var value = builder.Unique("value");
        (node.Output[0], node.Name) = (value, value);
        var rows = Pooled.Add(builder, value, shape, Spec.Pool, Spec.Input.Layout == PixelLayout.Nhwc)
            ?? throw new FaceBiasException(
            $"The features '{Spec.Features}' of '{Path}' have the shape [{string.Join(", ", shape)}] "
                + $"({Pooled.Choices(shape) ?? "one row per picture, [N, D], is needed"}); "
            + "give ‹Pool›, or choose another value with ‹Features›.");
        PixelInterface.Rename(model.Graph, rows, BackboneMetadata.Features);
        model.Graph.Node.First(x => x.Output.Contains(BackboneMetadata.Features)).Name = BackboneMetadata.Features;
    }

    private void CheckFeatures(OnnxProbe probe)
    {
        var (first, second) = (probe.Run(0)[0], probe.Run(1)[0]);
        if (first.Shape is not [_, > 0])
            throw new FaceBiasException(
                $"The features '{Spec.Features}' of '{Path}' have the shape [{string.Join(", ", first.Shape)}]; [N, "
                    + "D] is needed, choose another value with ‹Features›.");
        if (!first.Values.Concat(second.Values).All(float.IsFinite))
            throw new FaceBiasException(
                $"'{Path}' gives features that are not finite; check its normalisation (‹Mean›, ‹Scale›).");
        if (first.Values.AsSpan().SequenceEqual(second.Values))
            throw new FaceBiasException(
                $"'{Path}' gives the same features for different pictures; check ‹Features›, ‹Mean› and ‹Scale›.");
    }
}
