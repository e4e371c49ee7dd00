using System.Numerics.Tensors;
using FaceBias.Core.Curation.Linear;
using FaceBias.Core.Linear;
using FaceBias.Core.Data;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Curation.Labels;

/// <summary>Predictions of labels by models that never saw the image: ridge regression of all labels on unit features,
/// classes as indicators, in five folds; images of one cluster of duplicates are in one fold. Closed form, so one
/// result, and hardly moved by a few wrong labels. Each label takes the penalty that errs least out of fold: with about
/// as many images as features a weak one would follow the wrong labels.</summary>
internal static class OutOfFold
{
    private const int Folds = 5;

    /// <summary>Errors of the penalties are compared on at most so many images.</summary>
    private const int Compared = 20_000;

    private static readonly double[] s_shrinkages = [0.02, 0.1, 0.4, 0.7];

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
        // [shrinkage] per fold.
        var models = sums.Select(sum =>
        {
            all.Add(sum, -1);
            var fitted = s_shrinkages.Select(s => Ridge.Fit(all, size, outputs, s)).ToArray();
            all.Add(sum);
            cancel.ThrowIfCancellationRequested();
            return fitted;
        }).ToArray();
        var chosen = Choose(models, folds, rows, targets, widths, Read, cancel);
        var predictions = widths.Select(w => new float[rows.Count * w]).ToArray();
        for (var f = 0; f < folds.Length; f++)
            Parallel.ForEach(folds[f], Options(cancel), i =>
            {
                var vector = new float[size];
                features.Read(rows[i], vector);
                for (int t = 0, o = 0; t < widths.Length; o += widths[t++])
                    models[f][chosen[t]].Predict(vector, o, predictions[t].AsSpan(i * widths[t], widths[t]));
            });
        return predictions;
    }

    /// <summary>The place of the shrinkage with the least squared error, per target.</summary>
    private static int[] Choose(Ridge[][] models, int[][] folds, IReadOnlyList<int> rows,
        IReadOnlyList<Target> targets, int[] widths, RowReader read, CancellationToken cancel)
    {
        var (size, outputs) = (models[0][0].Size, widths.Sum());
        var step = 1 + rows.Count / Compared;
        var sum = new double[s_shrinkages.Length, targets.Count];
        for (var f = 0; f < folds.Length; f++)
        {
            int[] sample = [.. folds[f].Where(i => i % step == 0)];
            var errors = new double[sample.Length][,];
            Parallel.For(0, sample.Length, Options(cancel), r =>
            {
                var row = rows[sample[r]];
                float[] vector = new float[size], values = new float[outputs], predicted = new float[outputs];
                read(row, vector, values);
                var own = errors[r] = new double[s_shrinkages.Length, targets.Count];
                for (var s = 0; s < s_shrinkages.Length; s++)
                {
                    models[f][s].Predict(vector, 0, predicted);
                    for (int t = 0, o = 0; t < widths.Length; o += widths[t++])
                        own[s, t] = targets[t].IsMissing(row) ? 0
                            : Math.Pow(TensorPrimitives.Distance<float>(values.AsSpan(o, widths[t]),
                                predicted.AsSpan(o, widths[t])), 2);
                }
            });
            // One order of adding, whatever the number of threads.
            foreach (var own in errors)
                for (var s = 0; s < s_shrinkages.Length; s++)
                    for (var t = 0; t < targets.Count; t++)
                        sum[s, t] += own[s, t];
        }
        return [.. Enumerable.Range(0, targets.Count).Select(
            t => Enumerable.Range(0, s_shrinkages.Length).MinBy(s => sum[s, t]))];
    }

    private static ParallelOptions Options(CancellationToken cancel) =>
        new() { CancellationToken = cancel, MaxDegreeOfParallelism = Environment.ProcessorCount };

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
