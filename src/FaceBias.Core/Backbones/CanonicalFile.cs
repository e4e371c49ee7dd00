using FaceBias.Core.Imaging;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using FaceBias.Primitives.Hashing;

namespace FaceBias.Core.Backbones;

/// <summary>ONNX files that have the common interface (<see cref="BackboneMetadata"/>).</summary>
internal static class CanonicalFile
{
    /// <summary>Opens such a file from anywhere.</summary>
    public static Backbone Open(string path)
    {
        var model = OnnxFile.Read(path);
        var pixels = model.Graph.Input.FirstOrDefault(
            i => i.Name == BackboneMetadata.Pixels)?.Type?.TensorType?.Shape?.Dim;
        var features = model.Graph.Output.FirstOrDefault(
            o => o.Name == BackboneMetadata.Features)?.Type?.TensorType?.Shape?.Dim;
        model.RefuseLoops(path);
        if (model.Metadata(BackboneMetadata.Input) is null || pixels is not { Count: 4 } || features is not { Count: 2 }
            || pixels[2].DimValue is < 1 or > PixelInput.MaxSide || pixels[3].DimValue is < 1 or > PixelInput.MaxSide
            || features[1].DimValue < 1)
            throw new FaceBiasException(
                $"'{path}' is no backbone yet; make it one, see what is assumed about it, and use its name: "
                    + $"facebias models import {path} --name {Path.GetFileNameWithoutExtension(path)}");
        var spec = new ImageSpec((int)pixels[3].DimValue, (int)pixels[2].DimValue);
        return new Backbone(
            model.Metadata(BackboneMetadata.Name) ?? Path.GetFileNameWithoutExtension(path), Path.GetFullPath(path),
            spec,
            (int)features[1].DimValue, Key(Sha256.OfFile(path), spec), FixedBatch(model), [],
            model.Metadata(BackboneMetadata.Licence) ?? "unknown",
            model.Metadata(BackboneMetadata.WeightsLicence) ?? "unknown");
    }

    /// <summary>The description of a stored model of the catalogue.</summary>
    public static Backbone Describe(CatalogueEntry entry, string path, string sha256, int? fixedBatch) => new(
        entry.Name, path, Spec(entry), entry.Features?.Count ?? 0, Key(sha256, Spec(entry)), fixedBatch, entry.Outputs,
        entry.Licence, entry.WeightsLicence)
    {
        LastLayerCount = entry.Features?.LastLayer ?? entry.Features?.Count ?? 0,
    };

    public static ImageSpec Spec(CatalogueEntry entry) => new(entry.Input.Width, entry.Input.Height);

    /// <summary>16 hex digits of a hash over the file's sum and the fitting of pictures.</summary>
    public static string Key(string sha256, ImageSpec spec) =>
        Sha256.Of($"{sha256} {spec.Width}x{spec.Height} {spec.Fit}")[..16];

    /// <summary>The batch size that a model insists on, or null.</summary>
    public static int? FixedBatch(ModelProto model)
    {
        var batch = model.Graph.Input.First(i => i.Name == BackboneMetadata.Pixels).Type.TensorType.Shape.Dim[0];
        return batch.HasDimValue ? (int)batch.DimValue : null;
    }
}
