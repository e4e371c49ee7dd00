using FaceBias.Core.Explaining.Scoring;
using FaceBias.Core.Imaging;
using FaceBias.Primitives.Randomness;

namespace FaceBias.Core.Explaining.Methods;

/// <summary>
/// RISE (Petsiuk et al. 2018): random grids, scaled up bilinearly and shifted at random, mask the picture; the map is
/// the mean of the masks weighted by the scores. A published map is sum(p m) / (N p1); the mean score is taken off
/// first here unless told otherwise, since a score that hardly changes, such as an age of 30, else shows only how often
/// each pixel was uncovered.
/// </summary>
/// <param name="cells">Cells along a side.</param>
/// <param name="shown">Probability of a cell to be shown.</param>
/// <param name="centred">Whether the mean score is taken off.</param>
internal sealed class Rise(int masks = 2000, int cells = 8, double shown = 0.5, bool centred = true)
{
    public float[] Explain(ExplainedScore score, float[] picture, float[] hidden, int seed, ScoreBudget budget)
    {
        var spec = score.Spec;
        var size = spec.Width * spec.Height;
        using var scratch = new ThreadLocal<float[]>(() => new float[size]);
        var scores = ScoreBatches.Run(score, masks, (index, to) =>
        {
            var mask = scratch.Value!;
            Mask(index, seed, spec, mask);
            for (var c = 0; c < 3; c++)
                for (var i = 0; i < size; i++)
                    to[c * size + i] = hidden[c * size + i] + mask[i] * (picture[c * size + i] - hidden[c * size + i]);
        }, budget, "rise");
        // Masks are made again rather than kept: 2,000 of 224 x 224 are 400 MB. Each thread has rows of its own, so
        // that their number changes nothing.
        var sums = new double[size];
        var mean = centred ? scores.Average() : 0;
        Parallel.For(0, spec.Height,
            new() { MaxDegreeOfParallelism = budget.Threads > 0 ? budget.Threads : Environment.ProcessorCount,
                CancellationToken = budget.Cancel },
            () => new float[spec.Width], (y, _, row) =>
            {
                for (var m = 0; m < masks; m++)
                {
                    new Grid(m, seed, spec, cells, shown).Row(y, row);
                    var weight = (scores[m] - mean) / (masks * shown);
                    for (var x = 0; x < row.Length; x++)
                        sums[y * spec.Width + x] += weight * row[x];
                }
                return row;
            }, _ => { });
        return [.. sums.Select(s => (float)s)];
    }

    /// <summary>Mask number <paramref name="index"/>, from 0 (hidden) to 1 (shown).</summary>
    internal void Mask(int index, int seed, ImageSpec spec, Span<float> mask)
    {
        var grid = new Grid(index, seed, spec, cells, shown);
        for (var y = 0; y < spec.Height; y++)
            grid.Row(y, mask.Slice(y * spec.Width, spec.Width));
    }

    /// <summary>A grid of cells, scaled up to one cell more than the picture, and where the picture begins in
    /// it.</summary>
    private sealed class Grid
    {
        private readonly int _cells, _shiftX, _shiftY;
        private readonly float _cellX, _cellY;
        private readonly float[] _values;

        public Grid(int index, int seed, ImageSpec spec, int cells, double shown)
        {
            var random = new RandomSource(seed).Counter(index, 0);
            int cellX = (spec.Width + cells - 1) / cells, cellY = (spec.Height + cells - 1) / cells;
            _cells = cells;
            (_cellX, _cellY) = ((cells + 1f) * cellX / cells, (cells + 1f) * cellY / cells);
            (_shiftX, _shiftY) = ((int)(random.Uniform(0) * cellX), (int)(random.Uniform(1) * cellY));
            _values = [.. Enumerable.Range(0, cells * cells).Select(
                i => random.Uniform((ulong)i + 2) < shown ? 1f : 0f)];
        }

        public void Row(int y, Span<float> row)
        {
            var (y0, y1, fy) = Between(y + _shiftY, _cellY);
            for (var x = 0; x < row.Length; x++)
            {
                var (x0, x1, fx) = Between(x + _shiftX, _cellX);
                float a = _values[y0 * _cells + x0], b = _values[y0 * _cells + x1], c = _values[y1 * _cells + x0],
                    d = _values[y1 * _cells + x1];
                float top = a + fx * (b - a), bottom = c + fx * (d - c);
                row[x] = top + fy * (bottom - top);
            }
        }

        private (int Low, int High, float Share) Between(int at, float cell)
        {
            var place = Math.Clamp((at + 0.5f) / cell - 0.5f, 0, _cells - 1);
            var low = Math.Min((int)place, _cells - 1);
            return (low, Math.Min(low + 1, _cells - 1), place - low);
        }
    }
}
