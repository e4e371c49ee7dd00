using System.Numerics.Tensors;

namespace FaceBias.Core.Linear;

/// <summary>Sums over vectors: of themselves, of their outer products, and of their products with some outputs. Sums of
/// parts are added and subtracted, so that what is left out of a fold need not be summed again.</summary>
internal sealed class Scatter(int size, int outputs)
{
    /// <summary>Number of vectors.</summary>
    public long Count { get; private set; }

    /// <summary>Sum of the vectors.</summary>
    public double[] Sum { get; } = new double[size];

    /// <summary>Sum of outer products, the lower triangle of [size, size].</summary>
    public double[] Products { get; } = new double[size * size];

    public double[] OutputSum { get; } = new double[outputs];

    /// <summary>Sum of output times vector, [outputs, size].</summary>
    public double[] Cross { get; } = new double[outputs * size];

    /// <summary>Sums over rows, on all cores; the result does not depend on how many there are.</summary>
    /// <param name="read">Writes vector and outputs of a row.</param>
    public static Scatter Of(int size, int outputs, IReadOnlyList<int> rows, RowReader read, CancellationToken cancel)
    {
        // A block's products are summed in single precision by a few rows of the matrix at a time; blocks in double.
        const int Block = 512;
        var total = new Scatter(size, outputs);
        var vectors = new float[Block * size];
        var targets = new float[Block * outputs];
        var transposed = new float[size * Block];
        var options = new ParallelOptions { CancellationToken = cancel,
            MaxDegreeOfParallelism = Environment.ProcessorCount };
        for (var start = 0; start < rows.Count; start += Block)
        {
            var count = Math.Min(Block, rows.Count - start);
            var first = start;
            Array.Clear(transposed);
            Array.Clear(targets);
            Parallel.For(0, count, options, r =>
                read(rows[first + r], vectors.AsSpan(r * size, size), targets.AsSpan(r * outputs, outputs)));
            Parallel.For(0, size, options, i =>
            {
                for (var r = 0; r < count; r++)
                    transposed[i * Block + r] = vectors[r * size + i];
            });
            Parallel.For(0, size, options, i =>
            {
                var row = transposed.AsSpan(i * Block, Block);
                total.Sum[i] += TensorPrimitives.Sum(row);
                for (var j = 0; j <= i; j++)
                    total.Products[i * size + j] += TensorPrimitives.Dot<float>(row,
                        transposed.AsSpan(j * Block, Block));
                for (var o = 0; o < outputs; o++)
                {
                    var sum = 0.0;
                    for (var r = 0; r < count; r++)
                        sum += (double)row[r] * targets[r * outputs + o];
                    total.Cross[o * size + i] += sum;
                }
            });
            for (var r = 0; r < count; r++)
            {
                for (var o = 0; o < outputs; o++)
                    total.OutputSum[o] += targets[r * outputs + o];
            }
            total.Count += count;
        }
        return total;
    }

    /// <summary>Adds sums over other vectors, or takes them away with a sign of -1.</summary>
    public void Add(Scatter other, int sign = 1)
    {
        Count += sign * other.Count;
        foreach (var (to, from) in new[] { (Sum, other.Sum), (Products, other.Products), (OutputSum, other.OutputSum),
            (Cross, other.Cross) })
            TensorPrimitives.MultiplyAdd(from, sign, to, to);
    }

    /// <summary>The covariance of the vectors, drawn towards a multiple of the unit matrix: (1 - shrinkage) S +
    /// shrinkage mean(diag S) I (Ledoit and Wolf's form).</summary>
    public double[] Covariance(double shrinkage)
    {
        var covariance = new double[size * size];
        var trace = 0.0;
        for (var i = 0; i < size; i++)
        {
            for (var j = 0; j <= i; j++)
                covariance[i * size + j] = (1 - shrinkage) * (Products[i * size + j] - Sum[i] * Sum[j] / Count) / Count;
            trace += covariance[i * size + i];
        }
        // Features that never vary have no variance of their own.
        var diagonal = trace > 0 ? shrinkage / (1 - shrinkage) * trace / size : 1;
        for (var i = 0; i < size; i++)
            covariance[i * size + i] += diagonal;
        return covariance;
    }
}

/// <summary>Writes the vector and the outputs of a row.</summary>
internal delegate void RowReader(int row, Span<float> vector, Span<float> outputs);
