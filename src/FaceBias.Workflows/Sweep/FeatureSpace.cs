using FaceBias.Core.Search.Spaces;

namespace FaceBias.Workflows.Sweep;

/// <summary>The parameters of what heads are trained on: they cost a pass over all pictures and are searched only where
/// a space file names them.</summary>
internal static class FeatureSpace
{
    /// <summary>Name of the choice of the backbone.</summary>
    public const string Backbone = "backbone";

    /// <summary>Name of the choice whether half of the training pictures are mirrored in each epoch.</summary>
    public const string Mirror = "mirror";

    /// <summary>The choice of the backbone.</summary>
    /// <param name="own">The run's own, which is the default.</param>
    public static Parameter Backbones(string own, IEnumerable<string> others) =>
        new ChoiceParameter(Backbone, [own, .. others.Where(o => o != own)]) { Default = 0, OnRequest = true };

    /// <summary>The choice of mirroring, which plain heads have.</summary>
    public static Parameter Mirroring
        { get; } = new ChoiceParameter(Mirror, ["false", "true"]) { Default = 0, OnRequest = true };

    /// <summary>The models of a home folder that give features.</summary>
    internal static IEnumerable<string> Names(string home) =>
        new ModelStore(home).List().Where(e => e.Kind == ModelKind.Backbone).Select(e => e.Name);
}
