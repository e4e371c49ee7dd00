using FaceBias.Core.Imaging;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using FaceBias.Onnx.Opsets;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Core.Backbones;

/// <summary>Several backbones as one: <c>faceres+sface</c>. Pictures are decoded once, at the largest size that a part
/// takes; the graph itself makes them smaller for the others, and lays the features of the parts side by side in the
/// order of the names.</summary>
internal static class JoinedBackbone
{
    /// <summary>Changes when the same parts give another file.</summary>
    public const int Version = 1;

    private const char Separator = '+';

    /// <summary>The names in a joined one; null where it is not of that form.</summary>
    public static IReadOnlyList<string>? Parts(string name) =>
        name.Split(Separator) is { Length: > 1 } parts && parts.All(Catalogue.IsName) ? parts : null;

    /// <param name="parts">The backbones in order, each with its model.</param>
    /// <exception cref="FaceBiasException">A part has no features, a shape of its own, or comes twice.</exception>
    public static ModelProto Build(string name, IReadOnlyList<(Backbone Backbone, ModelProto Model)> parts)
    {
        if (parts.GroupBy(p => p.Backbone.Key).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new FaceBiasException(
                $"'{name}' names the backbone '{twice.First().Backbone.Name}' twice; name each once.");
        if (parts.FirstOrDefault(p => p.Backbone.FeatureCount == 0).Backbone is { } detector)
            throw new FaceBiasException(
                $"'{detector.Name}' gives no features (it is a detector), so it cannot be part of '{name}'.");
        var size = parts.MaxBy(p => p.Backbone.Input.Width).Backbone.Input;
        if (parts.FirstOrDefault(
            p => p.Backbone.Input.Width * size.Height != p.Backbone.Input.Height * size.Width
                || p.Backbone.Input.Fit != size.Fit).Backbone is { } other)
            throw new FaceBiasException(
                $"'{other.Name}' takes pictures of another shape than the other parts of '{name}'; only models with "
                    + "pictures of one shape can be joined.");
        if (parts.FirstOrDefault(p => p.Backbone.FixedBatch is not null).Backbone is { } single)
            throw new FaceBiasException(
                $"'{single.Name}' takes batches of one size only, so it cannot be part of '{name}'.");

        var opset = parts.Max(p => OpsetConverter.OpsetOf(p.Model));
        var g = new GraphBuilder("backbone");
        g.Model.OpsetImport[0].Version = opset;
        g.Model.IrVersion = parts.Max(p => p.Model.IrVersion);
        g.Input(BackboneMetadata.Pixels, DataType.Float, BackboneMetadata.Batch, 3, size.Height, size.Width);
        var features = new List<string>();
        for (var i = 0; i < parts.Count; i++)
        {
            var (backbone, model) = parts[i];
            var pixels = Resized(g, size, backbone.Input);
            var graph = OpsetConverter.Convert(model, opset).KeepOutputs(BackboneMetadata.Features)
                .Rename(n => n == BackboneMetadata.Pixels ? pixels : $"{backbone.Name}/{n}").Graph;
            g.Graph.Node.Add(graph.Node);
            g.Graph.Initializer.Add(graph.Initializer);
            g.Graph.ValueInfo.Add(graph.ValueInfo);
            foreach (var domain in model.OpsetImport.Where(d => g.Model.OpsetImport.All(o => o.Domain != d.Domain)))
                g.Model.OpsetImport.Add(domain.Clone());
            features.Add($"{backbone.Name}/{BackboneMetadata.Features}");
        }
        g.Add("Concat", [.. features], [("axis", 1L)], BackboneMetadata.Features);
        g.Output(BackboneMetadata.Features, DataType.Float, BackboneMetadata.Batch,
            parts.Sum(p => p.Backbone.FeatureCount));

        string Each(Func<Backbone, string> of) =>
            string.Join(" ", parts.Select(p => $"{p.Backbone.Name}: {of(p.Backbone).TrimEnd('.')}."));
        g.Model.SetMetadata(BackboneMetadata.Name, name);
        g.Model.SetMetadata(BackboneMetadata.Source,
            string.Join("; ", parts.Select(p => p.Model.Metadata(BackboneMetadata.Source) ?? p.Backbone.Name)));
        g.Model.SetMetadata(BackboneMetadata.Licence,
            string.Join("; ", parts.Select(p => p.Backbone.Licence).Distinct()));
        g.Model.SetMetadata(BackboneMetadata.WeightsLicence, Each(b => b.WeightsLicence));
        g.Model.SetMetadata(BackboneMetadata.Input, $"float32 [N, 3, {size.Height}, {size.Width}], RGB, 0 to 255");
        g.Model.SetMetadata(BackboneMetadata.Preprocessing,
            $"in the graph: {Each(b => $"pictures of {b.Input.Width} x {b.Input.Height}")}");
        return g.Model;
    }

    /// <summary>The pixels at the size of a part, by the resampling that pictures are decoded with: a product with
    /// constant weights from each side, which is the same in every operator set.</summary>
    private static string Resized(GraphBuilder g, ImageSpec from, ImageSpec to)
    {
        if (from == to)
            return BackboneMetadata.Pixels;
        var rows = g.Constant(Weights(from.Height, to.Height), to.Height, from.Height);
        var columns = g.Constant(Transposed(Weights(from.Width, to.Width), from.Width), from.Width, to.Width);
        return g.Add("MatMul", g.Add("MatMul", rows, BackboneMetadata.Pixels), columns);
    }

    /// <summary>The weights of one direction, [outputs, inputs].</summary>
    private static float[] Weights(int inputs, int outputs)
    {
        var kernel = new ResampleKernel(inputs, 0, inputs, outputs, ResampleFilter.Triangle);
        var weights = new float[outputs * inputs];
        for (var i = 0; i < outputs; i++)
            for (var t = 0; t < kernel.Counts[i]; t++)
                weights[i * inputs + kernel.Starts[i] + t] =
                    kernel.Weights[i * kernel.Taps + t] / (float)(1 << ResampleKernel.FractionBits);
        return weights;
    }

    private static float[] Transposed(float[] values, int columns)
    {
        var (rows, result) = (values.Length / columns, new float[values.Length]);
        for (var i = 0; i < values.Length; i++)
            result[i % columns * rows + i / columns] = values[i];
        return result;
    }
}
