using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Uncertainty;
using FaceBias.Core.Uncertainty.LastLayers;
using FaceBias.Primitives.Randomness;

namespace FaceBias.Core.Tests.Uncertainty;

public class LaplaceTests
{
    [Fact]
    public void Closed_form_probabilities_are_those_of_sampled_logits()
    {
        var world = WrappedRows.One;
        var wrapped = world.Model.With(Laplace.LastLayer());
        var layer = HeadLayers.Of(world.Model.Heads, "test").Last("kind", 0);
        var posterior = Posterior(world, layer);
        var fetched = wrapped.Run(WrappedRows.Test, "kind_laplace", layer.Input, layer.Logits);
        var (k, r) = (3, posterior.EigenvaluesB.Length);
        Assert.Equal(k - 1, r);
        var random = new RandomSource(5).Stream("samples");
        var worst = 0.0;
        for (var row = 0; row < 20; row++)
        {
            var s = LogitVariance(posterior, fetched[1].AsSpan(row * 16, 16));
            var mean = new double[k];
            const int Samples = 4000;
            for (var n = 0; n < Samples; n++)
            {
                var f = new double[k];
                for (var j = 0; j < r; j++)
                {
                    var z = random.NextNormal() * Math.Sqrt(s[j]);
                    for (var i = 0; i < k; i++)
                        f[i] += z * posterior.DirectionsB[i * r + j];
                }
                var e = f.Select((v, i) => Math.Exp(v + fetched[2][row * k + i])).ToArray();
                for (var i = 0; i < k; i++)
                    mean[i] += e[i] / e.Sum() / Samples;
            }
            for (var i = 0; i < k; i++)
                worst = Math.Max(worst, Math.Abs(mean[i] - fetched[0][row * k + i]));
        }
        // The closed form is an approximation, and 4,000 samples have an error of their own of up to 0.008.
        Assert.InRange(worst, 0, 0.03);
    }

    [Fact]
    public void Information_is_that_of_sampled_logits()
    {
        var world = WrappedRows.One;
        var layer = HeadLayers.Of(world.Model.Heads, "test").Last("kind", 0);
        var posterior = Posterior(world, layer);
        var fetched = world.Model.With(Laplace.LastLayer()).Run([500, 501, 502, 503], "kind_uncertainty_laplace",
            layer.Input, layer.Logits);
        var (k, r, random) = (3, posterior.EigenvaluesB.Length, new RandomSource(8).Stream("samples"));
        // The formula is of second order: where logits vary little, it is exact, and information goes with the square
        // of their deviation.
        const double Shrink = 0.2;
        const int Samples = 20_000;
        static double Entropy(double[] p) => -p.Sum(v => v > 0 ? v * Math.Log(v) : 0);
        for (var row = 0; row < 4; row++)
        {
            var s = LogitVariance(posterior, fetched[1].AsSpan(row * 16, 16));
            var (mean, inner) = (new double[k], 0.0);
            for (var n = 0; n < Samples; n++)
            {
                var f = new double[k];
                for (var j = 0; j < r; j++)
                {
                    var z = random.NextNormal() * Math.Sqrt(s[j]) * Shrink;
                    for (var i = 0; i < k; i++)
                        f[i] += z * posterior.DirectionsB[i * r + j];
                }
                var e = f.Select((v, i) => Math.Exp(v + fetched[2][row * k + i])).ToArray();
                var p = e.Select(v => v / e.Sum()).ToArray();
                inner += Entropy(p) / Samples;
                for (var i = 0; i < k; i++)
                    mean[i] += p[i] / Samples;
            }
            Assert.InRange(fetched[0][row] / ((Entropy(mean) - inner) / Shrink / Shrink), 0.9, 1.1);
        }
    }

    [Fact]
    public void Prior_makes_the_evidence_largest()
    {
        double[] a = [0.01, 0.5, 3], b = [2, 40, 100];
        const double Norm = 7.5;
        var prior = LastLayerPosterior.Prior(a, b, Norm);
        double Evidence(double d) =>
            -d / 2 * Norm + 9 / 2.0 * Math.Log(d) - (from x in a from y in b select Math.Log(x * y + d)).Sum() / 2;
        Assert.True(Evidence(prior) > Evidence(prior * 1.02) && Evidence(prior) > Evidence(prior / 1.02), $"{prior}");
        Assert.Equal(1, LastLayerPosterior.Prior(a, b, 0));
    }

