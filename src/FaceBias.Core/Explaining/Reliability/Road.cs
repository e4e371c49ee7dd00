using FaceBias.Core.Explaining.Scoring;
using FaceBias.Core.Imaging;
using FaceBias.Primitives.Randomness;

namespace FaceBias.Core.Explaining.Reliability;

/// <summary>
/// Remove and debias (Rong et al. 2022): pixels are taken out by noisy linear imputation, so that the shape of the hole
/// tells the model nothing. Each missing pixel is the weighted mean of its neighbours, 1/6 beside it and 1/12 across,
/// plus a little noise.
/// </summary>
/// <param name="Percentiles">Shares of the pixels taken out, in percent.</param>
/// <param name="MostRelevantFirst">The score when the most relevant are taken out.</param>
/// <param name="LeastRelevantFirst">The score when the least relevant are taken out.</param>
/// <param name="Random">The same score for a random map, the most relevant taken out.</param>
internal sealed record Road(int[] Percentiles, double[] MostRelevantFirst, double[] LeastRelevantFirst, double[] Random)
{
    private const double Noise = 0.01, Beside = 1.0 / 6, Across = 1.0 / 12;
    private const int Rounds = 400;
    private const double Precision = 1e-4;

    /// <summary>Half the mean difference of both orders: above 0 where the map knows what matters.</summary>
    public double Combined => LeastRelevantFirst.Zip(MostRelevantFirst, (l, m) => (l - m) / 2).Average();

    internal static readonly int[] DefaultPercentiles = [20, 40, 60, 80];

    /// <summary>Measures it.</summary>
    internal static Road Of(ExplainedScore score, float[] picture, ReadOnlySpan<float> map, int seed,
        ScoreBudget budget)
    {
        var spec = score.Spec;
        var order = PixelOrder.Of(map, seed);
        var random = PixelOrder.Of(PixelOrder.Shifted(map, spec, seed, 0), seed);
        var shares = DefaultPercentiles;
        var scores = ScoreBatches.Run(score, 3 * shares.Length, (index, to) =>
        {
            var (kind, removed) =
                (index / shares.Length, (int)((long)order.Length * shares[index % shares.Length] / 100));
            var gone = new bool[order.Length];
            foreach (var pixel in kind switch { 0 => order.AsSpan(0, removed),
                1 => order.AsSpan(order.Length - removed), _ => random.AsSpan(0, removed) })
                gone[pixel] = true;
            Impute(picture, spec, gone, seed, to);
        }, budget, "road");
        double[] Part(int kind) => scores[(kind * shares.Length)..((kind + 1) * shares.Length)];
        return new(shares, Part(0), Part(1), Part(2));
    }

    /// <summary>Fills the pixels that are gone. The system sum_j w_ij (x_i - x_j) = 0 is symmetric and solved by
    /// conjugate gradients.</summary>
    internal static void Impute(ReadOnlySpan<float> picture, ImageSpec spec, bool[] gone, int seed, Span<float> to)
    {
        var (w, h, size) = (spec.Width, spec.Height, spec.Width * spec.Height);
        picture.CopyTo(to);
        int[] missing = [.. Enumerable.Range(0, size).Where(i => gone[i])];
        if (missing.Length == 0)
            return;
        var place = new int[size];
        for (var k = 0; k < missing.Length; k++)
            place[missing[k]] = k;
        var noise = new RandomSource(seed).Counter("road");
        for (var c = 0; c < 3; c++)
        {
            var plane = to.Slice(c * size, size);
            var mean = Known(plane, gone);
            var (right, diagonal) = (new double[missing.Length], new double[missing.Length]);
            for (var k = 0; k < missing.Length; k++)
            {
                foreach (var (j, weight) in Around(missing[k], w, h))
                {
                    diagonal[k] += weight;
                    if (!gone[j])
                        right[k] += weight * (plane[j] - mean);
                }
            }
            var x = new double[missing.Length];
            var r = (double[])right.Clone();
            var p = r.Select((v, k) => v / diagonal[k]).ToArray();
            var z = (double[])p.Clone();
            var q = new double[x.Length];
            double rz = Dot(r, z), limit = Precision * Precision * Math.Max(rz, 1e-30);
            for (var round = 0; round < Rounds && rz > limit; round++)
            {
                for (var k = 0; k < q.Length; k++)
                {
                    var sum = diagonal[k] * p[k];
                    foreach (var (j, weight) in Around(missing[k], w, h))
                        if (gone[j])
                            sum -= weight * p[place[j]];
                    q[k] = sum;
                }
                var step = rz / Dot(p, q);
                for (var k = 0; k < x.Length; k++)
                {
                    x[k] += step * p[k];
                    r[k] -= step * q[k];
                    z[k] = r[k] / diagonal[k];
                }
                var next = Dot(r, z);
                for (var k = 0; k < p.Length; k++)
                    p[k] = z[k] + next / rz * p[k];
                rz = next;
            }
            for (var k = 0; k < missing.Length; k++)
                plane[missing[k]] =
                    (float)Math.Clamp(mean + x[k] + 255 * Noise * noise.Normal((ulong)(c * size + missing[k])), 0, 255);
        }
    }

    private static double Known(ReadOnlySpan<float> plane, bool[] gone)
    {
        var (sum, count) = (0.0, 0);
        for (var i = 0; i < plane.Length; i++)
            if (!gone[i])
                (sum, count) = (sum + plane[i], count + 1);
        return count == 0 ? 127.5 : sum / count;
    }

    private static double Dot(double[] a, double[] b) => System.Numerics.Tensors.TensorPrimitives.Dot<double>(a, b);

    private static Neighbours Around(int i, int w, int h) => new(i, w, h);

    /// <summary>The up to eight neighbours of a pixel with their weights, without allocation.</summary>
    private ref struct Neighbours(int i, int w, int h)
    {
        private int _at = -1;

        public (int Index, double Weight) Current { get; private set; }

        public readonly Neighbours GetEnumerator() => this;

        public bool MoveNext()
        {
            while (++_at < 9)
            {
                var (dx, dy) = (_at % 3 - 1, _at / 3 - 1);
                var (x, y) = (i % w + dx, i / w + dy);
                if (_at == 4 || x < 0 || y < 0 || x >= w || y >= h)
                    continue;
                Current = (y * w + x, dx == 0 || dy == 0 ? Beside : Across);
                return true;
            }
            return false;
        }
    }
}
