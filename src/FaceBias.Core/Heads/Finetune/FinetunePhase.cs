using FaceBias.Core.Backbones;
using FaceBias.Core.Imaging;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using FaceBias.Onnx.Runtime;

namespace FaceBias.Core.Heads.Finetune;

/// <summary>Epochs of a fine-tuning with pictures of one size (progressive resizing, Howard 2018; Tan and Le 2021): a
/// step with pictures of 128 takes a third of the time of one with 224.</summary>
/// <param name="Side">Side of the pictures.</param>
/// <param name="LastEpoch">Its last epoch; 0 looks at the start alone.</param>
internal readonly record struct FinetunePhase(int Side, int LastEpoch)
{
    /// <summary>Backbones halve their pictures five times; other sizes would be padded.</summary>
    private const int Multiple = 32;

    /// <summary>The phases. The start and the last third of the epochs are of the backbone's own size, at which the
    /// model will be asked, and which alone is validated.</summary>
    /// <exception cref="FaceBiasException">The backbone's pictures cannot be smaller.</exception>
    public static IReadOnlyList<FinetunePhase> Of(FinetuneOptions options, Backbone backbone)
    {
        var (full, start) = (backbone.Input.Width, options.StartSize);
        if (start == 0)
            return [new(full, options.Epochs)];
        if (start > full || backbone.Input.Height != full)
            throw new FaceBiasException(
                $"‹StartSize› {start} must be at most the side of the pictures of '{backbone.Name}', which are "
                    + $"{full} x {backbone.Input.Height} and have to be square; leave it out.");
        var phases = new List<FinetunePhase> { new(full, 0) };
        var growing = options.Epochs * 2 / 3;
        for (var epoch = 1; epoch <= options.Epochs; epoch++)
        {
            var even = start + ((full - start) * (epoch - 1) / Math.Max(1, growing));
            var side = epoch > growing ? full : Math.Max(start, even / Multiple * Multiple);
            if (phases.Count > 1 && phases[^1].Side == side)
                phases.RemoveAt(phases.Count - 1);
            phases.Add(new(side, epoch));
        }
        return phases;
    }

    /// <summary>Tries the sizes that training will take, before anything is trained.</summary>
    /// <exception cref="FaceBiasException">The backbone takes one size only.</exception>
    public static void Check(FinetuneOptions options, Backbone backbone)
    {
        foreach (var side in Of(options, backbone).Select(p => p.Side).Distinct().Where(s => s != backbone.Input.Width))
        {
            try
            {
                using var session = new OnnxSession(Resized(OnnxFile.Read(backbone.OnnxPath), new(side, side))
                    .KeepOutputs(BackboneMetadata.Features));
                using var batch = session.CreateBatch(1);
                batch.Run();
                if (batch.Output<float>(BackboneMetadata.Features).Length == backbone.FeatureCount)
                    continue;
            }
            catch (FaceBiasException)
            {
            }
            throw new FaceBiasException(
                $"'{backbone.Name}' takes pictures of {backbone.Input.Width} x {backbone.Input.Height} only and not of "
                    + $"{side} x {side}, so it cannot be fine-tuned with ‹StartSize› {options.StartSize}; leave it out.");
        }
    }

    /// <summary>A backbone for pictures of another size, with the same weights.</summary>
    /// <param name="model">The backbone; it is changed.</param>
    public static ModelProto Resized(ModelProto model, ImageSpec spec)
    {
        var shape = model.Graph.Input.First(i => i.Name == BackboneMetadata.Pixels).Type.TensorType.Shape.Dim;
        if ((shape[2].DimValue, shape[3].DimValue) == (spec.Height, spec.Width))
            return model;
        (shape[2].DimValue, shape[3].DimValue) = (spec.Height, spec.Width);
        model.Graph.ValueInfo.Clear();
        return model;
    }
}
