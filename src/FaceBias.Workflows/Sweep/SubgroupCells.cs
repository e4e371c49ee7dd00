namespace FaceBias.Workflows.Sweep;

/// <summary>Groups of rows by the attributes of an objective.</summary>
/// <param name="Levels">One level per attribute, for every group.</param>
/// <param name="Codes">Group of every row.</param>
internal sealed record SubgroupCells(IReadOnlyList<string> Attributes, IReadOnlyList<IReadOnlyList<string>> Levels,
    int[] Codes)
{
    /// <summary>"female, Asian" per group.</summary>
    public IReadOnlyList<string> Names { get; } = [.. Levels.Select(l => string.Join(", ", l))];
}
