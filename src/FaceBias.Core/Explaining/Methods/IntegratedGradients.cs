using FaceBias.Core.Explaining.Scoring;
using FaceBias.Core.Imaging;
using FaceBias.Onnx.Runtime;

namespace FaceBias.Core.Explaining.Methods;

/// <summary>Integrated gradients (Sundararajan et al. 2017): the gradient by each pixel, integrated along the straight
/// way from a blank picture, times how far the pixel goes. The sum over all pixels is the difference of the
/// scores.</summary>
internal sealed class IntegratedGradients : IDisposable
{
    private readonly DifferentiableScore _score;
    private readonly OnnxSession _session;
    private readonly string _gradient;

    public IntegratedGradients(DifferentiableScore score, int threads)
    {
        _score = score;
        (_session, var gradients) = score.Open([score.Input], threads);
        _gradient = gradients[score.Input];
    }

    /// <summary>The map, summed over the colours, and by how much its sum misses the difference of the
    /// scores.</summary>
    /// <param name="picture">Planes R, G, B.</param>
    /// <param name="blank">Where the way begins.</param>
    /// <param name="steps">Points of Gauss-Legendre quadrature.</param>
    /// <param name="budget">Who is told and can stop it.</param>
    public (float[] Map, double Score, double Error) Explain(float[] picture, float[] blank, ImageSpec spec, int steps,
        ScoreBudget budget)
    {
        var (points, weights) = GaussLegendre(steps);
        var sums = new double[picture.Length];
        using var batch = _session.CreateBatch(_score.Batch);
        var size = _score.Batch;
        double[] ends = [.. Run(batch, i => i == 0 ? 1 : 0)[..Math.Min(2, size)]];
        if (size == 1)
            ends = [ends[0], Run(batch, _ => 0)[0]];
        for (var start = 0; start < steps; start += size)
        {
            budget.Cancel.ThrowIfCancellationRequested();
            var rows = Math.Min(size, steps - start);
            Run(batch, i => points[start + Math.Min(i, rows - 1)]);
            var gradient = batch.Output<float>(_gradient);
            for (var i = 0; i < rows; i++)
            {
                var one = gradient.Slice(i * picture.Length, picture.Length);
                for (var j = 0; j < one.Length; j++)
                    sums[j] += weights[start + i] * one[j];
            }
            budget.Progress?.Report(new("integrated gradients", start + rows, steps, "steps"));
        }
        var map = new float[spec.Width * spec.Height];
        double total = 0, gradientSize = 0;
        for (var j = 0; j < sums.Length; j++)
        {
            var part = sums[j] * (picture[j] - blank[j]);
            map[j % map.Length] += (float)part;
            total += part;
            gradientSize += Math.Abs(sums[j]);
        }
        if (gradientSize == 0)
            throw new FaceBiasException(
                $"The gradient of {_score.Explained} by the pixels is zero everywhere, as behind a rounded or chosen "
                    + "value; use a method that needs the model's answers alone: lime, kernelshap, occlusion or rise.");
        var difference = ends[0] - ends[1];
        return (map, ends[0], difference == 0 ? Math.Abs(total) : Math.Abs(total - difference) / Math.Abs(difference));

        float[] Run(OnnxBatch b, Func<int, double> along)
        {
            var input = b.Input<float>(_score.Input);
            for (var i = 0; i < size; i++)
            {
                var share = (float)along(i);
                var row = input.Slice(i * picture.Length, picture.Length);
                for (var j = 0; j < row.Length; j++)
                    row[j] = blank[j] + share * (picture[j] - blank[j]);
            }
            b.Run();
            return b.Output<float>(DifferentiableScore.Score).ToArray();
        }
    }

    public void Dispose() => _session.Dispose();

    /// <summary>Points and weights of Gauss-Legendre quadrature on 0..1 (Newton's method on the Legendre
    /// polynomial).</summary>
    internal static (double[] Points, double[] Weights) GaussLegendre(int n)
    {
        var (points, weights) = (new double[n], new double[n]);
        for (var i = 0; i < n; i++)
        {
            double x = Math.Cos(Math.PI * (i + 0.75) / (n + 0.5)), slope = 1;
            for (var round = 0; round < 100; round++)
            {
                double p0 = 1, p1 = x;
                for (var k = 2; k <= n; k++)
                    (p0, p1) = (p1, ((2 * k - 1) * x * p1 - (k - 1) * p0) / k);
                slope = n == 1 ? 1 : n * (x * p1 - p0) / (x * x - 1);
                var step = p1 / slope;
                x -= step;
                if (Math.Abs(step) < 1e-15)
                    break;
            }
            (points[n - 1 - i], weights[n - 1 - i]) = ((1 + x) / 2, 1 / ((1 - x * x) * slope * slope));
        }
        return (points, weights);
    }
}
