using System.Globalization;
using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Uncertainty;
using FaceBias.Core.Uncertainty.Choosing;
using FaceBias.Primitives.Randomness;
using FaceBias.Primitives.Tables;

namespace FaceBias.Benchmarks.Uncertainty;

/// <summary>Do aleatoric scores rank planted label noise? In training, labels of one part of the images are made noisy:
/// gender is flipped with probability 0.4, age gets noise of 15 years. The scores rank test images of that part against
/// the others; and, with their noisy labels, flipped test images against the others by the label's own
/// log-loss.</summary>
internal static class LabelNoise
{
    public static void Run(string run, int seeds)
    {
        using var world = RunWorld.Of(run);
        string[] scores = ["gender_uncertainty_mve", "age_uncertainty_mve", "gender_uncertainty_ensemble_aleatoric",
            "age_uncertainty_ensemble_aleatoric"];
        Console.WriteLine($"AUC of noisy against other test images, mean of {seeds} seeds\n");
        Console.WriteLine(
            "| noise planted in | gender, mve | age, mve | gender, ensemble's aleatoric part | age, ensemble's "
                + "aleatoric part | flipped labels by the mean of -ln p(label) |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (var (name, has) in new (string, Func<int, bool>)[]
        {
            ("race Black", r => world.Is(r, "race", "Black")), ("race Asian", r => world.Is(r, "race", "Asian")),
            ("race Indian", r => world.Is(r, "race", "Indian")),
            ("over 60", r => world.Labels("age").Values[r] > 60), ("under 10", r => world.Labels("age").Values[r] < 10),
        })
        {
            double[][] aucs = [.. Enumerable.Range(0, seeds).Select(s => One(world, has, s, scores))];
            Console.WriteLine(
                $"| {name} | " + string.Join(" | ",
                    Enumerable.Range(0, scores.Length + 1).Select(
                        i => aucs.Average(a => a[i]).ToString("0.000", CultureInfo.InvariantCulture))) + " |");
        }
    }

    private static double[] One(RunWorld world, Func<int, bool> noisy, int seed, string[] scores)
    {
        var random = new RandomSource(seed).Counter("planted noise");
        var (gender, age) = (world.Labels("gender"), world.Labels("age"));
        bool Flips(int r) => noisy(r) && random.Uniform(2 * (ulong)r) < 0.4;
        int[] codes = [.. gender.Codes.Select((c, r) => c >= 0 && Flips(r) ? 1 - c : c)];
        double[] ages = [
            .. age.Values.Select(
                (v, r) => noisy(r) ? Math.Max(0, Math.Round(v + 15 * random.Normal((ulong)r + 1_000_000))) : v)];
        Target[] labels = [Target.Of("gender", gender.Classes, codes), Target.Of("age", ages)];
        var rows = world.Rows with { Targets = labels, Seed = (ulong)seed + 7 };
        var options = new TrainOptions { Seed = (ulong)seed + 7 };
        var trained = HeadTrainer.Train(rows.Features, rows.Width, rows.Train, rows.Validation,
            [.. labels.Select(t => TrainingTarget.Create(t, rows.Train, options))], options);
        var model = UncertaintyWrappers.Parse(["mve", "ensemble"]).Aggregate(
            new UncertainModel(trained.Graph, trained.Outputs, rows), (m, w) => m.With(w));
        var values = model.Run(world.Test, [.. scores, "gender"]);
        var p = values[^1];
        return [.. values.Take(scores.Length).Select(
            v => RunWorld.Auc([.. v.Select(x => (double)x)], i => noisy(world.Test[i]))),
            RunWorld.Auc([.. world.Test.Select((r, i) => codes[r] < 0 ? 0 : -Math.Log(p[2 * i + codes[r]] + 1e-12))],
                i => Flips(world.Test[i]))];
    }
}
