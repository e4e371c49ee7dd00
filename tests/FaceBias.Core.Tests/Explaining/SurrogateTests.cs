using FaceBias.Core.Explaining.Methods;
using FaceBias.Core.Explaining.Scoring;
using FaceBias.Core.Explaining.Superpixels;
using FaceBias.Primitives.Randomness;

namespace FaceBias.Core.Tests.Explaining;

/// <summary>LIME's and Kernel SHAP's regressions.</summary>
public class SurrogateTests
{
    [Fact]
    public void Limes_weights_are_those_of_scikit_learns_Ridge()
    {
        const int Segments = 37, Samples = 300;
        var lime = new Lime(Samples);
        var rows = lime.Draw(Segments, 5);
        var random = new RandomSource(9).Stream("scores");
        double[] scores = [.. rows.Select(r => 0.3 + 0.2 * r[3] - 0.1 * r[8] * r[9] + 0.05 * random.NextNormal())];
        // Scores go to Python as float32, so here too.
        scores = [.. scores.Select(s => (double)(float)s)];
        var surrogate = Lime.Fit(rows, scores, lime.Weights(rows));
        var theirs = PythonPeer.Run("sklearn.linear_model, sklearn.metrics, numpy", $"""
            x = numpy.fromfile('rows', dtype=numpy.float32).reshape({Samples}, {Segments}).astype(float)
            y = numpy.fromfile('scores', dtype=numpy.float32).astype(float)
            d = sklearn.metrics.pairwise_distances(x, x[:1], metric='cosine').ravel()
            w = numpy.sqrt(numpy.exp(-d ** 2 / .25 ** 2))
            model = sklearn.linear_model.Ridge(alpha=1, fit_intercept=True).fit(x, y, sample_weight=w)
            print(*model.coef_, model.intercept_, model.score(x, y, sample_weight=w), sep='\n')
            """, ("rows", [.. rows.SelectMany(r => r.Select(v => (float)v))]),
            ("scores", [.. scores.Select(s => (float)s)]));
        Assert.All(surrogate.Weights.Append(surrogate.Intercept).Append(surrogate.R2!.Value).Zip(theirs),
            p => Assert.Equal(p.Second, p.First, 6));
    }

    [Fact]
    public void Limes_samples_begin_with_the_whole_picture_and_hide_half_or_as_little_as_asked()
    {
        var rows = new Lime(2000).Draw(50, 1);
        Assert.All(rows[0], v => Assert.Equal(1, v));
        Assert.InRange(rows.Skip(1).Average(r => r.Average()), 0.49, 0.51);
        var near = new Lime(2000, offShare: 0.1).Draw(50, 1);
        Assert.InRange(near.Skip(1).Average(r => r.Average()), 0.93, 0.95);
        var weights = new Lime(2000).Weights(rows);
        // The published kernel hardly tells the samples apart: 1 - sqrt(1/2) away, all of them.
        Assert.InRange(weights.Skip(1).Average(), 0.48, 0.53);
    }

    [Fact]
    public void Shapley_values_of_few_superpixels_are_exact()
    {
        const int M = 7;
        static double Game(double[] r) => 1 + 2 * r[0] + 3 * r[1] * r[2] - 4 * r[3] * r[4] * r[5] + r[6] * r[0];
        var (rows, weights, exact) = new KernelShap(1000).Coalitions(M, 0);
        Assert.True(exact);
        var surrogate = KernelShap.Fit(rows, [.. rows.Select(Game)], weights, Game(new double[M]),
            Game([.. Enumerable.Repeat(1.0, M)]));
        double[] expected = [2.5, 1.5, 1.5, -4.0 / 3, -4.0 / 3, -4.0 / 3, 0.5];
        Assert.All(surrogate.Weights.Zip(expected), p => Assert.Equal(p.Second, p.First, 9));
    }

    [Fact]
    public void Drawn_Shapley_values_add_up_and_come_near()
    {
        const int M = 30;
        static double Game(double[] r) => r.Select((v, i) => v * i / 30.0).Sum() + 2 * r[4] * r[5];
        var (rows, weights, exact) = new KernelShap(2000).Coalitions(M, 0);
        Assert.False(exact);
        double none = Game(new double[M]), all = Game([.. Enumerable.Repeat(1.0, M)]);
        var surrogate = KernelShap.Fit(rows, [.. rows.Select(Game)], weights, none, all);
        Assert.Equal(all - none, surrogate.Weights.Sum(), 9);
        Assert.All(surrogate.Weights.Select((w, i) => Math.Abs(w - (i / 30.0 + (i is 4 or 5 ? 1 : 0)))),
            e => Assert.InRange(e, 0, 0.1));
    }
}