    [Fact]
    public void More_rows_make_it_smaller()
    {
        var world = WrappedRows.One;
        var rows = world.Rows;
        UncertainModel With(int count) =>
            new UncertainModel(world.Trained.Graph, world.Trained.Outputs,
                rows with { Train = [.. rows.Train.Take(count)] }).With(Laplace.LastLayer());
        var full = With(400);
        foreach (var name in new[] { "kind_uncertainty_laplace", "age_uncertainty_laplace" })
        {
            var near = full.Run(WrappedRows.Test, name)[0].Average();
            Assert.True(With(60).Run(WrappedRows.Test, name)[0].Average() > near, name);
        }
    }

    [Fact]
    public void Number_has_the_deviation_that_sampled_logits_give_it()
    {
        var world = WrappedRows.One;
        var layer = HeadLayers.Of(world.Model.Heads, "test").Last("age", 0);
        var posterior = Posterior(world, layer);
        var fetched = world.Model.With(Laplace.LastLayer()).Run([500, 501, 502], "age_uncertainty_laplace", layer.Input,
            layer.Logits);
        var values = HeadLayers.Values(world.Trained.Outputs.OfType<Core.Heads.Model.NumericOutput>().Single());
        var (k, r, random) = (values.Length, posterior.EigenvaluesB.Length, new RandomSource(3).Stream("samples"));
        for (var row = 0; row < 3; row++)
        {
            var s = LogitVariance(posterior, fetched[1].AsSpan(row * 16, 16));
            var (sum, squares) = (0.0, 0.0);
            const int Samples = 3000;
            // Shrunk, so that the first-order formula is exact but for sampling: its deviation shrinks by the same
            // factor.
            const double Shrink = 0.05;
            for (var n = 0; n < Samples; n++)
            {
                var f = new double[k];
                for (var j = 0; j < r; j++)
                {
                    var z = random.NextNormal() * Math.Sqrt(s[j]) * Shrink;
                    for (var i = 0; i < k; i++)
                        f[i] += z * posterior.DirectionsB[i * r + j];
                }
                var e = f.Select((v, i) => Math.Exp(v + fetched[2][row * k + i])).ToArray();
                var expectation = e.Zip(values, (p, v) => p * v).Sum() / e.Sum();
                (sum, squares) = (sum + expectation, squares + expectation * expectation);
            }
            var deviation = Math.Sqrt(squares / Samples - sum / Samples * (sum / Samples)) / Shrink;
            Assert.InRange(fetched[0][row] / deviation, 0.92, 1.08);
        }
    }

    [Fact]
    public void Wrapper_leaves_predictions_as_they_are_unless_told_otherwise()
    {
        var world = WrappedRows.Two;
        var before = world.Model.Run(WrappedRows.Test, "kind", "age");
        var wrapped = world.Model.With(Laplace.LastLayer());
        Assert.Equal(before[0], wrapped.Run(WrappedRows.Test, "kind")[0]);
        Assert.Equal(before[1], wrapped.Run(WrappedRows.Test, "age")[0]);
        Assert.Empty(world.Model.Outputs);
        var replaced = world.Model.With(Laplace.LastLayer() with { ReplaceProbabilities = true });
        Assert.Equal(wrapped.Run(WrappedRows.Test, "kind_laplace")[0], replaced.Run(WrappedRows.Test, "kind")[0]);
        Assert.Contains("once", Assert.Throws<FaceBiasException>(() => wrapped.With(Laplace.LastLayer())).Message);
        Assert.Equal(wrapped.Outputs, UncertaintyOutput.Read(wrapped.Heads));
    }

    private static LastLayerPosterior Posterior(WrappedRows world, HeadLayers.Linear layer)
    {
        var values = world.Model.Run(world.Rows.Train, layer.Input, layer.Logits);
        return LastLayerPosterior.Fit(values[0], values[1], layer.Weight, layer.Bias, default);
    }

    /// <summary>The variances of the logits along the eigenvectors, written down a second time.</summary>
    private static double[] LogitVariance(LastLayerPosterior posterior, ReadOnlySpan<float> input)
    {
        var size = posterior.EigenvaluesA.Length;
        var s = new double[posterior.EigenvaluesB.Length];
        for (var i = 0; i < size; i++)
        {
            double along = posterior.DirectionsA[(size - 1) * size + i];
            for (var h = 0; h < size - 1; h++)
                along += input[h] * posterior.DirectionsA[h * size + i];
            for (var j = 0; j < s.Length; j++)
                s[j] += along * along
                    / (posterior.EigenvaluesA[i] * posterior.EigenvaluesB[j] + posterior.PriorPrecision);
        }
        return s;
    }
}
