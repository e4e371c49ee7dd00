using FaceBias.Core.Explaining.Scoring;
using FaceBias.Core.Imaging;

namespace FaceBias.Core.Explaining.Reliability;

/// <summary>How the score falls when the most relevant pixels are hidden first, and rises when they are shown first
/// (Petsiuk et al. 2018), beside the same for random maps.</summary>
/// <param name="Deletion">The score after each step of hiding, the whole picture first.</param>
/// <param name="Insertion">The score after each step of showing, the blurred picture first.</param>
/// <param name="DeletionArea">Area under the deletion curve: lower is better.</param>
/// <param name="InsertionArea">Area under the insertion curve: higher is better.</param>
/// <param name="RandomDeletionArea">Mean area of random maps.</param>
/// <param name="RandomInsertionArea">Mean area of random maps.</param>
internal sealed record DeletionCurves(
    double[] Deletion, double[] Insertion, double DeletionArea, double InsertionArea, double RandomDeletionArea,
    double RandomInsertionArea)
{
    private const int RandomMaps = 3;

    /// <param name="picture">Planes R, G, B.</param>
    /// <param name="steps">Steps of each curve.</param>
    /// <param name="seed">Seed of the random maps.</param>
    /// <param name="budget">Memory, threads, progress and cancellation.</param>
    internal static DeletionCurves Of(ExplainedScore score, float[] picture, ReadOnlySpan<float> map, int steps,
        int seed, ScoreBudget budget)
    {
        var spec = score.Spec;
        var blank = PictureFill.Make(HiddenFill.PictureMean, picture, spec, null);
        var blurred = PictureFill.Make(HiddenFill.Blur, picture, spec, null);
        int[][] orders = [PixelOrder.Of(map, seed), .. Shifts(map, spec, seed).Select(m => PixelOrder.Of(m, seed))];
        // All curves share their ends: the picture, the blank and the blurred one.
        var (size, points, ends) = (map.Length, steps - 1, new[] { picture, blank, blurred });
        var scores = ScoreBatches.Run(score, ends.Length + 2 * orders.Length * points, (index, to) =>
        {
            if (index < ends.Length)
            {
                ends[index].CopyTo(to);
                return;
            }
            index -= ends.Length;
            var (order, inserted, step) = (orders[index / (2 * points)], index / points % 2 == 1, index % points + 1);
            var (from, into) = inserted ? (blurred, picture) : (picture, blank);
            from.CopyTo(to);
            foreach (var pixel in order.AsSpan(0, (int)((long)size * step / steps)))
                for (var c = 0; c < 3; c++)
                    to[c * size + pixel] = into[c * size + pixel];
        }, budget, "deletion and insertion");
        double[] Curve(int i) => [scores[i % 2 == 0 ? 0 : 2],
            .. scores[(ends.Length + i * points)..(ends.Length + (i + 1) * points)], scores[i % 2 == 0 ? 1 : 0]];
        double Random(int kind) => Enumerable.Range(1, orders.Length - 1).Average(o => Area(Curve(2 * o + kind)));
        return new(Curve(0), Curve(1), Area(Curve(0)), Area(Curve(1)), Random(0), Random(1));
    }

    /// <summary>The area under a curve over 0..1 by the trapezoid rule.</summary>
    internal static double Area(double[] curve) => (curve.Sum() - (curve[0] + curve[^1]) / 2) / (curve.Length - 1);

    private static float[][] Shifts(ReadOnlySpan<float> map, ImageSpec spec, int seed)
    {
        var shifts = new float[RandomMaps][];
        for (var i = 0; i < RandomMaps; i++)
            shifts[i] = PixelOrder.Shifted(map, spec, seed, i);
        return shifts;
    }
}
