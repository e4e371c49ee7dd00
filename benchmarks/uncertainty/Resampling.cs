using System.Globalization;
using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Uncertainty;
using FaceBias.Core.Uncertainty.Resampling;
using FaceBias.Primitives.Statistics;

namespace FaceBias.Benchmarks.Uncertainty;

/// <summary>Does adaptive resampling narrow the gap of a group that is thinned to 5% of training? Against three
/// controls: none, the same weights shuffled among images, and the inverse frequency of the group, which knows it. Same
/// seeds, same thinning: differences are paired.</summary>
internal static class Resampling
{
    private static readonly (string Name, ResampleOptions? Options)[] s_arms =
    [
        ("none", null),
        ("vae", new()),
        ("vae, with reconstruction", new() { Reconstruction = true }),
        ("shuffled weights", new() { Rule = ResampleRule.Shuffled }),
        ("inverse frequency (oracle)", new() { Rule = ResampleRule.InverseFrequency, Group = "rare" }),
    ];

    public static void Run(string run, int seeds, int most)
    {
        using var world = RunWorld.Of(run);
        Console.WriteLine(
            $"Gender, one network; a group thinned to 5% of training; "
                + $"{(most < world.Rows.Train.Count ? $"{most:N0} training rows; " : "")}{world.Test.Count:N0} test "
                + $"rows; {seeds} seeds, each with another thinning. Gap: accuracy of the others less that of the "
                + $"group, in points. Differences from 'none', paired by seed, with 95% t intervals.\n");
        Console.WriteLine(
            "| group | arm | accuracy | gap | gap, difference from none | accuracy, difference from none |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (var (name, has) in RareGroup.Groups().Where(
            g => g.Name is "race Black" or "race Asian" or "girls under 18"))
            One(world, name, has(world), seeds, most);
    }

    private static void One(RunWorld world, string name, Func<int, bool> of, int seeds, int most)
    {
        var results = s_arms.Select(_ => (Accuracy: new double[seeds], Gap: new double[seeds])).ToArray();
        for (var s = 0; s < seeds; s++)
        {
            var train = world.Thinned(of, RareGroup.Share, s, most);
            for (var a = 0; a < s_arms.Length; a++)
            {
                var options = new TrainOptions { Seed = (ulong)s + 7, Members = 1 };
                var trained = world.TrainWith(train, ["gender"], options, s_arms[a].Options, of);
                (results[a].Accuracy[s], results[a].Gap[s]) =
                    Judge(world, new UncertainModel(trained.Graph, trained.Outputs, world.Rows), of);
            }
        }
        for (var a = 0; a < s_arms.Length; a++)
        {
            var (accuracy, gap) = results[a];
            string Against(double[] mine, double[] none) =>
                a == 0 ? "" : Show(PairedTest.Of([.. mine.Zip(none, (m, n) => m - n)]));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {name} | {s_arms[a].Name} | {accuracy.Average():0.0} | {gap.Average():0.0} | "
                    + $"{Against(gap, results[0].Gap)} | {Against(accuracy, results[0].Accuracy)} |"));
        }
    }

    private static (double Accuracy, double Gap) Judge(RunWorld world, UncertainModel model, Func<int, bool> of)
    {
        var labels = world.Labels("gender");
        int[] test = [.. world.Test.Where(r => !labels.IsMissing(r))];
        var p = model.Run(test, "gender")[0];
        var right = test.Select((r, i) => (p[2 * i + 1] > p[2 * i] ? 1 : 0) == labels.Codes[r] ? 100.0 : 0).ToArray();
        return (right.Average(), right.Where((_, i) => !of(test[i])).Average()
            - right.Where((_, i) => of(test[i])).Average());
    }

    private static string Show(PairedTest test) =>
        $"{Signed(test.Mean)} ({Signed(test.Low)} to {Signed(test.High)})";

    // A negative number that rounds to zero has no sign.
    private static string Signed(double points) =>
        (Math.Round(points, 1) + 0.0).ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture);
}
