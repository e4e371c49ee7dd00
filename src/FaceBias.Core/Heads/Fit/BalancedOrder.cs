using FaceBias.Core.Heads.Model;
using FaceBias.Primitives.Randomness;

namespace FaceBias.Core.Heads.Fit;

/// <summary>Draws images with replacement so that classes, or bands of a number, come more evenly: an image as often as
/// one over the square root of how many are in its band. All the way to equal would show the same few images over and
/// over.</summary>
internal sealed class BalancedOrder
{
    private const int Bands = 10;

    private readonly int[] _images;
    private readonly double[] _cumulative;
    private readonly ulong _seed;

    private BalancedOrder(int[] images, double[] weights, ulong seed)
    {
        (_images, _seed, _cumulative) = (images, seed, new double[weights.Length]);
        var sum = 0.0;
        for (var i = 0; i < weights.Length; i++)
            _cumulative[i] = sum += weights[i];
    }

    /// <summary>Prepares the draws.</summary>
    /// <param name="images">The training images; they are copied.</param>
    /// <param name="target">By what to balance; images without its label are drawn as often as the average one.</param>
    public static BalancedOrder Of(int[] images, TrainingTarget target, ulong seed)
    {
        int[] bands = [.. images.Select(i => Band(target, i))];
        var sizes = bands.Where(b => b >= 0).GroupBy(b => b).ToDictionary(g => g.Key, g => g.Count());
        double[] weights = [.. bands.Select(b => b < 0 ? double.NaN : 1 / Math.Sqrt(sizes[b]))];
        var mean = weights.Where(w => !double.IsNaN(w)).DefaultIfEmpty(1).Average();
        return new([.. images], [.. weights.Select(w => double.IsNaN(w) ? mean : w)], seed);
    }

    /// <summary>The images of an epoch, and nothing to say about them; they depend on the seed and the epoch
    /// alone.</summary>
    public (int[] Rows, string Note) Draw(int epoch)
    {
        var random = new RandomSource(_seed).Stream("balanced", epoch);
        var order = new int[_images.Length];
        for (var i = 0; i < order.Length; i++)
        {
            var at = Array.BinarySearch(_cumulative, random.NextDouble() * _cumulative[^1]);
            order[i] = _images[Math.Min(at < 0 ? ~at : at + 1, _images.Length - 1)];
        }
        return (order, "");
    }

    private static int Band(TrainingTarget target, int image) => target.IsMissing(image) ? -1
        : target.Output is NumericOutput n
            ? Math.Clamp((int)((target.Values[image] - n.Minimum) / (n.Maximum - n.Minimum) * Bands), 0, Bands - 1)
        : target.Codes[image];
}
