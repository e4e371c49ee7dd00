using FaceBias.Core.Heads.Methods;
using FaceBias.Core.Search.Spaces;
using FaceBias.Primitives.Randomness;

namespace FaceBias.Workflows.Mitigate;

/// <summary>A comparison as a study: the space is a choice of the method, one of the seed, and under each method its
/// own hyperparameters; the trials are for every method and seed the published settings and then random ones.</summary>
internal sealed class ComparisonPlan
{
    private const string MethodName = "method", SeedName = "seed";

    private readonly IReadOnlyList<MitigationMethod> _methods;

    /// <param name="methods">Methods that can be used on the data.</param>
    /// <param name="options">Seeds, trials, and what is not searched.</param>
    public ComparisonPlan(IReadOnlyList<MitigationMethod> methods, MitigationRunOptions options)
    {
        _methods = methods;
        string[] seeds = [.. Enumerable.Range(1, options.Seeds).Select(s => s.ToString(CultureInfo.InvariantCulture))];
        Space = new(
        [
            new ChoiceParameter(MethodName, [.. methods.Select(m => m.Name)]) { Default = 0 },
            new ChoiceParameter(SeedName, seeds) { Default = 0 },
            .. methods.SelectMany(
                (m, i) => m.Space.Zip(m.SpaceUnder(MethodName, i),
                    (own, named) => Searched(own.Name, named, options.Fixed))),
        ]);
        Trials = [.. (from method in Enumerable.Range(0, methods.Count)
                      from seed in Enumerable.Range(1, options.Seeds)
                      from trial in Enumerable.Range(0, options.Trials)
                      select Draw(method, seed, trial)).Distinct()];
    }

    public SearchSpace Space { get; }

    /// <summary>Distinct configurations, method by method and seed by seed.</summary>
    public IReadOnlyList<Configuration> Trials { get; }

    /// <summary>What a configuration stands for.</summary>
    public (MitigationMethod Method, ulong Seed, Settings Settings) Read(Configuration c)
    {
        var method = _methods[(int)c.Number(MethodName)];
        return (method, (ulong)c.Number(SeedName) + 1, Settings.Of(method, c));
    }

    /// <summary>Draws depend on seed, method, name and trial alone: further methods or trials change none.</summary>
    private Configuration Draw(int method, int seed, int trial) => Space.From(p =>
        p.Name == MethodName ? method
        : p.Name == SeedName ? seed - 1
        : trial == 0 ? p.Default
        : p.At(new RandomSource(seed).Stream($"{_methods[method].Name}/{p.Name[(_methods[method].Name.Length + 1)..]}",
            trial).NextDouble()));

    /// <summary>A hyperparameter, or the one value that it is to have. Three digits are enough for a random
    /// search.</summary>
    private static Parameter Searched(string name, Parameter p, IReadOnlyDictionary<string, double> fixedValues) =>
        fixedValues.TryGetValue(name, out var value)
            ? new ChoiceParameter(p.Name, [value.ToString("R", CultureInfo.InvariantCulture)])
                { Default = 0, When = p.When }
            : p is NumberParameter n ? n with { Digits = 3 } : p;
}
