namespace FaceBias.Onnx.Import;

/// <summary>How values of many places become one row of features [N, D].</summary>
public enum FeaturePooling
{
    /// <summary>The mean over the places of a map, or over all tokens.</summary>
    Mean,

    /// <summary>The first token, which transformers train to stand for the whole picture (the class token).</summary>
    Token,
}

/// <summary>Makes rows of features from what a graph gives.</summary>
internal static class Pooled
{
    /// <summary>What pooling can make of a value of this shape, or null where it is no value per place.</summary>
    public static string? Choices(long[] shape) => shape.Length switch
    {
        3 when shape[2] > 1 => "tokens: ‹Pool› token or ‹Pool› mean".Named(),
        4 when shape[1..].Count(d => d > 1) > 1 => "a map: ‹Pool› mean".Named(),
        _ => null,
    };

    /// <summary>Adds the nodes that make [N, D] of a value.</summary>
    /// <param name="pooling">What the user asked for; null suffices where there is only one place.</param>
    /// <param name="channelsLast">Whether the model takes pictures [N, H, W, C], where a map's shape does not
    /// tell.</param>
    /// <returns>The rows; null where the shape needs another pooling.</returns>
    public static string? Add(GraphBuilder builder, string value, long[] shape, FeaturePooling? pooling,
        bool channelsLast)
    {
        switch (shape, pooling)
        {
            case ([_], null):
                // A graph for a single picture, without a batch.
                return builder.Add("Reshape", value, builder.Constant(1L, -1L));
            case ([_, _], null):
                return value;
            case ([_, _, 1, 1] or [_, 1, 1, _], null):
                return builder.Add("Flatten", [value], [("axis", 1)]);
            case ([_, _, _], FeaturePooling.Token):
                // A list of one index keeps the dimension, which a scalar would not; Flatten then takes it out in every
                // opset.
                return builder.Add("Flatten", [builder.Add("Gather", [value, builder.Constant(0L)], [("axis", 1)])],
                    [("axis", 1)]);
            case ([_, _, _], FeaturePooling.Mean):
                return Mean(builder, builder.Add("Transpose", [value], [("perm", new long[] { 0, 2, 1 })]));
            case ([_, _, _, _], FeaturePooling.Mean):
                return Mean(builder,
                    IsChannelsLast(shape, channelsLast)
                        ? builder.Add("Transpose", [value], [("perm", new long[] { 0, 3, 1, 2 })]) : value);
            default:
                return null;
        }
    }

    private static string Mean(GraphBuilder builder, string planes) =>
        builder.Add("Flatten", [builder.Add("GlobalAveragePool", planes)], [("axis", 1)]);

    /// <summary>The two sides of a map are mostly equal, and channels many more than either.</summary>
    private static bool IsChannelsLast(long[] shape, bool standard) =>
        shape[1] == shape[2] && shape[3] > 2 * shape[1] || standard && (shape[2] != shape[3] || shape[1] == shape[2]);
}
