using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Imaging;
using FaceBias.Onnx.Import;
using FaceBias.Onnx.Runtime;
using FaceBias.Onnx.Training;
using FaceBias.Primitives.Randomness;

namespace FaceBias.Core.Heads.Finetune;

/// <summary>Images decoded and augmented by all cores ahead of the step, then, if only the last layers are trained,
/// sent through the frozen ones.</summary>
internal sealed class PixelFeed : BatchFeed
{
    private readonly FinetuneJob _job;
    private readonly FinetuneNetwork _network;
    private readonly Augmentation _augmentation;
    private readonly ImageDecoder _decoder = new();
    private readonly OnnxSession? _front;
    private readonly OnnxBatch? _batch;

    public PixelFeed(FinetuneJob job, FinetuneNetwork network)
    {
        (_job, _network) = (job, network);
        _augmentation = Augmentation.Parse(job.Options.Augment);
        if (network.Cut is not { } cut)
            return;
        _front = new OnnxSession(cut.Front, new OnnxSessionOptions { Threads = job.Threads });
        _batch = _front.CreateBatch(job.Batch);
    }

    public override IEnumerable<ArraySegment<int>> Batches(TrainingSession session, ArraySegment<int> images, int round)
    {
        var spec = _job.Backbone.Input;
        string? Prepare(int position, Span<float> pixels) =>
            Decode(_job, _decoder, _augmentation, images[position], round, pixels);
        foreach (var batch in ImagePipeline.Read(images.Count, spec, _job.Batch, Prepare, _job.Threads))
        {
            for (var i = 0; i < batch.Rows.Count; i++)
                if (batch.Failures[i] is { } reason)
                    throw new FaceBiasException(
                        $"'{_job.Paths[images[batch.Rows[i]]]}' was readable before and is not now: {reason}; restore "
                            + "it and run the same command again.");
            if (_front is null)
            {
                batch.Pixels.Span.CopyTo(session.Input<float>(_network.Inputs[0]));
            }
            else
            {
                batch.Pixels.Span.CopyTo(_batch!.Input<float>(BackboneMetadata.Pixels));
                _batch.Run();
                for (var v = 0; v < _network.Inputs.Count; v++)
                    _batch.Output<float>(_network.Cut!.Values[v].Name).CopyTo(session.Input<float>(_network.Inputs[v]));
            }
            yield return images.Slice(batch.Rows[0], batch.Rows.Count);
        }
    }

    /// <summary>Decodes an image and changes it as its round says.</summary>
    public static string? Decode(FinetuneJob job, ImageDecoder decoder, Augmentation augmentation, int image, int round,
        Span<float> pixels)
    {
        if (!ImageDecoder.TryReadFile(job.Paths[image], out var bytes, out var problem))
            return problem;
        if (round == Unchanged)
            augmentation = Augmentation.None;
        // By content and not by number: the same image is changed in the same way in any list.
        var random = new RandomSource(job.HeadOptions.Seed).Counter($"augment {round} {job.Sha256[image]}");
        return augmentation.Decode(decoder, bytes, job.Backbone.Input, random, pixels);
    }

    protected override void Dispose(bool disposing)
    {
        _batch?.Dispose();
        _front?.Dispose();
    }
}
