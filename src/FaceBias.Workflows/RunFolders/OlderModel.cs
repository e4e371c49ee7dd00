using FaceBias.Onnx.Opsets;

namespace FaceBias.Workflows.RunFolders;

/// <summary>A run's model in an older operator set, beside <c>model.onnx</c>, which stays as FaceBias itself reads
/// it.</summary>
internal static class OlderModel
{
    /// <summary>Refuses a set in which a backbone cannot be said: before the work, not after it.</summary>
    /// <exception cref="FaceBiasException">The sentence names the operator.</exception>
    public static void Check(int? opset, params IEnumerable<Backbone> backbones)
    {
        if (opset is { } wanted)
            foreach (var backbone in backbones)
                OpsetFile.Check(backbone.OnnxPath, wanted);
    }
}
