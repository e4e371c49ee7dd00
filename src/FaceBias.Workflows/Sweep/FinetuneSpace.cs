using FaceBias.Core.Heads.Finetune;
using FaceBias.Core.Search.Spaces;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using FaceBias.Onnx.Training;

namespace FaceBias.Workflows.Sweep;

/// <summary>How deep a backbone is trained together with the heads, and how. A trial of it takes minutes where one of a
/// head takes seconds, so it is searched only where a space file names it.</summary>
internal static class FinetuneSpace
{
    /// <summary>Name of the choice of what is trained: head, last:N or all.</summary>
    public const string Scope = "finetune";

    /// <summary>The choice that leaves the backbone frozen.</summary>
    public const string Head = "head";

    private static readonly FinetuneOptions Standard = new();

    /// <summary>The parameters for a backbone.</summary>
    public static IReadOnlyList<Parameter> Known(int layers)
    {
        string[] scopes = [Head, .. Enumerable.Range(1, layers).Select(n => $"last:{n}"), "all"];
        Condition[] deep = [new(Scope, [.. Enumerable.Range(1, scopes.Length - 1)])];
        return
        [
            new ChoiceParameter(Scope, scopes) { Default = 0, Cheapest = 0, OnRequest = true },
            new NumberParameter("finetune-epochs", 1, 12, Log: true, Integer: true)
                { Min = 1, Max = 100_000, Default = Standard.Epochs, Cheapest = 1, When = deep, OnRequest = true },
            new NumberParameter("finetune-rate", 3e-5, 3e-3, Log: true)
                { Min = 1e-12, Max = 10, Default = Standard.LearningRate, When = deep, OnRequest = true },
            new NumberParameter("finetune-batch-size", 8, 64, Log: true, Integer: true)
                { Min = 1, Max = 4096, Default = Standard.BatchSize, When = deep, OnRequest = true },
            new NumberParameter("backbone-lr-multiplier", 0.05, 1, Log: true)
                { Min = 0, Max = 100, Default = Standard.BackboneLearningRateMultiplier, When = deep,
                    OnRequest = true },
            new NumberParameter("layer-decay", 0.5, 1) { Min = 0.01, Max = 1, Default = Standard.LayerDecay,
                When = deep, OnRequest = true },
            new ChoiceParameter("augment", ["none", "mirror", "light", "strong"])
                { Default = 2, When = deep, OnRequest = true },
        ];
    }

    /// <summary>The parameters for a backbone; none where it cannot be had or fine-tuned.</summary>
    internal static IReadOnlyList<Parameter> Known(Backbone? backbone) => backbone is { FixedBatch: null }
        && WeightedLayers.Of(OnnxFile.Read(backbone.OnnxPath), BackboneMetadata.Features).Count is > 0 and var layers
        ? Known(layers) : [];

    /// <summary>Whether a configuration trains layers of the backbone.</summary>
    public static bool IsOn(Configuration c) => HeadSpace.Choice(c, Scope, Head) != Head;

    /// <summary>The options that a configuration stands for; null where the backbone stays frozen.</summary>
    internal static FinetuneOptions? Options(Configuration c)
    {
        var augment = HeadSpace.Choice(c, "augment", Standard.Augment);
        return Standard.WithScope(HeadSpace.Choice(c, Scope, Head)) is not { } scope ? null : scope with
        {
            Epochs = (int)HeadSpace.Value(c, "finetune-epochs", Standard.Epochs),
            LearningRate = HeadSpace.Value(c, "finetune-rate", Standard.LearningRate),
            BatchSize = (int)HeadSpace.Value(c, "finetune-batch-size", Standard.BatchSize),
            BackboneLearningRateMultiplier =
                HeadSpace.Value(c, "backbone-lr-multiplier", Standard.BackboneLearningRateMultiplier),
            LayerDecay = HeadSpace.Value(c, "layer-decay", Standard.LayerDecay),
            Augment = augment,
            Views = augment switch { "none" => 1, "mirror" => 2, _ => Standard.Views },
        };
    }
}
