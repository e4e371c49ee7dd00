namespace FaceBias.Core.Explaining.Groups;

/// <summary>Parts of an aligned face: eyes, nose and mouth where crops such as UTKFace's have them. No landmark is
/// looked for, so a face that is turned or cut otherwise has its parts elsewhere.</summary>
internal static class FaceRegions
{
    /// <summary>Later boxes lie over earlier ones: left, top, right, bottom as shares of the picture.</summary>
    private static readonly (string Name, double Left, double Top, double Right, double Bottom)[] s_boxes =
    [
        ("background", 0, 0, 1, 1), ("neck and clothes", 0.15, 0.88, 0.85, 1), ("hair", 0.18, 0.02, 0.82, 0.22),
        ("sides of the head", 0.1, 0.22, 0.9, 0.75), ("forehead", 0.25, 0.2, 0.75, 0.35),
        ("cheeks", 0.22, 0.5, 0.78, 0.72), ("jaw and chin", 0.25, 0.72, 0.75, 0.9), ("eyes", 0.22, 0.35, 0.78, 0.5),
        ("nose", 0.4, 0.45, 0.6, 0.65), ("mouth", 0.33, 0.67, 0.67, 0.8),
    ];

    /// <summary>The names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. s_boxes.Select(b => b.Name)];

    /// <summary>The share of a map's relevance, without regard to its sign, that lies in each part.</summary>
    /// <param name="grid">The map's means over a grid of places, row by row.</param>
    /// <param name="cells">Places along a side.</param>
    public static double[] Shares(IReadOnlyList<double> grid, int cells)
    {
        var shares = new double[s_boxes.Length];
        double total = 0;
        for (var i = 0; i < grid.Count; i++)
        {
            double x = (i % cells + 0.5) / cells, y = (i / cells + 0.5) / cells;
            var box = Array.FindLastIndex(s_boxes, b => x >= b.Left && x < b.Right && y >= b.Top && y < b.Bottom);
            shares[box] += Math.Abs(grid[i]);
            total += Math.Abs(grid[i]);
        }
        return total > 0 ? [.. shares.Select(s => s / total)] : shares;
    }
}
