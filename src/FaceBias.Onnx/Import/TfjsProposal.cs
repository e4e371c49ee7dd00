namespace FaceBias.Onnx.Import;

/// <summary>How a TensorFlow.js model (model.json, with the weights beside it) could be imported, and why.</summary>
internal static class TfjsProposal
{
    /// <summary>Looks at the model's layers. Nothing is run.</summary>
    /// <exception cref="FaceBiasException">The model has no single picture as input, or no feature output can be
    /// found.</exception>
    public static ImportProposal For(string path, ImportOverrides overrides)
    {
        var file = TfjsFile.Read(path);
        if (overrides.Layout == PixelLayout.Nchw)
            throw new FaceBiasException($"'{path}' takes pictures [N, H, W, 3]; leave ‹Layout› out.");
        if (overrides.Constants.Count > 0)
            throw new FaceBiasException($"‹Constants› goes with ONNX files; '{path}' takes the picture alone.");
        if (file.Format is not ("graph-model" or "layers-model"))
            throw new FaceBiasException(
                $"'{path}' has the format '{file.Format}'; graph-model and layers-model can be imported.",
                ErrorKind.Unsupported);
        var graph = file.Format == "graph-model";
        var (name, shape) = graph ? TfjsGraphModel.PictureOf(file) : TfjsLayersModel.PictureOf(file);
        if (shape is not ([] or [_, _, _, 3]))
            throw new FaceBiasException(
                $"'{path}' takes '{name}' [{string.Join(", ", shape.Select(d => d < 0 ? "?" : $"{d}"))}]; a model with "
                    + "a single picture [N, H, W, 3] as input is needed.");
        var own = graph ? null : TfjsLayersModel.NormalisationOf(file);
        return ImportProposal.Of(path, overrides, PixelLayout.Nhwc,
            shape.Length == 0 ? (0, 0) : (Math.Max(0, shape[2]), Math.Max(0, shape[1])), own,
            _ => FindFeatures(file, graph), []);
    }

    private static FoundFeatures FindFeatures(TfjsFile file, bool graph)
    {
        var outputs = graph ? TfjsGraphModel.Outputs(file) : TfjsLayersModel.Outputs(file);
        foreach (var output in outputs)
            if ((graph ? TfjsGraphModel.FindFeatures(file, output) : TfjsLayersModel.FindFeatures(file, output))
                is { } found)
                return found;
        throw new FaceBiasException(
            $"No feature output was found in '{file.Path}'; choose a layer or node with ‹Features›, for example "
                + $"{string.Join(", ", outputs.Take(5).Select(o => $"'{o}'"))}.");
    }
}
