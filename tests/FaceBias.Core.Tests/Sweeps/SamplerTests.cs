using FaceBias.Core.Search.Samplers;
using FaceBias.Core.Search.Spaces;
using FaceBias.Core.Search.Studies;
using FaceBias.Core.Search.Trials;

namespace FaceBias.Core.Tests.Sweeps;

public class SamplerTests
{
    private const int Seeds = 30;

    public static TheoryData<string> Functions => [.. TestFunction.All.Select(f => f.Name)];

    [Theory]
    [MemberData(nameof(Functions))]
    public void Tpe_and_cost_frugal_search_beat_random_search_at_60_trials_in_the_median_of_30_seeds(string name)
    {
        var function = TestFunction.All.Single(f => f.Name == name);
        var random = Median(function, () => new RandomSampler());
        Assert.True(Median(function, () => new TpeSampler()) < random);
        Assert.True(Median(function, () => new CostFrugalSampler()) < random);
    }

    [Fact]
    public void A_cost_frugal_search_begins_with_the_cheapest_and_stays_near_it_while_that_pays()
    {
        // Cost rises with n; quality is best at a fifth of the range.
        var space = new SearchSpace([new NumberParameter("n", 1, 1000, Log: true) { Default = 1000, Cheapest = 1 },
            new NumberParameter("x", 0, 1) { Default = 0.5 }]);
        TrialResult Measure(TrialContext t) =>
            new() { Losses =
                [Math.Pow(Math.Log10(t.Configuration.Number("n")) - 0.6, 2)
                    + Math.Pow(t.Configuration.Number("x") - 0.4, 2)] };
        double Cost(ISampler sampler) =>
            Study.Run(new StudyOptions { Space = space, Sampler = sampler, Trials = 20 }, Measure)
                .Sum(t => t.Configuration.Number("n"));
        Assert.Equal(space.Cheapest,
            Study.Run(new StudyOptions { Space = space, Sampler = new CostFrugalSampler(), Trials = 1 },
                Measure)[0].Configuration);
        Assert.True(Cost(new CostFrugalSampler()) < 0.5 * Cost(new RandomSampler()));
    }

    [Fact]
    public void Genetic_search_covers_more_of_the_frontier_than_random_search()
    {
        // Both losses are small only for small y; along x one is traded for the other.
        var space = new SearchSpace(
            Enumerable.Range(0, 6).Select(i => new NumberParameter($"x{i}", 0, 1) { Default = 0.5 }));
        TrialResult Measure(TrialContext t)
        {
            var g = 1 + Enumerable.Range(1, 5).Sum(i => t.Configuration.Number($"x{i}"));
            var x = t.Configuration.Number("x0");
            return new() { Losses = [x, g * (1 - Math.Sqrt(x / g))] };
        }
        double Volume(ISampler sampler, int seed)
        {
            // Area under the reference (1, 4) that the frontier dominates.
            var front = TrialOrder.Frontier(
                Study.Run(new StudyOptions { Space = space, Sampler = sampler, Trials = 80, Seed = (ulong)seed },
                    Measure));
            double area = 0, above = 4;
            foreach (var t in front)
                (area, above) = (area + (1 - t.Result!.Losses[0]) * (above - Math.Min(above, t.Result.Losses[1])),
                    Math.Min(above, t.Result.Losses[1]));
            return area;
        }
        Assert.True(Enumerable.Range(0, 5).Average(s => Volume(new GeneticSampler(), s)) > Enumerable.Range(0, 5)
            .Average(s => Volume(new RandomSampler(), s)) + 0.1);
    }

    [Fact]
    public void The_functions_have_the_minima_that_are_published()
    {
        Assert.Equal(0.397887, At(TestFunction.Branin(), Math.PI, 2.275), 1e-5);
        Assert.Equal(0.397887, At(TestFunction.Branin(), 9.42478, 2.475), 1e-5);
        Assert.Equal(-3.32237, At(TestFunction.Hartmann6(), 0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573),
            1e-4);
    }

    [Fact]
    public void A_grid_has_every_combination_once_and_then_ends()
    {
        var space = new SearchSpace(
        [
            new ChoiceParameter("a", ["x", "y"]) { Default = 0 },
            new NumberParameter("b", 1, 3, Integer: true) { Default = 1, When = [new("a", [1])] },
            new NumberParameter("c", 0, 1) { Default = 0 },
        ]);
        var trials = Study.Run(new StudyOptions { Space = space, Sampler = new GridSampler(3), Trials = 100 },
            t => new TrialResult { Losses = [0] });
        // a = x leaves b out: 1 x 3; a = y: 3 x 3.
        Assert.Equal(12, trials.Count);
        Assert.Equal(12, trials.Select(t => t.Configuration).Distinct().Count());
        Assert.All(trials, t => Assert.Equal(t.Configuration.Text("a") == "y", t.Configuration.Has("b")));
    }

    [Fact]
    public void The_density_of_the_estimator_integrates_to_one()
    {
        var space = new SearchSpace(
            [new ChoiceParameter("a", ["x", "y", "z"]) { Default = 0 },
                new NumberParameter("b", 0, 1) { Default = 0 }]);
        var estimator = new ParzenEstimator(space, [[0.1, 0.2], [0.9, 0.95], [0.5, 0.0]], [1, 1, 0.5]);
        var sum = 0.0;
        const int steps = 2000;
        for (var a = 0; a < 3; a++)
            for (var i = 0; i < steps; i++)
                sum += Math.Exp(estimator.LogDensity(space.FromPositions([(a + 0.5) / 3, (i + 0.5) / steps]))) / steps;
        Assert.Equal(1, sum, 1e-3);
    }

    [Fact]
    public void Old_trials_weigh_less()
    {
        Assert.All(TpeSampler.Weights(25), w => Assert.Equal(1, w));
        var weights = TpeSampler.Weights(40);
        Assert.Equal(1.0 / 40, weights[0], 1e-12);
        Assert.Equal(weights, weights.Order());
        Assert.All(weights[15..], w => Assert.Equal(1, w));
    }

    private static double Median(TestFunction function, Func<ISampler> sampler)
    {
        var space = function.Space;
        var values = Enumerable.Range(0, Seeds).AsParallel()
            .Select(s => function.Best(new StudyOptions { Space = space, Sampler = sampler(), Seed = (ulong)s }))
            .Order().ToList();
        return (values[Seeds / 2] + values[Seeds / 2 - 1]) / 2;
    }

    private static double At(TestFunction function, params double[] values)
    {
        var next = 0;
        var configuration = function.Space.From(_ => values[next++]);
        return function.Value(new TrialContext(0, configuration, _ => false, CancellationToken.None));
    }
}
