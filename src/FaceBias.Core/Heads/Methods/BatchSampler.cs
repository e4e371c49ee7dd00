using FaceBias.Primitives.Randomness;

namespace FaceBias.Core.Heads.Methods;

/// <summary>Which rows an epoch visits, in which order. An epoch depends on the seed and its number alone.</summary>
internal sealed class BatchSampler
{
    private readonly int[] _rows;
    private readonly double[]? _cumulative;
    private readonly ulong _seed;

    private BatchSampler(int[] rows, double[]? cumulative, ulong seed) =>
        (_rows, _cumulative, _seed) = (rows, cumulative, seed);

    /// <summary>Every row once per epoch, shuffled.</summary>
    public static BatchSampler Shuffled(IReadOnlyList<int> rows, ulong seed) => new([.. rows], null, seed);

    /// <summary>As many draws with replacement per epoch as there are rows, each as likely as its weight.</summary>
    /// <param name="weights">Not negative, not all zero; one per entry of <paramref name="rows"/>.</param>
    public static BatchSampler Weighted(IReadOnlyList<int> rows, IReadOnlyList<double> weights, ulong seed)
    {
        var cumulative = new double[rows.Count];
        var sum = 0.0;
        for (var i = 0; i < cumulative.Length; i++)
            cumulative[i] = sum += weights[i];
        return new([.. rows], cumulative, seed);
    }

    /// <summary>Rows per epoch.</summary>
    public int Count => _rows.Length;

    /// <summary>The rows of an epoch in order.</summary>
    public int[] Epoch(int epoch)
    {
        var random = new RandomSource(_seed).Stream("batches", epoch);
        var order = new int[_rows.Length];
        if (_cumulative is null)
        {
            _rows.CopyTo(order, 0);
            random.Shuffle(order.AsSpan());
            return order;
        }
        for (var i = 0; i < order.Length; i++)
        {
            var at = Array.BinarySearch(_cumulative, random.NextDouble() * _cumulative[^1]);
            order[i] = _rows[Math.Min(at < 0 ? ~at : at + 1, _rows.Length - 1)];
        }
        return order;
    }
}
