using FaceBias.Core.Heads.Finetune;
using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Search.Spaces;
using FaceBias.Onnx.Graphs;
using FaceBias.Primitives.Hashing;

namespace FaceBias.Workflows.Sweep;

/// <summary>The part of a trial that trains layers of the backbone together with its heads, on one thread. A trial that
/// is interrupted begins anew, so its checkpoints go when it ends.</summary>
internal sealed class FinetuneTrials(SweepData data, string folder, string home)
{
    private int _works;

    /// <param name="heads">Heads that were trained by it on frozen features.</param>
    /// <param name="validation">Validation rows; may be none.</param>
    /// <param name="watch">Looks at every epoch, from 0.</param>
    /// <returns>The whole model of the best epoch, pixels to outputs.</returns>
    public ModelProto Train(
        Configuration configuration, FinetuneOptions options, TrainOptions head, ModelProto heads,
        IReadOnlyList<TrainingTarget> targets,
        int[] train, int[] validation, EpochWatch watch, CancellationToken cancel)
    {
        var set = data.Features.Of(configuration);
        var images = data.Features.Images!;
        var work = Path.Combine(folder,
            string.Create(CultureInfo.InvariantCulture, $"finetune-{Interlocked.Increment(ref _works)}"));
        try
        {
            if (Directory.Exists(work))
                Directory.Delete(work, recursive: true);
            Directory.CreateDirectory(work);
            return FinetuneTrainer.Train(
                new FinetuneJob
                {
                    Backbone = set.Backbone!,
                    Heads = heads,
                    Targets = targets,
                    HeadOptions = head,
                    Options = options,
                    Paths = images.Paths,
                    Sha256 = images.Sha256,
                    Train = train,
                    Validation = validation,
                    Folder = work,
                    Home = home,
                    Key = "trial",
                    Threads = 1,
                },
                SweepModel.Metadata(set.Backbone!, [.. targets.Select(t => t.Output)]), null, cancel, watch).Graph;
        }
        finally
        {
            if (Directory.Exists(work))
                Directory.Delete(work, recursive: true);
        }
    }
}
