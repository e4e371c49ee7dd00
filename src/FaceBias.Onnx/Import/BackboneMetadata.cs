namespace FaceBias.Onnx.Import;

/// <summary>The names of the interface and of the metadata that every imported backbone carries.</summary>
internal static class BackboneMetadata
{
    /// <summary>The input: float32 [N, 3, H, W], RGB, 0 to 255.</summary>
    public const string Pixels = "pixels";

    /// <summary>The main output: float32 [N, D].</summary>
    public const string Features = "features";

    /// <summary>The name of the dimension that may vary.</summary>
    public const string Batch = "N";

    /// <summary>Metadata: the name in the catalogue.</summary>
    public const string Name = "facebias.name";

    /// <summary>Metadata: where the weights came from, a package and version or a file.</summary>
    public const string Source = "facebias.source";

    /// <summary>Metadata: the licence of the package.</summary>
    public const string Licence = "facebias.licence";

    /// <summary>Metadata: what is known about the licence of the weights, which may be narrower.</summary>
    public const string WeightsLicence = "facebias.licence.weights";

    /// <summary>Metadata: what the model takes, for people.</summary>
    public const string Input = "facebias.input";

    /// <summary>Metadata: the preprocessing that is part of the graph, for people.</summary>
    public const string Preprocessing = "facebias.preprocessing";

    /// <summary>Metadata: what became of the operator set of the source file, for people.</summary>
    public const string OperatorSet = "facebias.opset";

    /// <summary>Metadata: the class names of an output, comma-separated.</summary>
    public static string Classes(string output) => $"facebias.classes.{output}";
}
