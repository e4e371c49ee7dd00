using System.Globalization;
using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Uncertainty;
using FaceBias.Core.Uncertainty.Choosing;

namespace FaceBias.Benchmarks.Uncertainty;

/// <summary>Does the representation score rank a group that is rare in training as rare? Groups are thinned to 5% of
/// the training rows; the score is that of test rows, which were not thinned.</summary>
internal static class RareGroup
{
    public const double Share = 0.05;

    public static IEnumerable<(string Name, Func<RunWorld, Func<int, bool>> Has)> Groups()
    {
        foreach (var race in new[] { "Asian", "Black", "Indian", "White" })
            yield return ($"race {race}", w => r => w.Is(r, "race", race));
        yield return ("girls under 18", w => r => w.Is(r, "gender", "female") && w.Labels("age").Values[r] < 18);
        yield return ("boys under 18", w => r => w.Is(r, "gender", "male") && w.Labels("age").Values[r] < 18);
        yield return ("women over 60", w => r => w.Is(r, "gender", "female") && w.Labels("age").Values[r] > 60);
        yield return ("men over 60", w => r => w.Is(r, "gender", "male") && w.Labels("age").Values[r] > 60);
    }

    public static void Run(string run, int seeds)
    {
        using var world = RunWorld.Of(run);
        string[] wrappers = ["histogram-vae", "histogram", "mahalanobis", "knn"];
        Console.WriteLine(
            $"AUC of the thinned group against the others among {world.Test.Count:N0} test rows, mean of {seeds} "
                + $"seeds, in brackets the same group not thinned\n");
        Console.WriteLine(
            "| group, 5% of training | representation (VAE) | reconstruction (VAE) | representation (hidden layer) | "
                + "Mahalanobis | k-NN |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (var (name, has) in Groups())
        {
            var of = has(world);
            double[][] thinned =
                [.. Enumerable.Range(0, seeds).Select(
                    s => Scores(world, world.Thinned(of, Share, s), s, wrappers, of))];
            var whole = Scores(world, world.Rows.Train, 0, wrappers, of);
            Console.WriteLine(
                $"| {name} | " + string.Join(" | ",
                    whole.Select((w, i) => string.Create(CultureInfo.InvariantCulture,
                        $"{thinned.Average(t => t[i]):0.000} ({w:0.000})"))) + " |");
        }
    }

    private static double[] Scores(RunWorld world, IReadOnlyList<int> train, int seed, string[] wrappers,
        Func<int, bool> of)
    {
        var heads = world.Train(train, ["gender", "age", "race"],
            new TrainOptions { Seed = (ulong)seed + 7, Members = 1 });
        var model = new UncertainModel(heads.Graph, heads.Outputs,
            world.Rows with { Train = train, Seed = (ulong)seed + 7 });
        model = UncertaintyWrappers.Parse(wrappers).Aggregate(model, (m, w) => m.With(w));
        string[] outputs = ["uncertainty_representation", "uncertainty_reconstruction", "uncertainty_histogram",
            "novelty", "uncertainty_knn"];
        return [.. model.Run(world.Test, outputs).Select(
            v => RunWorld.Auc([.. v.Select(x => (double)x)], i => of(world.Test[i])))];
    }
}
