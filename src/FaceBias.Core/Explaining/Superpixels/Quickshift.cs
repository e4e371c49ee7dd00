using System.Numerics.Tensors;
using FaceBias.Primitives.Randomness;

namespace FaceBias.Core.Explaining.Superpixels;

/// <summary>Quick shift (Vedaldi and Soatto 2008) as scikit-image 0.19 computes it: every pixel of place and L*a*b*
/// colour is linked to the nearest one of higher density, links longer than a limit are cut, and the trees are the
/// superpixels.</summary>
/// <remarks>Equal densities are told apart by tiny noise, here of this project's own random source: in parts of one
/// colour the superpixels differ from scikit-image's as those differ between two of its seeds.</remarks>
internal static class Quickshift
{
    private const double Noise = 1e-5;

    /// <summary>Cuts a picture; the defaults are those of lime's image explainer.</summary>
    /// <param name="picture">Planes R, G, B, 0 to 255.</param>
    /// <param name="width">Pixels per row.</param>
    /// <param name="kernel">Standard deviation of the density's kernel, at least 1.</param>
    /// <param name="ratio">Weight of colour against place.</param>
    /// <param name="seed">Tells equal densities apart.</param>
    public static Segmentation Cut(
        ReadOnlySpan<float> picture, int width, int height, double kernel = 4, double farthest = 200,
        double ratio = 0.2, int seed = 0, int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(kernel, 1);
        var lab = LabColours.From(picture, 0, 1.0 / 255);
        var (size, reach) = (width * height, (int)Math.Ceiling(3 * kernel));
        // Planes, so that a row of the window is one vector operation.
        var planes = new float[3 * size];
        for (var i = 0; i < size; i++)
            for (var c = 0; c < 3; c++)
                planes[c * size + i] = (float)(lab[3 * i + c] * ratio);
        var parallel = new ParallelOptions
            { MaxDegreeOfParallelism = threads > 0 ? threads : Environment.ProcessorCount };
        var density = new double[size];
        var inverse = (float)(-0.5 / (kernel * kernel));
        Parallel.For(0, height, parallel, () => new float[2 * reach + 1], (y, _, row) =>
        {
            for (var x = 0; x < width; x++)
            {
                int x0 = Math.Max(x - reach, 0), n = Math.Min(x + reach + 1, width) - x0;
                var at = row.AsSpan(0, n);
                for (var ny = Math.Max(y - reach, 0); ny < Math.Min(y + reach + 1, height); ny++)
                {
                    Distances(planes, size, width, x, y, x0, ny, at);
                    TensorPrimitives.Multiply<float>(at, inverse, at);
                    TensorPrimitives.Exp<float>(at, at);
                    density[y * width + x] += TensorPrimitives.Sum<float>(at);
                }
            }
            return row;
        }, _ => { });
        var noise = new RandomSource(seed).Counter("quickshift");
        for (var i = 0; i < size; i++)
            density[i] += Noise * noise.Normal((ulong)i);

        var parent = new int[size];
        Parallel.For(0, height, parallel, () => new float[2 * reach + 1], (y, _, row) =>
        {
            for (var x = 0; x < width; x++)
            {
                var i = y * width + x;
                var (best, closest) = (i, float.MaxValue);
                int x0 = Math.Max(x - reach, 0), n = Math.Min(x + reach + 1, width) - x0;
                var at = row.AsSpan(0, n);
                for (var ny = Math.Max(y - reach, 0); ny < Math.Min(y + reach + 1, height); ny++)
                {
                    if ((ny - y) * (ny - y) >= closest)
                        continue;
                    Distances(planes, size, width, x, y, x0, ny, at);
                    for (var j = 0; j < n; j++)
                    {
                        if (at[j] < closest && density[ny * width + x0 + j] > density[i])
                            (best, closest) = (ny * width + x0 + j, at[j]);
                    }
                }
                parent[i] = Math.Sqrt(closest) > farthest ? i : best;
            }
            return row;
        }, _ => { });
        for (var changed = true; changed;)
        {
            changed = false;
            for (var i = 0; i < size; i++)
            {
                if (parent[parent[i]] == parent[i])
                    continue;
                (parent[i], changed) = (parent[parent[i]], true);
            }
        }
        return Segmentation.Of(parent, width, height);
    }

    /// <summary>Squared distances of a pixel to a row of others.</summary>
    private static void Distances(float[] planes, int size, int width, int x, int y, int x0, int row, Span<float> to)
    {
        var dy = (float)((row - y) * (row - y));
        for (var j = 0; j < to.Length; j++)
            to[j] = dy + (float)((x0 + j - x) * (x0 + j - x));
        Span<float> difference = stackalloc float[to.Length];
        for (var c = 0; c < 3; c++)
        {
            var plane = planes.AsSpan(c * size, size);
            TensorPrimitives.Subtract<float>(plane.Slice(row * width + x0, to.Length), plane[y * width + x],
                difference);
            TensorPrimitives.MultiplyAdd<float>(difference, difference, to, to);
        }
    }
}
