namespace FaceBias.Onnx.Import;

/// <summary>What a model with the common interface gives for made-up pictures, to tell what its numbers are.</summary>
internal static class OutputSample
{
    private const int Pictures = 3;

    /// <summary>The values of an output for a few pictures, one after the other.</summary>
    /// <exception cref="FaceBiasException">The model does not run.</exception>
    public static float[] Of(ModelProto model, PixelInput input, string path, string output)
    {
        var at = model.Graph.Output.Select(o => o.Name).ToList().IndexOf(output);
        using var probe = OnnxProbe.Load(model, input, path);
        return [.. Enumerable.Range(0, Pictures).SelectMany(p => probe.Run(p)[at].Values)];
    }
}
