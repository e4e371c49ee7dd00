using System.Globalization;
using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Imaging;
using FaceBias.Core.Data;
using FaceBias.Core.Prediction;
using FaceBias.Core.Uncertainty;
using FaceBias.Core.Uncertainty.Choosing;
using FaceBias.Onnx.Graphs;
using FaceBias.Primitives.Statistics;

namespace FaceBias.Benchmarks.Uncertainty;

/// <summary>Do novelty scores rank photographs of other things, and faces of another source, against test faces; and
/// whose faces are called 'not a face'?</summary>
internal static class NoveltyProof
{
    public static void Run(string run, string data)
    {
        using var world = RunWorld.Of(run);
        var heads = world.Train(world.Rows.Train, ["gender"], new TrainOptions { Members = 1 });
        var model = UncertaintyWrappers.Parse(["mahalanobis", "knn", "vim"])
            .Aggregate(new UncertainModel(heads.Graph, heads.Outputs, world.Rows), (m, w) => m.With(w));
        string[] names = ["novelty", "uncertainty_knn", "uncertainty_vim"];
        var faces = model.Run(world.Test, names);
        var others = Others(world, model, Path.Combine(data, "nonfaces"), names);
        var lab = Others(world, model, Path.Combine(data, "mit_faces"), names);
        Console.WriteLine(
            $"{world.Test.Count:N0} test faces, {others[0].Length} photographs of other things, {lab[0].Length} faces of the MIT lab\n");
        Console.WriteLine(
            "| score | AUROC, other things against test faces | false alarms at 95% of the other things found | AUROC, lab faces against test faces | lab faces above the limit | test faces above the limit |");
        Console.WriteLine("|---|---|---|---|---|---|");
        for (var n = 0; n < names.Length; n++)
        {
            var cut = others[n].Order().ElementAt((int)(0.05 * others[n].Length));
            double Auroc(float[] of) =>
                RunWorld.Auc([.. of.Concat(faces[n]).Select(v => (double)v)], i => i < of.Length);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {names[n]} | {Auroc(others[n]):0.00000} | {Share(faces[n].Count(v => v >= cut), faces[n].Length)} | {Auroc(lab[n]):0.000} | {Share(lab[n].Count(v => v > 1), lab[n].Length)} | {Share(faces[n].Count(v => v > 1), faces[n].Length)} |"));
        }
        var folder = Path.Combine(data, "nonfaces");
        var named = s_known[folder].Names;
        Console.WriteLine("\nThe other things that look most like faces to 'novelty': "
            + string.Join(", ",
                Enumerable.Range(0, named.Length).OrderBy(i => others[0][i]).Take(5)
                    .Select(i => FormattableString.Invariant($"{named[i]} {others[0][i]:0.00}"))));
        Console.WriteLine(
            "\nWhose faces are above the limit, and above the cut that finds 95% of the other things (percent, 95% Clopper-Pearson)\n");
        Console.WriteLine(
            "| group | faces | " + string.Join(" | ", names.SelectMany(n => new[] { n + " > 1", n + ", at 95%" }))
                + " |");
        Console.WriteLine("|---|---|" + string.Concat(Enumerable.Repeat("---|", 2 * names.Length)));
        foreach (var (column, level) in new[] { ("race", "Asian"), ("race", "Black"), ("race", "Indian"),
            ("race", "Other"), ("race", "White"), ("gender", "female"), ("gender", "male"), ("age", "under 10"),
            ("age", "10 to 60"), ("age", "over 60") })
        {
            var ages = world.Labels("age").Values;
            int[] of = [.. Enumerable.Range(0, world.Test.Count).Where(
                i => column != "age" ? world.Is(world.Test[i], column, level)
                : level switch { "under 10" => ages[world.Test[i]] < 10, "over 60" => ages[world.Test[i]] > 60,
                    _ => ages[world.Test[i]] is >= 10 and <= 60 })];
            Console.WriteLine($"| {column} {level} | {of.Length} | " + string.Join(" | ", names.SelectMany((_, n) =>
            {
                var cut = others[n].Order().ElementAt((int)(0.05 * others[n].Length));
                return new[] { Share(of.Count(i => faces[n][i] > 1), of.Length),
                    Share(of.Count(i => faces[n][i] >= cut), of.Length) };
            })) + " |");
        }
    }

    private static string Share(int count, int of)
    {
        var interval = Interval.ClopperPearson(count, of, 0.95);
        return string.Create(CultureInfo.InvariantCulture,
            $"{100.0 * count / of:0.0} ({100 * interval.Low:0.0} to {100 * interval.High:0.0})");
    }

    private static readonly Dictionary<string, (float[][] Features, int[] Read, string[] Names)> s_known = [];

    private static IReadOnlyList<float[]> Others(RunWorld world, UncertainModel model, string folder, string[] names)
    {
        if (!s_known.TryGetValue(folder, out var known))
            s_known[folder] = known = Features(world, folder);
        return new UncertainModel(model.Heads, model.Targets,
            world.Rows with { Features = i => known.Features[i] }).Run(known.Read, names);
    }

    private static (float[][] Features, int[] Read, string[] Names) Features(RunWorld world, string folder)
    {
        using var predictor = OnnxPredictor.OfModel(world.Run.Model.Clone(), world.Run.Path,
            new() { Features = true, Uncertainty = false, Novelty = false });
        var files = ImageFolder.List([folder]).Files;
        var output = predictor.Outputs.ToList().FindIndex(o => o.Name == PredictorOutput.Features);
        var features = new float[files.Count][];
        var failures = ImagePredictions.Run(predictor, files, (rows, values) =>
        {
            for (var i = 0; i < rows.Length; i++)
                features[rows[i]] = values[output].AsSpan(i * world.Rows.Width, world.Rows.Width).ToArray();
        });
        int[] read = [.. Enumerable.Range(0, files.Count).Where(i => !failures.ContainsKey(i))];
        return (features, read, [.. read.Select(i => files[i].Id)]);
    }
}
