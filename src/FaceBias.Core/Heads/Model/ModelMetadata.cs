using System.Text.Json;
using FaceBias.Core.Backbones;
using FaceBias.Core.Imaging;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using FaceBias.Primitives.Json;

namespace FaceBias.Core.Heads.Model;

/// <summary>What a FaceBias model file says about itself, as JSON in the ONNX metadata property
/// <c>facebias.model</c>: enough to use it in any program that runs ONNX.</summary>
/// <param name="Version">Version of this format, now 1.</param>
/// <param name="Input">Size and preparation of the pictures.</param>
/// <param name="Targets">The outputs, by name.</param>
/// <param name="Backbone">Name of the feature extractor.</param>
/// <param name="WeightsLicence">Licence of the backbone's weights, which may be narrower than that of the code.</param>
internal sealed record ModelMetadata(
    int Version, ModelInput Input, IReadOnlyList<OutputSpec> Targets, string Backbone, string WeightsLicence,
    string Note)
{
    /// <summary>The metadata property that holds it.</summary>
    public const string Key = "facebias.model";

    /// <summary>Reads it from a model file.</summary>
    /// <exception cref="FaceBiasException">The file is no FaceBias model, or of a later version.</exception>
    public static ModelMetadata Read(ModelProto model, string path)
    {
        var json = model.Metadata(Key) ?? throw new FaceBiasException(
            $"'{path}' is an ONNX model but not one that facebias trained (no '{Key}' metadata); "
                + "give the model.onnx of a run. Anybody's classifier is asked by "
                + "'facebias audit --model FILE --classes TARGET=A,B', a backbone is imported by "
                + "'facebias models import FILE'.");
        try
        {
            var metadata = JsonSerializer.Deserialize<ModelMetadata>(json, CoreJson.Options);
            if (metadata is { Version: > 1 })
                throw new FaceBiasException(
                    $"'{path}' was written by a later version of facebias (format {metadata.Version}); update facebias.",
                    ErrorKind.Unsupported);
            if (metadata is not { Version: not 0, Input: { Width: > 0, Height: > 0 }, Targets.Count: > 0 }
                || metadata.Targets.Any(
                    t => t is null or { Name: null or "" } or CategoricalOutput { Classes: null or { Count: 0 } }))
                throw new JsonException("A field is missing.");
            metadata.Check(model, path);
            return metadata;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            throw new FaceBiasException(
                $"The '{Key}' metadata of '{path}' is damaged; train or download the model again.", e);
        }
    }

    /// <summary>Whether the graph is what the metadata say.</summary>
    private void Check(ModelProto model, string path)
    {
        model.RefuseLoops(path);
        FaceBiasException Wrong(string what) =>
            new($"The '{Key}' metadata of '{path}' do not fit its graph: {what}; train or download the model again.");
        var input = model.Graph.Input.FirstOrDefault(i => i.Name == Input.Name)
            ?? throw Wrong($"it has no input '{Input.Name}'");
        if (Input is not { Layout: "NCHW", Channels: "RGB", Range: "0-255" })
            throw Wrong($"pictures as {Input.Layout}, {Input.Channels}, {Input.Range} are not known");
        if (!Has(input, [3, Input.Height, Input.Width]))
            throw Wrong($"they say pictures of {Input.Width} x {Input.Height}, and the input is "
                + $"{ModelSummary.Value(input)}");
        if (Targets.Select(t => t.Name).Distinct(StringComparer.Ordinal).Count() < Targets.Count)
            throw Wrong("two targets have one name");
        foreach (var target in Targets)
        {
            var output = model.Graph.Output.FirstOrDefault(o => o.Name == target.Name)
                ?? throw Wrong($"it has no output '{target.Name}'");
            if (!Has(output, [PredictionColumns.Width(target)]))
                throw Wrong(target is CategoricalOutput c
                    ? $"they say {c.Classes.Count} classes of '{target.Name}', and the output is "
                        + $"{ModelSummary.Value(output)}" : $"they say that '{target.Name}' is a number, and the "
                        + $"output is {ModelSummary.Value(output)}");
        }
    }

    /// <summary>Whether a value is float32 [N, dims]; dimensions that the graph leaves open fit.</summary>
    private static bool Has(ValueInfoProto value, ReadOnlySpan<int> dims)
    {
        if (value.Type?.TensorType is not { ElemType: (int)TensorProto.Types.DataType.Float, Shape.Dim: var shape }
            || shape.Count != dims.Length + 1)
            return false;
        for (var i = 0; i < dims.Length; i++)
        {
            if (shape[i + 1].HasDimValue && shape[i + 1].DimValue != dims[i])
                return false;
        }
        return true;
    }

    public void WriteTo(ModelProto model) => model.SetMetadata(Key, JsonSerializer.Serialize(this, CoreJson.Compact));
}

/// <summary>How pictures are prepared: decoded, turned upright, resized, as float32 [N, 3, height, width].</summary>
/// <param name="Name">Name of the graph's input.</param>
/// <param name="Range">Always 0-255.</param>
/// <param name="Fit">cover: scale the shorter side and cut the longer; stretch: scale both.</param>
internal sealed record ModelInput(
    string Name, int Width, int Height, string Layout, string Channels, string Range, ImageFit Fit)
{
    /// <summary>The input of a model that takes pictures as <see cref="ImageSpec"/> says.</summary>
    public static ModelInput From(ImageSpec spec) =>
        new(BackboneMetadata.Pixels, spec.Width, spec.Height, "NCHW", "RGB", "0-255", spec.Fit);

    /// <summary>The same as an <see cref="ImageSpec"/>.</summary>
    public ImageSpec ToSpec() => new(Width, Height, Fit);
}
