using FaceBias.Core.Backbones;
using FaceBias.Onnx.Import;
using FaceBias.Onnx.Runtime;

namespace FaceBias.Core.Prediction;

/// <summary>How a model is opened and run.</summary>
public sealed record PredictorOptions
{
    /// <summary>Threads that one call works with; 0 for one per core. With 1, callers use several threads themselves,
    /// which is faster for many rows.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Where it runs.</summary>
    public ExecutionDevice Device { get; init; }

    /// <summary>Maximum number of rows that go through the graph at once.</summary>
    public int BatchSize { get; init; } = ParallelInference.BatchSize;

    /// <summary>Whether the model's features are an output too (<see cref="PredictorOutput.Features"/>), where it gives
    /// some.</summary>
    public bool Features { get; init; }

    /// <summary>Whether <see cref="PredictorOutput.Novelty"/> is an output too, where the model knows what it was
    /// trained on.</summary>
    public bool Novelty { get; init; } = true;

    /// <summary>Whether what the model says of its own uncertainty are outputs too, where it says something.</summary>
    public bool Uncertainty { get; init; } = true;

    /// <summary>Of a foreign classifier: what its scores predict; null if nobody said.</summary>
    public string? Target { get; init; }

    /// <summary>Of a foreign classifier: its classes in the order of its scores; null where the file names
    /// them.</summary>
    public IReadOnlyList<string>? Classes { get; init; }

    /// <summary>Of a foreign classifier: what is known about its input and scores.</summary>
    public ImportOverrides Import { get; init; } = new();
}

/// <summary>Where a predictor's model comes from.</summary>
internal enum PredictorKind
{
    /// <summary>A graph in memory.</summary>
    Graph,

    /// <summary>A model that FaceBias trained.</summary>
    FaceBias,

    /// <summary>A model of the catalogue with outputs of its own.</summary>
    Catalogue,

    /// <summary>A classifier of unknown origin.</summary>
    Foreign,
}
