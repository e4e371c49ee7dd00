using System.Diagnostics;
using System.Globalization;
using FaceBias.Core.Explaining.Methods;
using FaceBias.Core.Explaining.Scoring;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Imaging;
using FaceBias.Core.Prediction;
using FaceBias.Onnx.Graphs;
using FaceBias.Synthesis;

namespace FaceBias.Benchmarks.Explaining;

/// <summary>Images per second of every method on a model that FaceBias trained, on rendered faces.</summary>
internal static class MethodSpeed
{
    public static int Run(string path, int images)
    {
        var model = OnnxFile.Read(path);
        var metadata = ModelMetadata.Read(model, path);
        var target = metadata.Targets[0];
        using var predictor = OnnxPredictor.OfModel(model.Clone(), path, new() { Novelty = false });
        var spec = predictor.Image!;
        var portrait = new FacePortrait(1, Math.Max(spec.Width, spec.Height));
        var decoder = new ImageDecoder();
        Console.WriteLine(
            $"{path}: {target.Name}, {spec.Width} x {spec.Height} pixels, {Environment.ProcessorCount} cores, "
                + $"{images} images");
        Console.WriteLine("| method | changed pictures or steps | images/s |");
        Console.WriteLine("|---|---|---|");
        foreach (var method in Enum.GetValues<ExplanationMethod>())
        {
            var options = new ExplainOptions { Method = method };
            using var gradients = method is ExplanationMethod.IntegratedGradients or ExplanationMethod.GradCam
                ? new GradientExplainer(new(model, target.Name, target), spec, options) : null;
            var pixels = new float[spec.Length];
            var clock = new Stopwatch();
            for (var i = -1; i < images; i++)
            {
                if (decoder.Decode(portrait.Png(i + 1, portrait.Attributes(i + 1)), spec, pixels).Problem is
                    { } problem)
                    throw new InvalidOperationException(problem);
                // The first is not timed: graphs are built and memory is taken.
                if (i >= 0)
                    clock.Start();
                var score = ExplainedScore.Predicted(predictor, target.Name, pixels);
                _ = gradients?.Explain(pixels, score.Column) ?? Explainer.Explain(score, pixels, options);
                clock.Stop();
            }
            var work = method switch { ExplanationMethod.Lime or ExplanationMethod.KernelShap => "1,000",
                ExplanationMethod.Rise => "2,000", ExplanationMethod.Occlusion => "256",
                ExplanationMethod.IntegratedGradients => "50 to 800", _ => "1" };
            Console.WriteLine(
                string.Create(CultureInfo.InvariantCulture,
                    $"| {method.Word()} | {work} | {images / clock.Elapsed.TotalSeconds:0.000} |"));
        }
        return 0;
    }
}
