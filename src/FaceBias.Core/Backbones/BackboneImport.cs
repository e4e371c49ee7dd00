using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;

namespace FaceBias.Core.Backbones;

/// <summary>From a source file and its catalogue entry to a canonical ONNX model with metadata.</summary>
internal static class BackboneImport
{
    public static ModelProto FromSource(CatalogueEntry entry, string path)
    {
        var spec = new ImportSpec(entry.Input, entry.Features?.Source ?? "",
            [.. entry.Outputs.Select(o => new NamedOutput(o.Source, o.Name))])
        {
            Pooled = entry.Features?.Pooled ?? [],
        };
        var model = entry.Importer switch
        {
            ModelImporterKind.Tfjs => ModelImporter.ImportTfjs(path, spec),
            ModelImporterKind.Tflite => ModelImporter.ImportTflite(path, spec),
            ModelImporterKind.Onnx => ModelImporter.ImportOnnx(path, spec),
            var other =>
                throw new FaceBiasException(
                    $"The catalogue entry '{entry.Name}' names the importer '{other}', which cannot import '{path}'."),
        };
        var features = model.Graph.Output.FirstOrDefault(
            o => o.Name == BackboneMetadata.Features)?.Type.TensorType.Shape.Dim[1].DimValue ?? 0;
        if (features != (entry.Features?.Count ?? 0))
            throw new FaceBiasException(
                $"'{path}' has {features} features but the catalogue expects {entry.Features?.Count ?? 0} of "
                    + $"'{entry.Name}'; correct the entry.");
        Describe(model, entry);
        return model;
    }

    /// <summary>Writes what the entry says into the file's own metadata.</summary>
    public static void Describe(ModelProto model, CatalogueEntry entry)
    {
        var input = entry.Input;
        model.SetMetadata(BackboneMetadata.Name, entry.Name);
        model.SetMetadata(BackboneMetadata.Source,
            entry.Package is { } package ? $"npm {package} {entry.Files[0].Path}" : entry.Files[0].Path);
        model.SetMetadata(BackboneMetadata.Licence, entry.Licence);
        model.SetMetadata(BackboneMetadata.WeightsLicence, entry.WeightsLicence);
        model.SetMetadata(BackboneMetadata.Input, $"float32 [N, 3, {input.Height}, {input.Width}], RGB, 0 to 255");
        model.SetMetadata(BackboneMetadata.Preprocessing,
            $"in the graph: ({input.Channels.ToString().ToUpperInvariant()} - [{Join(input.Mean)}]) * "
                + $"[{Join(input.Scale)}]");
        foreach (var output in entry.Outputs.Where(o => o.Classes is not null))
            model.SetMetadata(BackboneMetadata.Classes(output.Name), string.Join(",", output.Classes!));
    }

    private static string Join(IEnumerable<float> values) =>
        string.Join(", ", values.Select(v => v.ToString(CultureInfo.InvariantCulture)));
}
