using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Search.Spaces;
using FaceBias.Onnx.Graphs;
using FaceBias.Primitives.Hashing;
using FaceBias.Workflows.Train;

namespace FaceBias.Workflows.Sweep;

/// <summary>A trial's model: its predictions, and its file. Of a frozen backbone a trial has heads only, else the whole
/// model.</summary>
internal static class SweepModel
{
    /// <summary>What the exported file says about itself.</summary>
    public static ModelMetadata Metadata(Backbone backbone, IReadOnlyList<OutputSpec> outputs) => new(
        1, ModelInput.From(backbone.Input), outputs, backbone.Name, backbone.WeightsLicence,
        "Outputs are perceived attributes as annotators labelled them; chosen by facebias sweep, see sweep.html.");

    /// <summary>The outputs of a configuration's model.</summary>
    public static IReadOnlyList<OutputSpec> Outputs(SweepData data, Configuration c, ulong seed) =>
        [.. data.Targets.Select(t => TrainingTarget.Create(t, data.Train, HeadSpace.Options(c, seed)).Output)];

    /// <summary>Predicts some rows.</summary>
    /// <param name="model">What a trial of <paramref name="c"/> trained.</param>
    /// <param name="options">Seed, and the folder in which outputs of a whole model are kept meanwhile.</param>
    public static PredictionColumns Predict(
        ModelProto model, Configuration c, SweepData data, int[] rows, SweepOptions options,
        IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        var set = data.Features.Of(c);
        var outputs = Outputs(data, c, options.Seed);
        if (!FinetuneSpace.IsOn(c))
            return HeadInference.Run(model, outputs, rows.Length, set.Width, i => set.Row(rows[i]), 0, cancel);
        var folder = Path.Combine(options.Out, HeadTrials.Folder);
        var file = Path.Combine(folder, "predicting.onnx");
        Directory.CreateDirectory(folder);
        OnnxFile.Write(model, file);
        var images = data.Features.Images!;
        try
        {
            return WholeModel.Predict(
                file, set.Backbone!.Input, outputs, [.. rows.Select(r => images.Paths[r])],
                [.. rows.Select(r => images.Sha256[r])], folder, 0, progress, cancel);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
