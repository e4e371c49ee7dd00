using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using FaceBias.Onnx.Opsets;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Core.Heads.Model;

/// <summary>Joins a backbone and trained heads into one ONNX model: pixels in, named probabilities and values
/// out.</summary>
internal static class ModelExport
{
    /// <summary>The value of a joined model's graph that holds the backbone's features.</summary>
    internal const string Features = "backbone/" + BackboneMetadata.Features;

    /// <summary>Builds the model.</summary>
    /// <param name="backbone">A canonical backbone: <c>pixels</c> [N,3,H,W], RGB 0-255, to <c>features</c>
    /// [N,D].</param>
    /// <param name="heads">Heads: <c>features</c> [N,D] to one output per target. Further outputs, [N, width], and
    /// metadata of theirs go into the model too.</param>
    /// <param name="metadata">What the model says about itself.</param>
    public static ModelProto Join(ModelProto backbone, ModelProto heads, ModelMetadata metadata)
    {
        var further = heads.Graph.Output.Where(o => metadata.Targets.All(t => t.Name != o.Name)).ToArray();
        var outputs = metadata.Targets.Select(t => t.Name).Concat(further.Select(o => o.Name)).ToHashSet();
        // Of what heads are made of, only this is not the same in old operator sets.
        if (heads.Graph.Node.Any(n => n.OpType == "TopK") && OpsetConverter.OpsetOf(backbone) < 11)
            backbone = OpsetConverter.Convert(backbone, GraphBuilder.Opset);
        // The backbone's own names make way: it may have outputs of the same names as the targets (faceres has).
        var body = backbone.KeepOutputs(BackboneMetadata.Features).Rename(
            name => name == BackboneMetadata.Pixels ? name : "backbone/" + name);
        var head = heads.Rename(
            name => outputs.Contains(name) || name == BackboneMetadata.Features ? name : "heads/" + name);
        var model = body.Then(head,
            new Dictionary<string, string> { [BackboneMetadata.Features] = "backbone/" + BackboneMetadata.Features });
        var batch = body.Graph.Input[0].Type.TensorType.Shape.Dim[0];
        object n = batch.HasDimParam ? batch.DimParam : batch.DimValue;
        model.Graph.Output.Clear();
        foreach (var target in metadata.Targets)
            model.Graph.Output.Add(
                GraphBuilder.ValueInfo(target.Name, DataType.Float, n, PredictionColumns.Width(target)));
        foreach (var output in further)
            model.Graph.Output.Add(
                GraphBuilder.ValueInfo(output.Name, DataType.Float, n, output.Type.TensorType.Shape.Dim[1].DimValue));
        model.Graph.Name = "facebias";
        model.ProducerName = "FaceBias";
        model.ProducerVersion = typeof(ModelExport).Assembly.GetName().Version?.ToString(3) ?? "";
        model.DocString = metadata.Note;
        model.MetadataProps.Clear();
        model.MetadataProps.Add(heads.MetadataProps.Select(p => p.Clone()));
        metadata.WriteTo(model);
        return model;
    }
}
