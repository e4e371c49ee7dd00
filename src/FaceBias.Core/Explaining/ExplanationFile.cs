using System.Text.Json;
using FaceBias.Core.Explaining.Methods;
using FaceBias.Core.Explaining.Reliability;
using FaceBias.Primitives.Json;

namespace FaceBias.Core.Explaining;

/// <summary>The content of <c>explain.json</c>; docs/how-to/explain.md describes its fields.</summary>
public sealed record ExplanationFile
{
    /// <summary>Version of this format, now 1.</summary>
    public int Version { get; init; } = 1;

    /// <summary>The model's name or file.</summary>
    public required string Model { get; init; }

    /// <summary>Where the model comes from, in the order to print.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Provenance { get; init; } = [];

    /// <summary>The explained output.</summary>
    public required string Target { get; init; }

    /// <summary>The options that change the maps.</summary>
    public required ExplainOptions Options { get; init; }

    /// <summary>One entry per picture and method.</summary>
    public required IReadOnlyList<ExplainedPicture> Pictures { get; init; }

    /// <summary>Pictures without an explanation, each with the reason.</summary>
    public IReadOnlyList<UnexplainedPicture> Failures { get; init; } = [];

    /// <summary>Writes it.</summary>
    public void Write(string path) => AtomicFile.WriteText(path, JsonSerializer.Serialize(this, CoreJson.Options) + "\n");
}

/// <summary>A picture with its explanation.</summary>
/// <param name="Id">The picture.</param>
/// <param name="Path">Its file.</param>
/// <param name="Sha256">The SHA-256 of its file.</param>
/// <param name="Method">The method.</param>
/// <param name="Explained">What the number is.</param>
/// <param name="Score">The number.</param>
/// <param name="Map">The heat map's file, relative to the folder.</param>
/// <param name="Grid">The map's mean over a grid of 16 x 16 places, row by row.</param>
/// <param name="Segments">Number of superpixels; null for methods without.</param>
/// <param name="Surrogate">Weights, intercept and R² of the surrogate; null for methods without.</param>
/// <param name="Layer">Grad-CAM's map before it was scaled up.</param>
/// <param name="CompletenessError">Of integrated gradients: by which share the map's sum misses the difference of the scores.</param>
/// <param name="Reliability">How far it can be relied on; null if not measured.</param>
/// <param name="Notes">What a reader must know.</param>
/// <param name="Seconds">Time taken, reliability included.</param>
public sealed record ExplainedPicture(
    string Id, string Path, string Sha256, ExplanationMethod Method, string Explained, double Score, string Map, IReadOnlyList<double> Grid, int? Segments,
    Surrogate? Surrogate, LayerMap? Layer, double? CompletenessError, ExplanationReliability? Reliability, IReadOnlyList<string> Notes, double Seconds)
{
    /// <summary>Places along each side of <see cref="Grid"/>.</summary>
    public const int Cells = 16;
}

/// <summary>A picture that was not explained.</summary>
/// <param name="Id">The picture.</param>
/// <param name="Method">The method; null where the picture itself is at fault.</param>
/// <param name="Reason">Why.</param>
public sealed record UnexplainedPicture(string Id, ExplanationMethod? Method, string Reason);
