namespace FaceBias.Workflows.Steps;

/// <summary>A heavy step whose items (pictures, groupings, trials) are computed in any division: here all at once, on
/// many machines a shard at a time. Both ways compute an item by <see cref="Run"/> and end in <see cref="Finish"/>, so
/// that the files they write are the same.</summary>
internal abstract class ShardedStep : IDisposable
{
    /// <summary>Items that are computed and held at a time where nobody else divides them.</summary>
    private const int Block = 10_000;

    /// <summary>The name of the file that <see cref="Finish"/> writes; null for a folder of several.</summary>
    public virtual string? ResultFile => null;

    /// <summary>Files that results depend on beside the pictures: a full path, or the name of a model of the catalogue,
    /// and where it lies here.</summary>
    public abstract IReadOnlyList<(string Name, string Path)> Inputs { get; }

    /// <summary>What an item is, in plural.</summary>
    public virtual string Items => "images";

    /// <summary>Folders of the pictures.</summary>
    public virtual IReadOnlyList<string> Roots => [];

    /// <summary>Gives the row of an item that another worker computes, waiting for it; for steps whose items depend on
    /// earlier ones.</summary>
    public Func<int, StepPart>? Others { get; set; }

    /// <summary>Finds out what there is to do, and every mistake that can be found before it is done.</summary>
    public abstract StepWork Look(IProgress<StepProgress>? progress, CancellationToken cancel);

    /// <summary>Computes items; safe for several threads. The result of one depends on nothing but the options and the
    /// item.</summary>
    /// <exception cref="FaceBiasException">None of the items can be computed; what is wrong with one is recorded in
    /// its row.</exception>
    public abstract StepPart Run(StepItems items, IProgress<StepProgress>? progress, CancellationToken cancel);

    /// <summary>Writes the files.</summary>
    /// <param name="parts">The results of all items, in their order.</param>
    /// <param name="output">The file or folder to write.</param>
    /// <returns>Lines for the console.</returns>
    public abstract IReadOnlyList<string> Finish(StepWork work, IEnumerable<StepPart> parts, string output,
        IProgress<StepProgress>? progress, CancellationToken cancel);

    /// <summary>The whole step in this process.</summary>
    public IReadOnlyList<string> Execute(string output, IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        var work = Look(progress, cancel);
        var parts = Enumerable.Range(0, (work.Count + Block - 1) / Block)
            .Select(b => Run(work.Items(b * Block, Math.Min(Block, work.Count - (b * Block))), progress, cancel));
        return Finish(work, parts, output, progress, cancel);
    }

    public virtual void Dispose() { }
}

/// <summary>What a step has to do.</summary>
/// <param name="Images">The pictures, where the items are pictures; else null.</param>
internal sealed record StepWork(int Count, ImageListing? Images)
{
    /// <summary>Pictures are the items.</summary>
    public static StepWork Of(ImageListing images) => new(images.Files.Count, images);

    /// <summary>Consecutive items.</summary>
    public StepItems Items(int first, int count)
    {
        int[] rows = [.. Enumerable.Range(first, count)];
        return new(rows, Images is null ? [] : [.. rows.Select(i => Images.Files[i])]);
    }
}

/// <summary>Items to compute.</summary>
/// <param name="Rows">Their numbers, ascending.</param>
/// <param name="Files">Their pictures, where they are pictures; else empty.</param>
internal sealed record StepItems(IReadOnlyList<int> Rows, IReadOnlyList<ImageFile> Files)
{
    public int Count => Rows.Count;
}
