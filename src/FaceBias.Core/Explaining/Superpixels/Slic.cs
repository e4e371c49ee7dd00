namespace FaceBias.Core.Explaining.Superpixels;

/// <summary>SLIC superpixels (Achanta et al. 2012) as scikit-image 0.19 computes them: centres on a regular grid, 10
/// rounds of k-means over place and L*a*b* colour within a window of two steps, then small or torn pieces joined to a
/// neighbour.</summary>
internal static class Slic
{
    private const int Rounds = 10;
    private const double SmallestShare = 0.5, LargestShare = 3;

    /// <param name="picture">Planes R, G, B.</param>
    /// <param name="width">Pixels per row.</param>
    /// <param name="segments">About how many superpixels.</param>
    /// <param name="compactness">Weight of place against colour.</param>
    public static Segmentation Cut(ReadOnlySpan<float> picture, int width, int height, int segments = 100,
        double compactness = 10)
    {
        float lowest = picture[0], highest = picture[0];
        foreach (var v in picture)
            (lowest, highest) = (Math.Min(lowest, v), Math.Max(highest, v));
        var colours = LabColours.From(picture, lowest, highest > lowest ? 1.0 / (highest - lowest) : 1);
        for (var i = 0; i < colours.Length; i++)
            colours[i] /= compactness;
        var (startY, stepY, startX, stepX) = Grid(height, width, segments);
        var centres = new List<double[]>();
        for (var y = startY; y < height; y += stepY)
            for (var x = startX; x < width; x += stepX)
                centres.Add([y, x, 0, 0, 0]);
        // scikit-image takes the step between centres for the scale, and looks it up again by the number of centres for
        // the window.
        var (_, windowY, _, windowX) = Grid(height, width, centres.Count);
        var labels = Cluster(colours, width, height, [.. centres], Math.Max(stepY, stepX), windowY, windowX);
        var size = (double)(width * height) / centres.Count;
        return Segmentation.Of(Connect(labels, width, height, (int)(SmallestShare * size), (int)(LargestShare * size)),
            width, height);
    }

    /// <summary>scikit-image's regular_grid for one slice of depth.</summary>
    private static (int StartY, int StepY, int StartX, int StepX) Grid(int height, int width, int points)
    {
        int[] dims = [1, height, width];
        int[] order = [.. Enumerable.Range(0, 3).OrderBy(i => dims[i])];
        double[] sorted = [.. order.Select(i => (double)dims[i])];
        var space = (double)height * width;
        if (space <= points)
            return (0, 1, 0, 1);
        var steps = Enumerable.Repeat(Math.Pow(space / points, 1.0 / 3), 3).ToArray();
        if (sorted.Zip(steps).Any(p => p.First < p.Second))
        {
            for (var d = 0; d < 3; d++)
            {
                steps[d] = sorted[d];
                space = sorted.Skip(d + 1).Aggregate(1.0, (a, b) => a * b);
                for (var rest = d + 1; rest < 3; rest++)
                    steps[rest] = Math.Pow(space / points, 1.0 / (3 - d - 1));
                if (sorted.Zip(steps).All(p => p.First >= p.Second))
                    break;
            }
        }
        (int Start, int Step) Of(int dim) => steps[Array.IndexOf(order, dim)] is var s
            ? ((int)Math.Floor(s / 2), (int)Math.Round(s, MidpointRounding.ToEven)) : default;
        return (Of(1).Start, Of(1).Step, Of(2).Start, Of(2).Step);
    }

    private static int[] Cluster(double[] colours, int width, int height, double[][] centres, double step, int windowY,
        int windowX)
    {
        var nearest = Enumerable.Repeat(-1, width * height).ToArray();
        var distance = new double[width * height];
        var weight = 1 / (step * step);
        for (var round = 0; round < Rounds; round++)
        {
            var changed = false;
            Array.Fill(distance, double.MaxValue);
            for (var k = 0; k < centres.Length; k++)
            {
                var c = centres[k];
                // A centre that lost all its pixels is no number and takes part no more.
                if (double.IsNaN(c[0]))
                    continue;
                int y0 = (int)Math.Max(c[0] - 2 * windowY, 0), y1 = (int)Math.Min(c[0] + 2 * windowY + 1, height);
                int x0 = (int)Math.Max(c[1] - 2 * windowX, 0), x1 = (int)Math.Min(c[1] + 2 * windowX + 1, width);
                for (var y = y0; y < y1; y++)
                {
                    for (var x = x0; x < x1; x++)
                    {
                        var i = y * width + x;
                        double dy = c[0] - y, dx = c[1] - x, l = colours[3 * i] - c[2], a = colours[3 * i + 1] - c[3],
                            b = colours[3 * i + 2] - c[4];
                        var d = (dy * dy + dx * dx) * weight + (l * l + a * a + b * b);
                        if (distance[i] > d)
                            (nearest[i], distance[i], changed) = (k, d, true);
                    }
                }
            }
            if (!changed)
                break;
            var counts = new int[centres.Length];
            foreach (var centre in centres)
                Array.Clear(centre);
            for (var i = 0; i < nearest.Length; i++)
            {
                // A pixel beyond every window stays without a centre, which scikit-image counts to the last.
                var k = nearest[i] < 0 ? centres.Length - 1 : nearest[i];
                counts[k]++;
                var c = centres[k];
                (c[0], c[1], c[2], c[3], c[4]) =
                    (c[0] + i / width, c[1] + i % width, c[2] + colours[3 * i], c[3] + colours[3 * i + 1],
                        c[4] + colours[3 * i + 2]);
            }
            for (var k = 0; k < centres.Length; k++)
                for (var j = 0; j < 5; j++)
                    centres[k][j] /= counts[k];
        }
        return nearest;
    }

    /// <summary>Makes every superpixel one piece: a piece below the smallest size goes to a neighbour, one of the
    /// largest size ends there.</summary>
    private static int[] Connect(int[] labels, int width, int height, int smallest, int largest)
    {
        var result = Enumerable.Repeat(-1, labels.Length).ToArray();
        var piece = new int[Math.Max(1, largest)];
        var next = 0;
        (int X, int Y)[] around = [(1, 0), (-1, 0), (0, 1), (0, -1)];
        for (var start = 0; start < labels.Length; start++)
        {
            if (result[start] >= 0)
                continue;
            var (adjacent, size) = (0, 1);
            result[start] = next;
            piece[0] = start;
            for (var visited = 0; visited < size && size < largest; visited++)
            {
                foreach (var (dx, dy) in around)
                {
                    int x = piece[visited] % width + dx, y = piece[visited] / width + dy, i = y * width + x;
                    if (x < 0 || x >= width || y < 0 || y >= height)
                        continue;
                    if (labels[i] == labels[start] && result[i] < 0)
                    {
                        result[i] = next;
                        piece[size++] = i;
                        if (size >= largest)
                            break;
                    }
                    else if (result[i] >= 0 && result[i] != next)
                    {
                        adjacent = result[i];
                    }
                }
            }
            if (size < smallest)
                for (var i = 0; i < size; i++)
                    result[piece[i]] = adjacent;
            else
                next++;
        }
        return result;
    }
}
