using System.ComponentModel.DataAnnotations;
using FaceBias.Core.Explaining.Methods;
using FaceBias.Core.Data.Labels;
using FaceBias.Onnx.Import;
using FaceBias.Reporting;

namespace FaceBias.Workflows.Explain;

/// <summary>What a user asks of ExplainRun.</summary>
public sealed record ExplainRunOptions
{
    /// <summary>A model that FaceBias trained, a name of the catalogue, or any ONNX classifier or regressor of
    /// pictures.</summary>
    [Option("A model that facebias trained, a name of the catalogue, or any ONNX classifier or regressor of pictures.",
        ValueName = "NAME|FILE", Group = OptionGroup.Model, Common = true)]
    public required string Model { get; init; }

    /// <summary>Folders of images, or single pictures; none for a causal check alone.</summary>
    [Option("Folder(s) of images, or single pictures; none for ‹Causal› alone.", ValueName = "DIR|FILE", Whole = true,
        Common = true)]
    public IReadOnlyList<string> Images { get; init; } = [];

    /// <summary>Where labels come from; needed to compare groups.</summary>
    [Options(When = "With ‹GroupBy›: ")]
    public LabelOptions? Labels { get; init; }

    /// <summary>The label whose groups are compared: whether the model looks at other parts of the face; null for
    /// none.</summary>
    [Option("A label whose groups are compared: whether the model looks at other parts of the face.",
        ValueName = "COLUMN", Group = OptionGroup.Audit)]
    public string? GroupBy { get; init; }

    /// <summary>Whether the parts of the face lie where UTKFace's crops have them, so that no landmarks are looked
    /// for.</summary>
    [Option("With ‹GroupBy›: faces are aligned crops such as UTKFace's, so that no landmarks are looked for.",
        Group = OptionGroup.Audit)]
    public bool Aligned { get; init; }

    /// <summary>Permutations of the test between groups.</summary>
    [Option("Permutations of the test between groups.", Group = OptionGroup.Audit)]
    [Range(100, 1_000_000)]
    public int Permutations { get; init; } = 2000;

    /// <summary>Faces that are drawn for the causal check, in which one attribute changes and nothing else; 0 for no
    /// check.</summary>
    [Option("Draw this many faces and change one attribute of each and nothing else: skin tone, glasses, background, "
        + "light.", ValueName = "FACES", Group = OptionGroup.Audit)]
    [Range(0, 100_000)]
    public int Causal { get; init; }

    /// <summary>The answer to explain; null for the only one.</summary>
    [Option("The target to explain; may be left out where the model has only one.", ValueName = "T", Common = true)]
    public string? Target { get; init; }

    /// <summary>The class to explain; null for the one that the model answers.</summary>
    [Option("The class to explain; by default the one that the model predicts for each picture.", ValueName = "CLASS")]
    public string? Class { get; init; }

    /// <summary>The methods, one heat map each.</summary>
    [Option("Methods; one heat map each.", Name = "method", Common = true, Default = "lime")]
    public IReadOnlyList<ExplanationMethod> Methods { get; init; } = [ExplanationMethod.Lime];

    /// <summary>How, for all methods; its own method is ignored.</summary>
    [Options(Except = [nameof(ExplainOptions.Method)])]
    public ExplainOptions Explain { get; init; } = new();

    /// <summary>Pictures explained at most: the first by name, or as many of each group; 0 for all.</summary>
    [Option("Pictures explained at most, the first by name or as many of each group; 0 for all.")]
    [Range(0, int.MaxValue)]
    public int Limit { get; init; } = 20;

    /// <summary>Runs with other seeds that are compared; 1 compares none.</summary>
    [Option("Runs with other seeds that are compared; 1 compares none.", Group = OptionGroup.Method)]
    [Range(1, 20)]
    public int Repeats { get; init; } = 2;

    /// <summary>Steps of the deletion and insertion curves; 0 for none.</summary>
    [Option("Steps of the deletion and insertion curves; 0 for none.", Group = OptionGroup.Method)]
    [Range(0, 1000)]
    public int CurveSteps { get; init; } = 16;

    /// <summary>Whether ROAD is measured.</summary>
    [Option("Do not measure ROAD.", Name = "no-road", Group = OptionGroup.Method)]
    public bool Road { get; init; } = true;

    /// <summary>The folder to write.</summary>
    [Option("Folder for explain.html, explain.json and the heat maps.", ValueName = "DIR", Group = OptionGroup.Output,
        Common = true)]
    public required string Out { get; init; }

    /// <summary>How the page is written.</summary>
    [Options]
    public PageOptions Pages { get; init; } = new();

    /// <summary>A model file to write that gives the heat map beside the answers; null for none.</summary>
    [Option("Also write a model that gives its heat map beside its answers.", ValueName = "FILE.onnx",
        Group = OptionGroup.Output)]
    public string? EmitOnnx { get; init; }

    /// <summary>Of a foreign classifier: TARGET=A,B,... in the order of its scores.</summary>
    [Option("With anybody's classifier: the name of what it predicts, and its classes in the order of its scores.",
        ValueName = "TARGET=A,B|TARGET=FILE.txt", Whole = true, Group = OptionGroup.Model)]
    public string? Classes { get; init; }

    /// <summary>Of a foreign regressor: what the number is called.</summary>
    [Option("With anybody's regressor: the name of what it predicts, such as age.", ValueName = "NAME",
        Group = OptionGroup.Model)]
    public string? Number { get; init; }

    /// <summary>Of a foreign model: the value that holds its scores or its number; null finds it.</summary>
    [Option("With anybody's model: the output that holds its scores or number; found automatically where there is "
        + "one.", ValueName = "VALUE",
        Group = OptionGroup.Model)]
    public string? ModelOutput { get; init; }

    /// <summary>What is known about a foreign model's input.</summary>
    [Options(Except = [nameof(ImportOverrides.Features), nameof(ImportOverrides.Pool)])]
    public ImportOverrides Import { get; init; } = new();

    /// <summary>Megabytes that changed pictures may take.</summary>
    [Option("Megabytes that perturbed pictures may take.", ValueName = "MB", Group = OptionGroup.Resources)]
    [Range(16, 1 << 20)]
    public int Memory { get; init; } = 512;

    /// <summary>Threads; 0 for one per core.</summary>
    [Option(OptionLimits.ThreadsHelp, Group = OptionGroup.Resources)]
    [Range(0, OptionLimits.Threads)]
    public int Threads { get; init; }

    /// <summary>Home folder of models; null for the user's.</summary>
    public string? Home { get; init; }
}
