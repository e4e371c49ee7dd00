using System.Diagnostics;
using System.Globalization;
using FaceBias.Core.Explaining.Methods;
using FaceBias.Core.Explaining.Reliability;
using FaceBias.Core.Explaining.Scoring;
using FaceBias.Core.Prediction;
using FaceBias.Onnx.Graphs;

namespace FaceBias.Benchmarks.Explaining;

/// <summary>Does every method put the badge first, does it not on random weights, and does its map change with the
/// weights?</summary>
internal static class BadgeProof
{
    private const int Side = 64;

    private static readonly ExplanationMethod[] s_methods =
        [ExplanationMethod.Lime, ExplanationMethod.KernelShap, ExplanationMethod.Occlusion, ExplanationMethod.Rise,
            ExplanationMethod.IntegratedGradients, ExplanationMethod.GradCam];

    public static int Run(int images)
    {
        var faces = new BadgeFaces(Side);
        var (trained, accuracy) = BadgeModel.Train(faces, 1600, 16);
        Console.WriteLine(
            string.Create(CultureInfo.InvariantCulture,
                $"model trained on 1,600 rendered faces of {Side} pixels; accuracy on 500 others {accuracy:0.000}; "
                    + $"{images} explained; 500 samples, 1,000 masks"));
        var random = BadgeModel.Random(Side, 99);
        Console.WriteLine(
            "| method | badge first | random weights: badge first | rank correlation after randomising 1, 2, 3, all "
                + "layers from the top | eMPRT | completeness error, largest | images/s |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var method in s_methods)
        {
            var clock = Stopwatch.StartNew();
            var maps = Explain(trained, faces, method, images);
            var rate = images / clock.Elapsed.TotalSeconds;
            var chance = Explain(random, faces, method, images);
            var cascade = WeightRandomisation.Cascade(trained, 3).ToList();
            var few = Math.Min(images, 8);
            var correlations = cascade.Select(c => Explain(c.Model, faces, method, few).Zip(maps).Select(p =>
                Ranks.Correlation([.. p.First.Map.Select(v => (double)Math.Abs(v))],
                    [.. p.Second.Map.Select(v => (double)Math.Abs(v))]) ?? 0).Average()).ToList();
            var full = Explain(cascade[^1].Model, faces, method, few);
            var rise = full.Zip(maps).Average(
                p => WeightRandomisation.Entropy(p.Second.Map) is > 0 and var h
                    ? (WeightRandomisation.Entropy(p.First.Map) - h) / h : 0);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {method.Word()} | {maps.Count(m => m.First) * 100.0 / images:0}% | "
                    + $"{chance.Count(m => m.First) * 100.0 / images:0}% | "
                    + $"{string.Join(", ", correlations.Select(c => c.ToString("0.00", CultureInfo.InvariantCulture)))} | {rise:+0.00;-0.00} | {(method == ExplanationMethod.IntegratedGradients ? maps.Max(m => m.Error ?? 0).ToString("0.0000", CultureInfo.InvariantCulture) : "–")} | {rate:0.0} |"));
        }
        return 0;
    }

    private static List<(bool First, float[] Map, double? Error)> Explain(ModelProto model, BadgeFaces faces,
        ExplanationMethod method, int images)
    {
        using var predictor = OnnxPredictor.OfGraph(model.Clone(), "badge", [PredictorOutput.Of(BadgeModel.Target)],
            faces.Spec, new() { Threads = 1 });
        // A badge of one colour on superpixels of one colour: hiding it by its own mean would hide nothing, so the
        // picture's mean is taken.
        var options = new ExplainOptions { Method = method, Superpixels = SuperpixelMethod.Grid, Segments = 64,
            Fill = HiddenFill.PictureMean, Window = 0.1875, Seed = 1,
            Samples = method == ExplanationMethod.Rise ? 1000 : 500 };
        using var gradients = method is ExplanationMethod.IntegratedGradients or ExplanationMethod.GradCam
            ? new GradientExplainer(new(model, BadgeModel.Target.Name, BadgeModel.Target), faces.Spec, options) : null;
        var results = new List<(bool, float[], double?)>();
        var pixels = new float[faces.Spec.Length];
        for (var i = 0; i < images; i++)
        {
            var (label, x, y) = faces.Draw(i, pixels);
            Explanation explanation;
            try
            {
                explanation = gradients?.Explain(pixels, label)
                    ?? Explainer.Explain(ExplainedScore.Of(predictor, null, BadgeModel.Target.Classes[label]), pixels,
                        options);
            }
            catch (FaceBiasException)
            {
                // A constant answer, as random weights may give: nothing is put first.
                results.Add((false, new float[Side * Side], null));
                continue;
            }
            results.Add((IsFirst(explanation.Map, x, y), explanation.Map, explanation.CompletenessError));
        }
        return results;
    }

    /// <summary>Whether, of all windows of the badge's size, the one with the most relevance has its centre on the
    /// badge.</summary>
    private static bool IsFirst(float[] map, int badgeX, int badgeY)
    {
        const int Size = BadgeFaces.Badge;
        var (best, bestX, bestY) = (double.NegativeInfinity, 0, 0);
        for (var y = 0; y <= Side - Size; y += 2)
        {
            for (var x = 0; x <= Side - Size; x += 2)
            {
                double sum = 0;
                for (var j = y; j < y + Size; j++)
                    for (var i = x; i < x + Size; i++)
                        sum += map[j * Side + i];
                if (sum > best)
                    (best, bestX, bestY) = (sum, x, y);
            }
        }
        return Math.Abs(bestX - badgeX) <= Size / 2 && Math.Abs(bestY - badgeY) <= Size / 2;
    }
}
