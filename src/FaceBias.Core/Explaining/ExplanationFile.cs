using System.Text.Json;
using FaceBias.Core.Explaining.Groups;
using FaceBias.Core.Explaining.Methods;
using FaceBias.Core.Explaining.Reliability;
using FaceBias.Primitives.Json;

namespace FaceBias.Core.Explaining;

/// <summary>The content of <c>explain.json</c>; docs/how-to/explain.md describes its fields.</summary>
internal sealed record ExplanationFile
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

    /// <summary>Where the model looks in one group and in another; empty where no groups were compared.</summary>
    public IReadOnlyList<ComparedGroups> Groups { get; init; } = [];

    /// <summary>What one attribute alone does to the answer, on drawn faces; empty where it was not asked
    /// for.</summary>
    public IReadOnlyList<AttributeEffect> Effects { get; init; } = [];

    /// <summary>The number whose changes <see cref="Effects"/> are: "probability of female"; null without
    /// them.</summary>
    public string? EffectsOn { get; init; }

    public void Write(string path) =>
        AtomicFile.WriteText(path, JsonSerializer.Serialize(this, CoreJson.Options) + "\n");
}

/// <summary>A picture with its explanation.</summary>
/// <param name="Sha256">The SHA-256 of its file.</param>
/// <param name="Map">The heat map's file, relative to the folder.</param>
/// <param name="Grid">The map's mean over a grid of 16 x 16 places, row by row.</param>
/// <param name="Segments">Number of superpixels; null for methods without.</param>
/// <param name="Surrogate">Weights, intercept and R² of the surrogate; null for methods without.</param>
/// <param name="Layer">Grad-CAM's map before it was scaled up.</param>
/// <param name="CompletenessError">Of integrated gradients: by which share the map's sum misses the difference of the
/// scores.</param>
/// <param name="Reliability">How far it can be relied on; null if not measured.</param>
/// <param name="Notes">What a reader must know.</param>
/// <param name="Seconds">Time taken, reliability included.</param>
/// <param name="Face">Where the relevance lies on the face; null where no groups are compared.</param>
internal sealed record ExplainedPicture(
    string Id, string Path, string Sha256, ExplanationMethod Method, string Explained, double Score, string Map,
    IReadOnlyList<double> Grid, int? Segments,
    Surrogate? Surrogate, LayerMap? Layer, double? CompletenessError, ExplanationReliability? Reliability,
    IReadOnlyList<string> Notes, double Seconds, FaceRelevance? Face = null)
{
    /// <summary>Places along each side of <see cref="Grid"/>.</summary>
    public const int Cells = 16;
}

/// <summary>Where the relevance of a map lies on the face.</summary>
/// <param name="Landmarks">x and y of both eyes, the nose and both corners of the mouth, in pixels of the map; null
/// where no face was found, and the parts are those of an aligned crop.</param>
/// <param name="Shares">The share of each of <see cref="FaceRegions.Names"/>.</param>
/// <param name="Grid">The map in the frame of the face, over a grid of 16 x 16 places, row by row.</param>
internal sealed record FaceRelevance(IReadOnlyList<float>? Landmarks, IReadOnlyList<double> Shares,
    IReadOnlyList<double> Grid);

/// <summary>A picture that was not explained.</summary>
/// <param name="Method">The method; null where the picture itself is at fault.</param>
internal sealed record UnexplainedPicture(string Id, ExplanationMethod? Method, string Reason);

/// <summary>Groups of a label under one method.</summary>
/// <param name="Means">By group, the mean map in the frame of the face, over a grid of places.</param>
/// <param name="Pairs">Every two groups; p is corrected for the parts of the face and for the pairs.</param>
/// <param name="Faces">How the parts of the face were placed, in a sentence.</param>
internal sealed record ComparedGroups(string Attribute, ExplanationMethod Method,
    IReadOnlyDictionary<string, double[]> Means, IReadOnlyList<GroupRelevance> Pairs, string Faces);

/// <summary>The change of an answer when one attribute of drawn faces is changed and nothing else.</summary>
/// <param name="Change">Mean change of the explained number.</param>
/// <param name="Low">Lower end of its interval, which holds for all attributes at once with 95% confidence.</param>
/// <param name="High">Upper end.</param>
internal sealed record AttributeEffect(string Attribute, string From, string To, double Change, double Low, double High,
    int Faces)
{
    /// <summary>Whether the interval leaves no doubt of a change.</summary>
    public bool IsShown => Low > 0 || High < 0;
}
