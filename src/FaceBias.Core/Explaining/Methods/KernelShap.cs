using FaceBias.Core.Explaining.Superpixels;
using FaceBias.Primitives.Randomness;

namespace FaceBias.Core.Explaining.Methods;

/// <summary>Shapley values of superpixels by Kernel SHAP (Lundberg and Lee 2017): coalitions weighted by the Shapley
/// kernel, the largest and smallest ones all of them as far as the samples go, the others drawn in pairs with their
/// complements, and a regression whose values add up to the difference between the whole and the hidden
/// picture.</summary>
internal sealed class KernelShap(int samples = 1000)
{
    public (Surrogate Surrogate, IReadOnlyList<string> Notes) Explain(SuperpixelScores model, Segmentation segments,
        int seed)
    {
        var (rows, weights, exact) = Coalitions(segments.Count, seed);
        var all = Enumerable.Repeat(1.0, segments.Count).ToArray();
        var scores = model.Of([new double[segments.Count], all, .. rows], "kernelshap");
        return (Fit(rows, scores[2..], weights, scores[0], scores[1]),
            exact ? ["Every coalition of superpixels was asked for: these Shapley values are exact."] : []);
    }

    /// <returns>Also whether they are all that there are.</returns>
    internal (double[][] Rows, double[] Weights, bool Exact) Coalitions(int m, int seed)
    {
        var (rows, weights) = (new List<double[]>(), new List<double>());
        // Weight of all coalitions of a size together: (m-1) / (s (m-s)).
        double[] mass = [.. Enumerable.Range(0, m + 1).Select(s => s == 0 || s == m ? 0 : (m - 1.0) / (s * (m - s)))];
        var left = Math.Max(samples, 2 * m);
        var open = 1;
        for (; open <= m / 2; open++)
        {
            var (count, paired) = (Choose(m, open), open != m - open);
            if (count * (paired ? 2 : 1) > left)
                break;
            foreach (var subset in Subsets(m, open))
            {
                Add(subset, mass[open] / count);
                if (paired)
                    Add(Complement(subset), mass[m - open] / count);
            }
            left -= (int)count * (paired ? 2 : 1);
        }
        if (open > m / 2)
            return ([.. rows], [.. weights], true);
        int[] sizes = [.. Enumerable.Range(open, m - 2 * open + 1)];
        var total = sizes.Sum(s => mass[s]);
        var random = new RandomSource(seed).Stream("kernelshap");
        int[] order = [.. Enumerable.Range(0, m)];
        var pairs = left / 2;
        for (var i = 0; i < pairs; i++)
        {
            var (at, place) = (random.NextDouble() * total, 0);
            while (place < sizes.Length - 1 && (at -= mass[sizes[place]]) >= 0)
                place++;
            random.Shuffle<int>(order);
            var subset = new double[m];
            foreach (var j in order.AsSpan(0, sizes[place]))
                subset[j] = 1;
            Add(subset, total / (2 * pairs));
            Add(Complement(subset), total / (2 * pairs));
        }
        return ([.. rows], [.. weights], false);

        void Add(double[] row, double weight)
        {
            rows.Add(row);
            weights.Add(weight);
        }
    }

    /// <summary>The regression, in which the last value is the rest of the sum.</summary>
    internal static Surrogate Fit(double[][] rows, double[] scores, double[] weights, double none, double all)
    {
        var m = rows.Length == 0 ? 1 : rows[0].Length;
        if (m == 1)
            return new([all - none], none, null, 2);
        var (gram, right) = (new double[(m - 1) * (m - 1)], new double[m - 1]);
        for (var i = 0; i < rows.Length; i++)
        {
            var last = rows[i][m - 1];
            var target = scores[i] - none - last * (all - none);
            for (var j = 0; j < m - 1; j++)
            {
                var x = weights[i] * (rows[i][j] - last);
                right[j] += x * target;
                for (var k = 0; k <= j && x != 0; k++)
                    gram[j * (m - 1) + k] += x * (rows[i][k] - last);
            }
        }
        var values = WeightedRidge.Solve(gram, right);
        double[] shapley = [.. values, all - none - values.Sum()];
        double mean = 0, residual = 0, variance = 0, total = weights.Sum();
        for (var i = 0; i < rows.Length; i++)
            mean += weights[i] * scores[i] / total;
        for (var i = 0; i < rows.Length; i++)
        {
            var predicted = none + System.Numerics.Tensors.TensorPrimitives.Dot<double>(rows[i], shapley);
            residual += weights[i] * (scores[i] - predicted) * (scores[i] - predicted);
            variance += weights[i] * (scores[i] - mean) * (scores[i] - mean);
        }
        return new(shapley, none, variance > 0 ? 1 - residual / variance : null, rows.Length + 2);
    }

    private static double[] Complement(double[] row) => [.. row.Select(v => 1 - v)];

    private static double Choose(int n, int k)
    {
        double result = 1;
        for (var i = 1; i <= k; i++)
            result = Math.Round(result * (n - k + i) / i);
        return result;
    }

    private static IEnumerable<double[]> Subsets(int n, int k)
    {
        int[] chosen = [.. Enumerable.Range(0, k)];
        while (true)
        {
            var row = new double[n];
            foreach (var c in chosen)
                row[c] = 1;
            yield return row;
            var i = k - 1;
            while (i >= 0 && chosen[i] == n - k + i)
                i--;
            if (i < 0)
                yield break;
            chosen[i]++;
            for (var j = i + 1; j < k; j++)
                chosen[j] = chosen[j - 1] + 1;
        }
    }
}
