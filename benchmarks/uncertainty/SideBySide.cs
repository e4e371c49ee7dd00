using System.Globalization;
using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Uncertainty;
using FaceBias.Core.Uncertainty.LastLayers;

namespace FaceBias.Benchmarks.Uncertainty;

/// <summary>Calibration error, log-loss and AURC of probabilities by one network, an ensemble, Laplace, dropout and
/// temperature.</summary>
internal static class SideBySide
{
    public static void Run(string run, int seeds)
    {
        using var world = RunWorld.Of(run);
        string[] arms = ["one network", "ensemble of 3", "laplace", "mc-dropout, 20 passes", "temperature",
            "laplace, then temperature"];
        string[] targets = ["gender", "race", "age"];
        var results = new Dictionary<(string Arm, string Target), List<double[]>>();
        for (var s = 0; s < seeds; s++)
        {
            UncertainModel Model(int members)
            {
                var options = new TrainOptions { Seed = (ulong)s + 7, Members = members };
                var trained = world.Train(world.Rows.Train, targets, options);
                return new(trained.Graph, trained.Outputs, world.Rows with { Seed = options.Seed });
            }

            var one = Model(1);
            var trained = Peak();
            var laplace = one.With(Laplace.LastLayer());
            if (s == 0)
                Console.WriteLine(
                    string.Create(CultureInfo.InvariantCulture,
                        $"Peak memory of the process: {trained:N0} MB after the training of the heads, {Peak():N0} MB "
                            + $"after Laplace ({Peak() / trained:0.00} times).\n"));
            var dropout = one.With(new McDropout());
            Add(0, one, "", "");
            Add(1, Model(3).With(new Ensemble()), "", "_uncertainty_ensemble");
            Add(2, laplace, "_laplace", "_uncertainty_laplace");
            Add(3, dropout, "_mc-dropout", "_uncertainty_mc-dropout");
            Add(4, one.With(new Temperature()), "", "");
            Add(5, one.With(Laplace.LastLayer() with { ReplaceProbabilities = true }).With(new Temperature()), "",
                "_uncertainty_laplace");

            void Add(int arm, UncertainModel model, string probabilities, string score)
            {
                foreach (var target in model.Targets)
                    if (Judge(world, model, target, probabilities, score) is { } judged)
                        (results.TryGetValue((arms[arm], target.Name), out var list) ? list
                            : results[(arms[arm], target.Name)] = []).Add(judged);
            }
        }
        Console.WriteLine(
            $"Mean of {seeds} seeds on {world.Test.Count:N0} test rows. Calibration error: of the largest "
                + $"probability, 15 bins of equal width. AURC: of 1 less the largest probability; for age of the "
                + $"epistemic standard deviation, with the absolute error as the risk.\n");
        Console.WriteLine("| target | arm | accuracy / MAE | calibration error | log-loss | AURC |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (var target in targets)
            foreach (var arm in arms)
                if (results.TryGetValue((arm, target), out var list))
                    Console.WriteLine(
                        $"| {target} | {arm} | " + string.Join(" | ",
                            Enumerable.Range(0, 4).Select(
                                i => double.IsNaN(list[0][i]) ? ""
                                    : list.Average(l => l[i]).ToString("0.0000", CultureInfo.InvariantCulture)))
                                    + " |");
    }

    private static double Peak()
    {
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return process.PeakWorkingSet64 / 1e6;
    }

    private static double[]? Judge(RunWorld world, UncertainModel model, OutputSpec output, string probabilities,
        string score)
    {
        var labels = world.Labels(output.Name);
        int[] test = [.. world.Test.Where(r => !labels.IsMissing(r))];
        if (output is CategoricalOutput c)
        {
            var k = c.Classes.Count;
            var p = model.Run(test, output.Name + probabilities)[0];
            var (right, confidence, loss) = (new double[test.Length], new double[test.Length], 0.0);
            for (var i = 0; i < test.Length; i++)
            {
                var row = p.AsSpan(i * k, k);
                var top = System.Numerics.Tensors.TensorPrimitives.IndexOfMax<float>(row);
                (right[i], confidence[i]) = (top == labels.Codes[test[i]] ? 1 : 0, row[top]);
                loss -= Math.Log(row[labels.Codes[test[i]]] + 1e-12) / test.Length;
            }
            return [right.Average(), CalibrationError(confidence, right), loss,
                Aurc([.. confidence.Select(v => 1 - v)], [.. right.Select(r => 1 - r)])];
        }
        if (score.Length == 0)
            return null;
        var values = model.Run(test, output.Name, output.Name + score);
        double[] errors = [.. test.Select((r, i) => Math.Abs(values[0][i] - labels.Values[r]))];
        return [errors.Average(), double.NaN, double.NaN, Aurc([.. values[1].Select(v => (double)v)], errors)];
    }

    private static double CalibrationError(double[] confidence, double[] right) =>
        Enumerable.Range(0, confidence.Length).GroupBy(i => Math.Min(14, (int)(15 * confidence[i])))
        .Sum(bin => Math.Abs(bin.Sum(i => confidence[i] - right[i]))) / confidence.Length;

    /// <summary>Mean risk over coverages, most certain first, ties together.</summary>
    private static double Aurc(double[] uncertainty, double[] risk)
    {
        double sum = 0, area = 0;
        var seen = 0;
        foreach (var tie in Enumerable.Range(0, risk.Length).GroupBy(i => uncertainty[i]).OrderBy(g => g.Key))
        {
            var count = tie.Count();
            (sum, seen) = (sum + tie.Sum(i => risk[i]), seen + count);
            area += sum / seen * count;
        }
        return area / risk.Length;
    }
}
