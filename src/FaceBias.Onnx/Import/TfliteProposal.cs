namespace FaceBias.Onnx.Import;

/// <summary>How a TensorFlow Lite file could be imported, and why.</summary>
internal static class TfliteProposal
{
    /// <summary>Looks at the file's operators. Nothing is run.</summary>
    /// <exception cref="FaceBiasException">The file has no single picture as input, or no feature output can be
    /// found.</exception>
    public static ImportProposal For(string path, ImportOverrides overrides)
    {
        var file = TfliteFile.Read(path);
        if (file.Inputs is not [var picture]
            || file.Tensors[picture] is not { Shape: [_, var height, var width, 3] } input)
            throw new FaceBiasException(
                $"'{path}' takes {string.Join(", ", file.Inputs.Select(i => $"'{file.Tensors[i].Name}' [{string.Join(", ", file.Tensors[i].Shape)}]"))}; a model with a single picture [N, H, W, 3] as input is needed.");
        file.Supported(input);
        if (overrides.Layout == PixelLayout.Nchw)
            throw new FaceBiasException($"'{path}' takes pictures [N, H, W, 3]; leave ‹Layout› out.");
        if (overrides.Constants.Count > 0)
            throw new FaceBiasException($"‹Constants› goes with ONNX files; '{path}' takes the picture alone.");
        return ImportProposal.Of(path, overrides, PixelLayout.Nhwc, (width, height), null, _ => FindFeatures(file), []);
    }

    private static FoundFeatures FindFeatures(TfliteFile file)
    {
        var makers = file.Operations.SelectMany(o => o.Outputs.Select(t => (t, o))).GroupBy(p => p.t)
            .ToDictionary(g => g.Key, g => g.First().o);
        foreach (var output in file.Outputs)
            if (FeatureSearch.From(output, Maker, t => file.Tensors[t].Name, file.Operations.Count) is { } found)
                return found;
        throw new FaceBiasException(
            $"No feature output was found in '{file.Path}'; choose a tensor with ‹Features›, for example "
                + $"{string.Join(", ", file.Outputs.Take(5).Select(o => $"'{file.Tensors[o].Name}'"))}.");

        SearchedLayer<int>? Maker(int tensor)
        {
            if (!makers.TryGetValue(tensor, out var maker))
                return null;
            int[] inputs = [.. maker.Inputs.Where(i => i >= 0 && (makers.ContainsKey(i) || file.Inputs.Contains(i)))];
            return maker.Name switch
            {
                "FULLY_CONNECTED" when maker.Inputs is [_, >= 0 and var weights, ..] => new(LayerRole.Dense, inputs,
                    file.Tensors[weights].Shape is [var columns, _] ? columns : 0),
                "FULLY_CONNECTED" => new(LayerRole.Dense, inputs),
                "MEAN" or "AVERAGE_POOL_2D" or "REDUCE_MAX" or "MAX_POOL_2D" => new(LayerRole.Pooling, inputs),
                "SOFTMAX" or "LOGISTIC" => new(LayerRole.Decision, inputs),
                _ => new(LayerRole.Other, inputs),
            };
        }
    }
}
