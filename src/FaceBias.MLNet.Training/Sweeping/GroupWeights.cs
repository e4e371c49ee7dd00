namespace FaceBias.MLNet.Sweeping;

/// <summary>Weights by which rows of rare cells (label and groups) count more: (N / (cells n))^w for a cell of n of N
/// rows (re-weighting, Kamiran and Calders 2012).</summary>
internal sealed class GroupWeights(MemoryView data, string label, IReadOnlyList<string> groups)
{
    public const string Column = "FaceBiasWeight";

    // Share of each row's cell, times the number of cells.
    private readonly double[] _shares = Shares(data, [label, .. groups]);

    /// <summary>The rows with their weights.</summary>
    /// <param name="power">w: 0 leaves all rows alike, 1 gives every cell the same total.</param>
    public IDataView Apply(double power, CancellationToken cancel) =>
        data.With(Column, NumberDataViewType.Single, _shares.Select(s => (float)Math.Pow(s, -power)), null, cancel);

    private static double[] Shares(MemoryView data, IReadOnlyList<string> columns)
    {
        var cells = SubgroupColumns.Labels(data, columns, "\n");
        var counts = cells.CountBy(c => c).ToDictionary();
        return [.. cells.Select(c => (double)counts[c] * counts.Count / cells.Length)];
    }
}
