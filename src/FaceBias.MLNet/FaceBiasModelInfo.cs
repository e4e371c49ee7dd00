using FaceBias.Core.Heads.Model;
using FaceBias.Core.Imaging;
using FaceBias.Core.Uncertainty;
using FaceBias.Onnx.Graphs;

namespace FaceBias.MLNet;

/// <summary>What a FaceBias model file says about itself: the metadata property <c>facebias.model</c>.</summary>
/// <param name="Input">Size and fitting of the pictures.</param>
/// <param name="Targets">What it predicts, in the order of the file.</param>
public sealed record FaceBiasModelInfo(ImageSpec Input, IReadOnlyList<FaceBiasTarget> Targets)
{
    /// <summary>Reads it from a model file.</summary>
    /// <exception cref="FaceBiasException">The file is missing, is no FaceBias model, of a later version, or not the
    /// one that the run beside it recorded.</exception>
    public static FaceBiasModelInfo Read(string modelFile)
    {
        RecordedModel.Check(modelFile);
        var model = OnnxFile.Read(modelFile);
        var metadata = ModelMetadata.Read(model, modelFile);
        return new FaceBiasModelInfo(
            metadata.Input.ToSpec(),
            [.. metadata.Targets.Select(t => new FaceBiasTarget(t.Name, t is CategoricalOutput c ? c.Classes : []))])
        {
            Uncertainty = UncertaintyOutput.Read(model),
        };
    }

    /// <summary>What it says beside its predictions: uncertainties, prediction sets, intervals.</summary>
    public IReadOnlyList<UncertaintyOutput> Uncertainty { get; init; } = [];
}

/// <summary>Something a model predicts. Labels of people are perceived attributes.</summary>
/// <param name="Name">Name of the target, of the graph's output and of the column.</param>
/// <param name="Classes">Class names in the order of the output; empty for a number.</param>
public sealed record FaceBiasTarget(string Name, IReadOnlyList<string> Classes)
{
    /// <summary>Whether it is a number.</summary>
    public bool IsNumeric => Classes.Count == 0;

    /// <summary>Floats of the output: one per class, or one.</summary>
    public int Width => Math.Max(1, Classes.Count);
}
