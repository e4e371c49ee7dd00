using System.Globalization;
using FaceBias.Core.Search.Pruners;
using FaceBias.Core.Search.Samplers;
using FaceBias.Core.Search.Studies;
using FaceBias.Core.Tests.Sweeps;

// Samplers on standard functions: the median over seeds of how far the best of 60 trials is from the minimum.
var seeds = args is ["functions", var s] ? int.Parse(s, CultureInfo.InvariantCulture) : 30;
(string Name, Func<ISampler> New)[] samplers =
[
    ("random", () => new RandomSampler()), ("tpe", () => new TpeSampler()), ("cfo", () => new CostFrugalSampler()),
    ("nsga2", () => new GeneticSampler()),
];
Console.WriteLine($"| function | {string.Join(" | ", samplers.Select(x => x.Name))} |");
Console.WriteLine($"|---|{string.Concat(samplers.Select(_ => "---|"))}");
foreach (var function in TestFunction.All)
{
    var cells = samplers.Select(sampler =>
    {
        var regrets = Enumerable.Range(0, seeds).AsParallel().Select(seed =>
            function.Best(new StudyOptions { Space = function.Space, Sampler = sampler.New(), Seed = (ulong)seed })
                - function.Minimum).Order().ToList();
        return ((regrets[seeds / 2] + regrets[(seeds - 1) / 2]) / 2).ToString("0.000", CultureInfo.InvariantCulture);
    });
    Console.WriteLine($"| {function.Name} | {string.Join(" | ", cells)} |");
}

// Pruners on learning curves: epochs to reach the best of 60 whole trials of random search, as a share of theirs.
Console.WriteLine("\n| pruner | share of the epochs, median |\n|---|---|");
foreach (var (name, pruner) in new (string, IPruner)[]
    { ("asha", new HalvingPruner(minimum: 1, factor: 3)), ("median", new MedianPruner()), ("none", new NoPruner()) })
{
    var shares = Enumerable.Range(0, seeds).AsParallel().Select(seed => LearningCurves.ShareOfEpochs(pruner, seed))
        .Order().ToList();
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {shares[seeds / 2]:0.00} |"));
}
