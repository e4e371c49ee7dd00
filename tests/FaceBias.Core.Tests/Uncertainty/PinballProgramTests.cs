using FaceBias.Core.Uncertainty.Conformal;
using FaceBias.Primitives.Randomness;
using FaceBias.Primitives.Statistics;

namespace FaceBias.Core.Tests.Uncertainty;

/// <summary>The linear programme of overlapping groups against another solver, its own special cases and its
/// guarantee.</summary>
public class PinballProgramTests
{
    /// <summary>By HiGHS: benchmarks/uncertainty/conformal_peer.py prints them.</summary>
    [Theory]
    [InlineData(120, 1, 0.8, 0.5298539432, 0.9073670655, 0.6369648515, 1.0156403266, 1.4472504158, 1.7799952896)]
    [InlineData(120, 1, 0.9, 0.6210445829, 0.9569585077, 1.0313787338, 1.3689425615, 1.6963905699, 1.9561758721)]
    [InlineData(40, 7, 0.8, 0.6265100358, 0.9209525059, 0.950346843, 1.295211927, 0.822846046, 1.1677111299)]
    [InlineData(40, 7, 0.9, 0.6265100358, 1.5979448895, 1.0138529592, 1.9852878129, 1.4998384295, 1.7942808997)]
    public void Cutoffs_are_those_of_another_solver(int n, long seed, double level, params double[] expected)
    {
        var rows = Rows(n, seed);
        double[][] patterns = [.. Enumerable.Range(0, 6).Select(p => Indicators(p / 2, p % 2))];
        double[][] scores =
            [.. Enumerable.Range(0, 6).Select(
                p => rows.Where(r => r.A == p / 2 && r.B == p % 2).Select(r => r.Score).Order().ToArray())];
        var program = new PinballProgram(patterns, scores, level);
        for (var p = 0; p < 6; p++)
            Assert.Equal(expected[p], program.Cutoff(patterns[p]), 1e-8);
    }

    [Theory]
    [InlineData(9)]
    [InlineData(19)]
    [InlineData(57)]
    [InlineData(8)]
    public void One_group_gives_the_order_statistic(int n)
    {
        var random = new RandomSource(3).Stream("scores", n);
        var scores = new double[n];
        for (var i = 0; i < n; i++)
            scores[i] = Math.Floor(random.NextDouble() * 20);
        Array.Sort(scores);
        Assert.Equal(ConformalQuantile.Of(scores, 0.9), new PinballProgram([[1]], [scores], 0.9).Cutoff([1]));
    }

    [Fact]
    public void Disjoint_groups_give_the_order_statistic_of_each()
    {
        var random = new RandomSource(5).Stream("scores");
        var scores = new double[4][];
        for (var g = 0; g < 4; g++)
        {
            scores[g] = new double[5 + (30 * g)];
            for (var i = 0; i < scores[g].Length; i++)
                scores[g][i] = random.NextDouble() * (g + 1);
            Array.Sort(scores[g]);
        }
        double[] Indicators(int g) => [.. Enumerable.Range(0, 4).Select(k => k == g ? 1.0 : 0)];
        var program = new PinballProgram([.. Enumerable.Range(0, 4).Select(Indicators)], scores, 0.9);
        for (var g = 0; g < 4; g++)
            Assert.Equal(ConformalQuantile.Of(scores[g], 0.9), program.Cutoff(Indicators(g)));
        Assert.Equal(double.PositiveInfinity, program.Cutoff(Indicators(0))); // 5 rows are fewer than 9
    }

    /// <summary>Coverage of each group lies in [level, level + groups / rows of the group], over fresh calibrations
    /// (theorem 2 of Gibbs et al.; 17 groups here, of which two overlap in every row). Scores are tied, as whole ages
    /// are.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Overlapping_groups_are_covered_within_their_bounds(bool whole)
    {
        const int N = 400, Repeats = 150, Tests = 200;
        const double Level = 0.8;
        var (covered, counted, sizes) = (new double[5], new double[5], new double[5]);
        for (var repeat = 0; repeat < Repeats; repeat++)
        {
            var random = new RandomSource(11).Stream("overlap", repeat);
            (int A, int B, double Score) Draw()
            {
                int a = random.NextDouble() < 0.2 ? 0 : 1 + random.NextInt(2),
                    b = random.NextDouble() < (a == 0 ? 0.8 : 0.4) ? 1 : 0;
                var score = Math.Abs(random.NextNormal()) * (1 + a + (2 * b));
                return (a, b, whole ? Math.Floor(score * 3) : score);
            }
            var rows = Enumerable.Range(0, N).Select(_ => Draw()).ToArray();
            var seen = rows.GroupBy(r => (r.A, r.B)).ToArray();
            var program = new PinballProgram([.. seen.Select(p => Indicators(p.Key.A, p.Key.B))],
                [.. seen.Select(p => p.Select(r => r.Score).Order().ToArray())], Level);
            var cutoff = seen.ToDictionary(p => p.Key, p => program.Cutoff(Indicators(p.Key.A, p.Key.B)));
            for (var i = 0; i < Tests; i++)
            {
                var (a, b, score) = Draw();
                foreach (var g in new[] { a, 3 + b })
                    (covered[g], counted[g]) = (covered[g] + (score <= cutoff[(a, b)] + 1e-9 ? 1 : 0), counted[g] + 1);
            }
            for (var g = 0; g < 5; g++)
                sizes[g] += rows.Count(r => g < 3 ? r.A == g : r.B == g - 3) / (double)Repeats;
        }
        for (var g = 0; g < 5; g++)
        {
            var (mean, error) =
                (covered[g] / counted[g], 4 * Math.Sqrt(0.16 * ((1 / counted[g]) + (1 / (sizes[g] * Repeats)))));
            Assert.True(mean > Level - error, $"group {g}: {mean}");
            Assert.True(whole || mean < Level + (5 / sizes[g]) + error, $"group {g}: {mean}");
        }
    }

    private static double[] Indicators(int a, int b)
    {
        var indicators = new double[6];
        indicators[0] = indicators[1 + a] = indicators[4 + b] = 1;
        return indicators;
    }

    /// <summary>The rows of conformal_peer.py.</summary>
    private static (int A, int B, double Score)[] Rows(int n, long seed)
    {
        var x = seed;
        double Draw() => (x = ((x * 1103515245) + 12345) % 2147483648) / 2147483648.0;
        return [.. Enumerable.Range(0, n).Select(_ =>
        {
            double first = Draw(), second = Draw(), third = Draw();
            int a = (int)(Math.Pow(first, 1.5) * 3), b = (int)(second * 2);
            return (a, b, third * (1 + (0.5 * a)) * (b == 1 ? 1 : 0.7));
        })];
    }
}
