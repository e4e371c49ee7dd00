using FaceBias.Core.Explaining.Methods;
using FaceBias.Core.Data.Labels;
using FaceBias.Onnx.Import;

namespace FaceBias.Workflows.Explain;

/// <summary>What a user asks of ExplainRun.</summary>
public sealed record ExplainRunOptions
{
    /// <summary>A model that FaceBias trained, a name of the catalogue, or any ONNX classifier or regressor of pictures.</summary>
    public required string Model { get; init; }

    /// <summary>Folders of images, or single pictures; none for a causal check alone.</summary>
    public IReadOnlyList<string> Images { get; init; } = [];

    /// <summary>Where labels come from; needed to compare groups.</summary>
    public LabelOptions? Labels { get; init; }

    /// <summary>The label whose groups are compared: whether the model looks at other parts of the face; null for none.</summary>
    public string? GroupBy { get; init; }

    /// <summary>Shuffles of the test between groups.</summary>
    public int Permutations { get; init; } = 2000;

    /// <summary>Faces that are drawn for the causal check, in which one attribute changes and nothing else; 0 for no check.</summary>
    public int Causal { get; init; }

    /// <summary>The answer to explain; null for the only one.</summary>
    public string? Target { get; init; }

    /// <summary>The class to explain; null for the one that the model answers.</summary>
    public string? Class { get; init; }

    /// <summary>The methods, one heat map each.</summary>
    public IReadOnlyList<ExplanationMethod> Methods { get; init; } = [ExplanationMethod.Lime];

    /// <summary>How, for all methods; its own method is ignored.</summary>
    public ExplainOptions Explain { get; init; } = new();

    /// <summary>Pictures explained at most: the first by name, or as many of each group; 0 for all.</summary>
    public int Limit { get; init; } = 20;

    /// <summary>Runs with other seeds that are compared; 1 compares none.</summary>
    public int Repeats { get; init; } = 2;

    /// <summary>Steps of the deletion and insertion curves; 0 for none.</summary>
    public int CurveSteps { get; init; } = 16;

    /// <summary>Whether ROAD is measured.</summary>
    public bool Road { get; init; } = true;

    /// <summary>The folder to write.</summary>
    public required string Out { get; init; }

    /// <summary>A model file to write that gives the heat map beside the answers; null for none.</summary>
    public string? EmitOnnx { get; init; }

    /// <summary>Of a foreign classifier: TARGET=A,B,... in the order of its scores.</summary>
    public string? Classes { get; init; }

    /// <summary>Of a foreign regressor: what the number is called.</summary>
    public string? Number { get; init; }

    /// <summary>What is known about a foreign model's input and output.</summary>
    public ImportWishes Import { get; init; } = new();

    /// <summary>Megabytes that changed pictures may take.</summary>
    public int Memory { get; init; } = 512;

    /// <summary>Threads; 0 for one per core.</summary>
    public int Threads { get; init; }

    /// <summary>Home folder of models; null for the user's.</summary>
    public string? Home { get; init; }
}
