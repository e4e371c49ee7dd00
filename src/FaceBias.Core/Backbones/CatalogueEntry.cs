using FaceBias.Onnx.Import;
using FaceBias.Primitives.Hashing;

namespace FaceBias.Core.Backbones;

/// <summary>What a model of the catalogue is for.</summary>
internal enum ModelKind
{
    /// <summary>Turns a picture into features on which heads are trained.</summary>
    Backbone,

    /// <summary>Finds faces; has no features.</summary>
    Detector,
}

/// <summary>How a model becomes a canonical ONNX file.</summary>
internal enum ModelImporterKind
{
    /// <summary>TensorFlow.js: a graph model or a Keras layers model; the file tells which.</summary>
    Tfjs,

    /// <summary>TensorFlow Lite, with float32 or float16 weights.</summary>
    Tflite,

    /// <summary>An ONNX file of any interface.</summary>
    Onnx,

    /// <summary>An ONNX file that already has the common interface, as an import writes it.</summary>
    Canonical,
}

/// <summary>A package of the npm registry with its exact version.</summary>
internal sealed record PackageReference(string Name, string Version)
{
    public override string ToString() => $"{Name}@{Version}";
}

/// <summary>A file of a model: its path within the package, with forward slashes, and the SHA-256 of its bytes in hex.
/// </summary>
internal sealed record ModelFile(string Path, string Sha256);

/// <summary>Where the features of a model are, and how many there are in all. The means over the places of the maps in
/// <paramref name="Pooled"/>, outputs of earlier layers, follow those of <paramref name="Source"/>: what the last layer
/// no longer tells apart (the texture of skin, say) is still there.</summary>
internal sealed record FeatureOutput(string Source, int Count, IReadOnlyList<string>? Pooled = null)
{
    /// <summary>How many of them, from the first on, are those of <see cref="Source"/>; null where all are.</summary>
    public int? LastLayer { get; init; }
}

/// <summary>A further output of a model: its name in the source and in the canonical file, what its numbers mean, and
/// the class names where it is a distribution over classes.</summary>
internal sealed record ModelOutput(string Source, string Name, string Meaning, IReadOnlyList<string>? Classes = null);

/// <summary>
/// A model of the catalogue: where it comes from, how it is imported, what it takes and gives, and under which
/// licences. The first of <paramref name="Files"/> is the one to import; the others lie beside it.
/// <paramref name="Package"/> is null for models that a user imported. <paramref name="Licence"/> is the package's;
/// what is known about the weights, which can be narrower, is in <paramref name="WeightsLicence"/>.
/// <paramref name="Features"/> is null for detectors; <paramref name="DownloadMegabytes"/> is the size of the package,
/// 0 where it is not known.
/// </summary>
internal sealed record CatalogueEntry(
    string Name, string Description, ModelKind Kind, ModelImporterKind Importer, IReadOnlyList<ModelFile> Files,
    PixelInput Input, IReadOnlyList<ModelOutput> Outputs, string Licence, string WeightsLicence,
    FeatureOutput? Features = null, PackageReference? Package = null, int DownloadMegabytes = 0);
