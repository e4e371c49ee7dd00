using System.Numerics.Tensors;
using FaceBias.Core.Curation.Linear;
using FaceBias.Core.Linear;
using FaceBias.Core.Data;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Curation.Labels;

/// <summary>Predictions of labels by models that never saw the image: ridge regression of all labels on unit features,
/// classes as indicators, in five folds; images of one cluster of duplicates are in one fold. Closed form, so one
/// result, and hardly moved by a few wrong labels.</summary>
internal static class OutOfFold
{
    private const int Folds = 5;
    private const double Shrinkage = 0.02;

    /// <returns>Per target the predictions of the rows in their order: [rows, classes] for a category, [rows, 1] for a
    /// number.</returns>
    public static float[][] Predict(Manifest manifest, UnitFeatures features, IReadOnlyList<int> rows,
        IReadOnlyList<Target> targets, CancellationToken cancel)
    {
        var widths = targets.Select(t => t.Kind == TargetKind.Categorical ? t.Classes.Count : 1).ToArray();
        var (size, outputs) = (features.Count, widths.Sum());
        var means = Means(rows, targets, widths);
        void Read(int row, Span<float> vector, Span<float> values)
        {
            features.Read(row, vector);
            Outputs(row, targets, widths, means, values);
        }
        var folds = Enumerable.Range(0, rows.Count).GroupBy(i => Fold(manifest, rows[i])).OrderBy(g => g.Key)
            .Select(g => g.ToArray()).ToArray();
        var sums = folds.Select(fold => Scatter.Of(size, outputs, [.. fold.Select(i => rows[i])], Read, cancel))
            .ToArray();
        var all = new Scatter(size, outputs);
        foreach (var sum in sums)
            all.Add(sum);
        var predictions = widths.Select(w => new float[rows.Count * w]).ToArray();
        for (var f = 0; f < folds.Length; f++)
        {
            all.Add(sums[f], -1);
            Apply(all, size, outputs, folds[f], rows, features, widths, predictions, cancel);
            all.Add(sums[f]);
        }
        return predictions;
    }

    private static void Apply(
        Scatter train, int size, int outputs, int[] fold, IReadOnlyList<int> rows, UnitFeatures features, int[] widths,
        float[][] predictions, CancellationToken cancel)
    {
        var matrix = new Cholesky(train.Covariance(Shrinkage), size);
        var mean = Array.ConvertAll(train.Sum, s => (float)(s / train.Count));
        var weights = new float[outputs * size];
        for (var o = 0; o < outputs; o++)
        {
            var weight = weights.AsSpan(o * size, size);
            for (var i = 0; i < size; i++)
                weight[i] = (float)((train.Cross[o * size + i] - train.Sum[i] * train.OutputSum[o] / train.Count)
                    / train.Count);
            matrix.Solve(weight);
        }
        Parallel.ForEach(fold,
            new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = Environment.ProcessorCount },
            i =>
        {
            var vector = new float[size];
            features.Read(rows[i], vector);
            TensorPrimitives.Subtract(vector, mean, vector);
            for (int t = 0, o = 0; t < widths.Length; t++)
            {
                for (var c = 0; c < widths[t]; c++, o++)
                    predictions[t][i * widths[t] + c] =
                        (float)(TensorPrimitives.Dot<float>(vector, weights.AsSpan(o * size, size))
                            + train.OutputSum[o] / train.Count);
            }
        });
    }

    private static int Fold(Manifest manifest, int row) =>
        (int)((ulong)(manifest.Sha256[manifest.Cluster[row]].Low & ulong.MaxValue) % Folds);

    /// <summary>Means of the outputs over the rows that have them.</summary>
    private static float[] Means(IReadOnlyList<int> rows, IReadOnlyList<Target> targets, int[] widths)
    {
        var means = new List<float>();
        foreach (var (target, width) in targets.Zip(widths))
        {
            var known = rows.Where(r => !target.IsMissing(r)).ToArray();
            means.AddRange(target.Kind == TargetKind.Numeric ? [(float)known.Average(r => target.Values[r])]
                : Enumerable.Range(0, width).Select(c => known.Count(r => target.Codes[r] == c) / (float)known.Length));
        }
        return [.. means];
    }

    /// <summary>A missing label is the mean of all, which says nothing.</summary>
    private static void Outputs(int row, IReadOnlyList<Target> targets, int[] widths, float[] means, Span<float> values)
    {
        for (int t = 0, o = 0; t < widths.Length; o += widths[t++])
        {
            var part = values.Slice(o, widths[t]);
            if (targets[t].IsMissing(row))
                means.AsSpan(o, widths[t]).CopyTo(part);
            else if (targets[t].Kind == TargetKind.Numeric)
                part[0] = (float)targets[t].Values[row];
            else
                part[targets[t].Codes[row]] = 1;
        }
    }
}
