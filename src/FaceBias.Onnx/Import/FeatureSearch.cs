namespace FaceBias.Onnx.Import;

/// <summary>What a layer of a TensorFlow model does, as far as the search for features needs it.</summary>
internal enum LayerRole
{
    /// <summary>Anything else.</summary>
    Other,

    /// <summary>A matrix product with constant weights.</summary>
    Dense,

    /// <summary>A pooling.</summary>
    Pooling,

    /// <summary>A softmax or a sigmoid.</summary>
    Decision,
}

/// <param name="Inputs">The values that it takes, constants left out.</param>
/// <param name="Columns">Of a matrix product, the size of its result.</param>
/// <param name="Decides">Whether a matrix product ends in a softmax or a sigmoid of its own.</param>
internal sealed record SearchedLayer<T>(
    LayerRole Role, IReadOnlyList<T> Inputs, long Columns = 0, bool Decides = false);

/// <summary>Finds features in models whose layers are known by name and not run.</summary>
internal static class FeatureSearch
{
    /// <summary>What the last matrix product takes where that is a classifier; the output where it is an embedding;
    /// else what the last pooling gives; null where none of these leads to the output.</summary>
    /// <param name="makerOf">The layer that makes a value; null for the picture.</param>
    /// <param name="most">Layers of the model: a damaged file could lead in a circle.</param>
    public static FoundFeatures? From<T>(
        T output, Func<T, SearchedLayer<T>?> makerOf, Func<T, string> nameOf, int most)
    {
        var decides = false;
        var value = output;
        for (var steps = 0; steps <= most && makerOf(value) is { Inputs.Count: > 0 } maker; steps++)
        {
            switch (maker.Role)
            {
                case LayerRole.Dense when !decides && !maker.Decides && ImportProposal.IsEmbeddingSize(maker.Columns):
                    return new FoundFeatures(nameOf(output), "the output, an embedding by its size");
                case LayerRole.Dense:
                    return new FoundFeatures(nameOf(maker.Inputs[0]), "what the last fully connected layer takes");
                case LayerRole.Pooling:
                    return new FoundFeatures(nameOf(value), "the last pooling");
                case LayerRole.Decision:
                    decides = true;
                    break;
            }
            value = maker.Inputs[0];
        }
        return null;
    }
}
