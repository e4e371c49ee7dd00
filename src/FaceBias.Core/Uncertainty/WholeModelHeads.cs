using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Heads.Model;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Core.Uncertainty;

/// <summary>The heads of a whole model that <see cref="ModelExport"/> joined, taken out and put back with what wrappers
/// added.</summary>
internal static class WholeModelHeads
{
    private const string Backbone = "backbone/", Heads = "heads/";

    /// <summary>The heads alone: <c>features</c> [N, D] to one output per target, with the uncertainty outputs that
    /// there are.</summary>
    /// <param name="model">A model with pixels as input.</param>
    /// <param name="width">Features per row.</param>
    /// <exception cref="FaceBiasException">The model's features are not to be found.</exception>
    public static ModelProto Take(ModelProto model, int width)
    {
        const string Features = ModelExport.Features;
        if (!model.Graph.Node.Any(n => n.Output.Contains(Features)))
            throw new FaceBiasException(
                "The model has no features of a backbone, so nothing can be added to its heads; train it with "
                    + "'facebias train'.");
        var heads = model.Clone();
        var graph = heads.Graph;
        var kept = graph.Node.Where(
            n => !n.Output.All(o => o.Length == 0 || o.StartsWith(Backbone, StringComparison.Ordinal))).ToArray();
        graph.Node.Clear();
        graph.Node.Add(kept);
        graph.Input.Clear();
        graph.Input.Add(GraphBuilder.ValueInfo(Features, DataType.Float, "N", width));
        graph.RemoveUnused();
        return heads.Rename(name => name == Features ? BackboneMetadata.Features
            : name.StartsWith(Heads, StringComparison.Ordinal) ? name[Heads.Length..] : name);
    }

    /// <summary>The model with other heads.</summary>
    /// <param name="model">A model with pixels as input.</param>
    /// <param name="heads">Its heads from now on.</param>
    /// <param name="path">The model's file, for sentences.</param>
    public static ModelProto Put(ModelProto model, ModelProto heads, string path) =>
        ModelExport.Join(BackboneOf(model), heads, ModelMetadata.Read(model, path));

    /// <summary>The backbone alone: <c>pixels</c> to <c>features</c>.</summary>
    internal static ModelProto BackboneOf(ModelProto model) => model.KeepOutputs(ModelExport.Features)
        .Rename(name => name.StartsWith(Backbone, StringComparison.Ordinal) ? name[Backbone.Length..] : name);

    /// <summary>The features that the heads of a model take; 0 where it has no heads of 'facebias train'.</summary>
    internal static int Width(ModelProto model) => (int)(model.Graph.Initializer.FirstOrDefault(
        t => t.Name == Heads + HeadLayers.MeanName)?.ElementCount() ?? 0);
}
