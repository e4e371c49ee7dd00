namespace FaceBias.Core.Explaining.Scoring;

/// <summary>How many pictures may be in memory at once, by how many threads, and who is told and can stop it.</summary>
/// <param name="MemoryMegabytes">Bound of the changed pictures and, estimated, of what the model makes of them.</param>
/// <param name="Threads">Threads; 0 for one per core.</param>
/// <param name="Cancel">Ends after the batches in flight.</param>
internal sealed record ScoreBudget(int MemoryMegabytes = 512, int Threads = 0, IProgress<StepProgress>? Progress = null,
    CancellationToken Cancel = default);

/// <summary>Scores many changed copies of a picture, which are made batch by batch and never all at once.</summary>
internal static class ScoreBatches
{
    /// <summary>A network keeps more than its input while it runs: about so many times its size (a ResNet-18 at 224
    /// pixels: 20).</summary>
    private const int ActivationsPerInput = 20;

    private const int LargestBatch = 16;

    /// <summary>Makes one changed picture.</summary>
    /// <param name="picture">Where it goes: planes R, G, B.</param>
    public delegate void Make(int index, Span<float> picture);

    /// <summary>Pictures of a batch within a memory bound.</summary>
    public static int BatchSize(int pictureLength, ScoreBudget budget) => (int)Math.Clamp(
        (long)budget.MemoryMegabytes * (1 << 20)
            / ((long)Workers(budget) * pictureLength * sizeof(float) * (1 + ActivationsPerInput)), 1, LargestBatch);

    /// <summary>The score of each changed picture. Batches have fixed places, so the number of threads changes
    /// nothing.</summary>
    public static double[] Run(ExplainedScore score, int count, Make make, ScoreBudget budget, string step)
    {
        var length = score.Spec.Length;
        var size = BatchSize(length, budget);
        var scores = new double[count];
        var done = 0;
        try
        {
            Parallel.For(0, (count + size - 1) / size,
                new ParallelOptions { MaxDegreeOfParallelism = Workers(budget), CancellationToken = budget.Cancel },
                () => new float[size * length], (batch, _, pictures) =>
                {
                    var (first, rows) = (batch * size, Math.Min(size, count - batch * size));
                    for (var i = 0; i < rows; i++)
                        make(first + i, pictures.AsSpan(i * length, length));
                    score.Of(pictures.AsSpan(0, rows * length), rows, budget.Cancel).CopyTo(scores, first);
                    budget.Progress?.Report(new(step, Interlocked.Add(ref done, rows), count, "pictures"));
                    return pictures;
                }, _ => { });
        }
        catch (AggregateException e)
            when (e.InnerExceptions.All(x => x is FaceBiasException or OperationCanceledException))
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
        return scores;
    }

    private static int Workers(ScoreBudget budget) => budget.Threads > 0 ? budget.Threads : Environment.ProcessorCount;
}
