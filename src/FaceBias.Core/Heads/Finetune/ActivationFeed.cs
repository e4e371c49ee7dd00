using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using FaceBias.Core.Backbones;
using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Imaging;
using FaceBias.Onnx.Runtime;
using FaceBias.Onnx.Training;
using FaceBias.Primitives.Hashing;
using FaceBias.Primitives.Randomness;

namespace FaceBias.Core.Heads.Finetune;

/// <summary>What the frozen layers make of each image, computed once for a few versions of it and kept on disk as
/// float16, memory-mapped: an epoch then costs the trained layers alone. Validation images have one version, as they
/// are.</summary>
/// <remarks>Each version has a <see cref="FeatureStore"/> of its own, with its checksums and its way to resume after an
/// interruption; a row of that store holds two float16 in the place of each float32.</remarks>
internal sealed class ActivationFeed : BatchFeed
{
    private const int Mirrored = 1;

    private readonly FinetuneJob _job;
    private readonly FinetuneNetwork _network;
    private readonly List<FeatureRows> _views = [];

    /// <summary>Trials of a sweep run side by side and share versions: one computes them, the others find
    /// them.</summary>
    private static readonly Lock s_filling = new();

    /// <summary>Computes what is missing and opens it.</summary>
    public ActivationFeed(FinetuneJob job, FinetuneNetwork network, IProgress<StepProgress>? progress,
        CancellationToken cancel)
    {
        (_job, _network) = (job, network);
        var cut = network.Cut!;
        using var front = new OnnxSession(cut.Front, new OnnxSessionOptions { Threads = 1 });
        lock (s_filling)
        {
            for (var view = 0; view < job.Options.Views; view++)
            {
                var store = FeatureStore.Open(Root(job.Home), Key(view), (cut.Length + 1) / 2);
                Fill(store, front, view, progress, cancel);
                _views.Add(store.OpenRows());
            }
        }
    }

    /// <summary>The folder of cached activations in a home folder. It may be deleted at any time.</summary>
    public static string Root(string home) => Path.Combine(home, PictureCodecs.Cache("activations"));

    public override IEnumerable<ArraySegment<int>> Batches(TrainingSession session, ArraySegment<int> images, int round)
    {
        for (var start = 0; start < images.Count; start += _job.Batch)
        {
            var part = images.Slice(start, Math.Min(_job.Batch, images.Count - start));
            for (var i = 0; i < part.Count; i++)
                Copy(session, i, part[i], round);
            yield return part;
        }
    }

    protected override void Dispose(bool disposing) => _views.ForEach(v => v.Dispose());

    private void Copy(TrainingSession session, int row, int image, int round)
    {
        var view = round == Unchanged ? 0
            : (int)(new RandomSource(_job.HeadOptions.Seed).Counter(
                $"view {round}")[(ulong)image] % (ulong)_views.Count);
        var halves = MemoryMarshal.Cast<float, Half>(_views[view][_job.Sha256[image]]);
        for (var v = 0; v < _network.Inputs.Count; v++)
        {
            var target = session.Input<float>(_network.Inputs[v]);
            var length = target.Length / _job.Batch;
            TensorPrimitives.ConvertToSingle(halves[..length], target.Slice(row * length, length));
            halves = halves[length..];
        }
    }

    private void Fill(FeatureStore store, OnnxSession front, int view, IProgress<StepProgress>? progress,
        CancellationToken cancel)
    {
        var images = view == 0 ? _job.Train.Concat(_job.Validation) : _job.Train;
        var all = images.DistinctBy(i => _job.Sha256[i]).ToList();
        var missing = all.Where(i => !store.Contains(_job.Sha256[i])).ToList();
        RequireSpace(missing.Count, store.FeatureCount);
        var step = $"frozen layers, version {view + 1} of {_job.Options.Views}";
        var (done, cached) = (all.Count - missing.Count, all.Count - missing.Count);
        progress?.Report(new StepProgress(step, done, all.Count, "images", cached));
        if (missing.Count == 0)
            return;
        var decoder = new ImageDecoder();
        var augmentation = view > Mirrored ? Augmentation.Parse(_job.Options.Augment) : Augmentation.None;
        var width = _job.Backbone.Input.Width;
        var names = _network.Cut!.Values.Select(v => v.Name).ToList();
        ParallelInference.Run(
            front, _job.Backbone.Input, names, missing,
            (i, pixels) =>
            {
                var problem = PixelFeed.Decode(_job, decoder, augmentation, i, view, pixels);
                if (problem is null && view == Mirrored)
                    Augmentation.MirrorRows(pixels, width);
                return problem;
            },
            (indices, outputs) =>
            {
                var hashes = new Digest[indices.Length];
                for (var i = 0; i < indices.Length; i++)
                    hashes[i] = _job.Sha256[indices[i]];
                store.Append(hashes, Pack(outputs, indices.Length, store.FeatureCount));
                done += indices.Length;
                progress?.Report(new StepProgress(step, done, all.Count, "images", cached));
            },
            (i, reason) => throw new FaceBiasException(
                $"'{_job.Paths[i]}' was readable before and is not now: {reason}; restore it and run the same command again."),
            _job.Threads, cancel);
    }

    private static float[] Pack(IReadOnlyList<float[]> outputs, int count, int width)
    {
        var packed = new float[count * width];
        for (var i = 0; i < count; i++)
        {
            var halves = MemoryMarshal.Cast<float, Half>(packed.AsSpan(i * width, width));
            foreach (var output in outputs)
            {
                var length = output.Length / count;
                TensorPrimitives.ConvertToHalf(output.AsSpan(i * length, length), halves);
                halves = halves[length..];
            }
        }
        return packed;
    }

    private void RequireSpace(int images, int width)
    {
        var needed = (long)images * width * sizeof(float);
        var root = Root(_job.Home);
        Directory.CreateDirectory(root);
        var free = new DriveInfo(Path.GetFullPath(root)).AvailableFreeSpace;
        if (needed > free)
            throw new FaceBiasException(FormattableString.Invariant(
                $"The frozen layers' results for {images:N0} images take {needed / 1e9:0.0} GB and '{root}' has {free / 1e9:0.0} GB free; free some, set FACEBIAS_HOME, train fewer layers, or use ‹Views› 0."));
    }

    /// <summary>Changes with whatever a version depends on.</summary>
    private string Key(int view) => Sha256.OfJson(
    [
        _job.Backbone.Key, _network.Cut!.Values, view,
        view > Mirrored ? Augmentation.Parse(_job.Options.Augment) : null, view > Mirrored ? _job.HeadOptions.Seed : 0,
        .. _job.Options.StartSize == 0 ? Array.Empty<object>() : [_job.Backbone.Input],
    ]);
}
