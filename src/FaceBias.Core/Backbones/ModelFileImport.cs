using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using FaceBias.Primitives.Hashing;

namespace FaceBias.Core.Backbones;

/// <summary>Makes a user's own ONNX or TensorFlow Lite file a backbone of the store.</summary>
internal static class ModelFileImport
{
    /// <summary>Proposes how to import a file, imports it, proves that it runs, and stores it under a name.</summary>
    /// <param name="store">The store that the model goes to.</param>
    /// <param name="path">An ONNX or TensorFlow Lite file of any interface with a single picture as input.</param>
    /// <param name="name">Its name from now on; null for the file's name.</param>
    /// <param name="overrides">What the user says about it.</param>
    /// <returns>The model, and what was found or assumed.</returns>
    /// <exception cref="FaceBiasException">The file cannot be a backbone, or the name is taken or no name.</exception>
    public static (Backbone Backbone, ImportProposal Proposal) Run(
        ModelStore store, string path, string? name = null, ImportOverrides? overrides = null)
    {
        name ??= Path.GetFileNameWithoutExtension(path);
        if (!Catalogue.IsName(name))
            throw new FaceBiasException(
                $"'{name}' cannot be the name of a model; give ‹Name› with up to 64 letters, digits, '.', '_' and '-'.");
        if (store.IsBuiltIn(name))
            throw new FaceBiasException($"The catalogue has a model '{name}' already; give another ‹Name›.");
        var proposal = ImportProposal.For(path, overrides ?? new ImportOverrides());
        var model = ModelImporter.ImportFile(path, proposal.Spec);
        var unknown = $"unknown (imported from {Path.GetFileName(path)})";
        var count = (int)model.Graph.Output[0].Type.TensorType.Shape.Dim[1].DimValue;
        var entry = new CatalogueEntry(
            name, $"Imported from {Path.GetFileName(path)}", ModelKind.Backbone, ModelImporterKind.Canonical,
            [new ModelFile(Path.GetFileName(path), Sha256.OfFile(path))],
            proposal.Spec.Input, [], model.Metadata(BackboneMetadata.Licence) ?? unknown,
            model.Metadata(BackboneMetadata.WeightsLicence) ?? unknown,
            new FeatureOutput(proposal.Spec.Features, count));
        BackboneImport.Describe(model, entry);
        if (model.Metadata(BackboneMetadata.OperatorSet) is { } converted)
            proposal = proposal with { Reasons = [.. proposal.Reasons, converted] };
        return (store.Add(entry, model), proposal);
    }
}
