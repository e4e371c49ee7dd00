using FaceBias.Core.Explaining.Scoring;
using FaceBias.Core.Imaging;

namespace FaceBias.Core.Explaining.Methods;

/// <summary>Occlusion sensitivity (Zeiler and Fergus 2014): a window hides part of the picture, and every pixel under
/// it gets the fall of the score; where windows overlap, the mean of their falls.</summary>
/// <param name="windowShare">Side of the window as a share of the picture's.</param>
internal sealed class Occlusion(double windowShare = 0.125)
{
    public float[] Explain(ExplainedScore score, float[] picture, float[] hidden, double whole, ScoreBudget budget)
    {
        var spec = score.Spec;
        var (rows, columns) = (Windows(spec.Height), Windows(spec.Width));
        var (w, size) = (spec.Width, spec.Width * spec.Height);
        var falls = ScoreBatches.Run(score, rows.Count * columns.Count, (index, to) =>
        {
            picture.CopyTo(to);
            var ((y0, y1), (x0, x1)) = (rows[index / columns.Count], columns[index % columns.Count]);
            for (var c = 0; c < 3; c++)
                for (var y = y0; y < y1; y++)
                    hidden.AsSpan(c * size + y * w + x0, x1 - x0).CopyTo(to[(c * size + y * w + x0)..]);
        }, budget, "occlusion");
        var (map, covers) = (new float[size], new int[size]);
        for (var i = 0; i < falls.Length; i++)
        {
            var ((y0, y1), (x0, x1)) = (rows[i / columns.Count], columns[i % columns.Count]);
            for (var y = y0; y < y1; y++)
            {
                for (var x = x0; x < x1; x++)
                {
                    map[y * w + x] += (float)(whole - falls[i]);
                    covers[y * w + x]++;
                }
            }
        }
        for (var i = 0; i < size; i++)
            map[i] /= covers[i];
        return map;
    }

    /// <summary>The places of the window along a side, half a window apart, the last at the end.</summary>
    private List<(int From, int To)> Windows(int side)
    {
        var window = Math.Clamp((int)Math.Round(windowShare * side), 1, side);
        var stride = Math.Max(1, window / 2);
        var places = new List<(int, int)>();
        for (var at = 0; at < side - window; at += stride)
            places.Add((at, at + window));
        places.Add((side - window, side));
        return places;
    }
}
