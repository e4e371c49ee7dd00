using FaceBias.Auditing;
using FaceBias.Core.Search.Spaces;
using FaceBias.Core.Search.Studies;
using FaceBias.Core.Search.Trials;
using FaceBias.Primitives.Randomness;

namespace FaceBias.Core.Tests.Sweeps;

/// <summary>Functions by which optimizers are compared, with the value of their minimum.</summary>
internal sealed record TestFunction(string Name, SearchSpace Space, Func<TrialContext, double> Value, double Minimum)
{
    public static IReadOnlyList<TestFunction> All { get; } = [Branin(), Hartmann6(), Conditional(), Noisy()];

    /// <summary>Three equal minima of 0.397887.</summary>
    public static TestFunction Branin() => new("Branin", new([Number("x", -5, 10), Number("y", 0, 15)]), t =>
        BraninAt(t.Configuration.Number("x"), t.Configuration.Number("y")), 0.397887);

    /// <summary>Six parameters, minimum -3.32237.</summary>
    public static TestFunction Hartmann6()
    {
        double[] alpha = [1, 1.2, 3, 3.2];
        double[,] a = { { 10, 3, 17, 3.5, 1.7, 8 }, { 0.05, 10, 17, 0.1, 8, 14 }, { 3, 3.5, 1.7, 10, 17, 8 },
            { 17, 8, 0.05, 10, 0.1, 14 } };
        double[,] p =
        {
            { 0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886 }, { 0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991 },
            { 0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650 }, { 0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381 },
        };
        return new("Hartmann-6", new(Enumerable.Range(0, 6).Select(i => Number($"x{i}", 0, 1))), t =>
        {
            var sum = 0.0;
            for (var i = 0; i < 4; i++)
            {
                var inner = 0.0;
                for (var j = 0; j < 6; j++)
                    inner += a[i, j] * Math.Pow(t.Configuration.Number($"x{j}") - p[i, j], 2);
                sum -= alpha[i] * Math.Exp(-inner);
            }
            return sum;
        }, -3.32237);
    }

    /// <summary>A choice of three models with parameters of their own; only one leads to the minimum of 0.</summary>
    public static TestFunction Conditional() => new("conditional", new(
    [
        new ChoiceParameter("model", ["line", "bowl", "valley"]) { Default = 0 },
        Number("slope", -1, 1) with { When = [new("model", [0])] },
        Number("u", -5, 5) with { When = [new("model", [1])] },
        Number("v", -5, 5) with { When = [new("model", [1, 2])] },
        new NumberParameter("rate", 1e-4, 1, Log: true) { Default = 0.01, When = [new("model", [2])] },
    ]), t =>
    {
        var c = t.Configuration;
        return c.Text("model") switch
        {
            "line" => 2 + Math.Abs(c.Number("slope")),
            "bowl" => 1 + (Math.Pow(c.Number("u") - 1, 2) + Math.Pow(c.Number("v") + 2, 2)) / 10,
            _ => Math.Pow(Math.Log10(c.Number("rate")) + 2.5, 2) + Math.Pow(c.Number("v") - 3, 2) / 5,
        };
    }, 0);

    /// <summary>Branin with normal noise of deviation 5; what counts is the value without it.</summary>
    public static TestFunction Noisy() => Branin() with { Name = "noisy" };

    /// <summary>The noise-free value of the best trial by what the study saw.</summary>
    public double Best(StudyOptions options, int trials = 60)
    {
        var study = Study.Run(options with { Space = Space, Trials = trials }, t =>
        {
            var value = Value(t);
            var noise = Name == "noisy" ? 5 * new RandomSource(options.Seed).Stream("noise", t.Number).NextNormal() : 0;
            return new TrialResult { Losses = [value + noise], Metrics = new() { Average = value } };
        });
        return TrialOrder.Best(study)!.Metrics.Average!.Value;
    }

    private static NumberParameter Number(string name, double low, double high) =>
        new(name, low, high) { Default = (low + high) / 2 };

    private static double BraninAt(double x, double y) =>
        Math.Pow(y - 5.1 / (4 * Math.PI * Math.PI) * x * x + 5 / Math.PI * x - 6, 2)
            + 10 * (1 - 1 / (8 * Math.PI)) * Math.Cos(x) + 10;
}
