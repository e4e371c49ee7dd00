using System.Runtime.InteropServices;
using System.Text.Json;
using FaceBias.Core.Explaining;
using FaceBias.Core.Explaining.Methods;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Imaging;
using FaceBias.Core.Prediction;
using FaceBias.Core.Explaining.Scoring;
using FaceBias.Onnx.Graphs;
using FaceBias.Synthesis;

namespace FaceBias.Benchmarks.Explaining;

/// <summary>A model with its heat map, a picture, and explain's map of it, for another runtime to compare
/// (emitted.mjs).</summary>
internal static class EmittedMap
{
    public static int Run(string path, string folder)
    {
        Directory.CreateDirectory(folder);
        var model = OnnxFile.Read(path);
        var metadata = ModelMetadata.Read(model, path);
        var target = metadata.Targets[0];
        var spec = metadata.Input.ToSpec();
        Write("trained", new(model, target.Name, target), metadata.Input.Name);
        // A linear head on the mean of the last maps, of which the map is one convolution.
        var badge = BadgeModel.Random(64, 3);
        spec = new(64, 64);
        Write("linear", new(badge, BadgeModel.Target.Name, BadgeModel.Target), "pixels");
        return 0;

        void Write(string name, GraphAnswer answer, string input)
        {
            var (extended, what) = ActivationMapModel.Extend(answer);
            OnnxFile.Write(extended, Path.Combine(folder, $"{name}.onnx"));
            var portrait = new FacePortrait(2, Math.Max(spec.Width, spec.Height));
            var pixels = new float[spec.Length];
            if (new ImageDecoder().Decode(portrait.Png(0, portrait.Attributes(0)), spec, pixels).Problem is { } problem)
                throw new InvalidOperationException(problem);
            using var predictor = OnnxPredictor.OfGraph(answer.Model.Clone(), name,
                [PredictorOutput.Of(answer.Target!)], spec);
            var column = ExplainedScore.Predicted(predictor, null, pixels).Column;
            using var explainer = new GradientExplainer(answer, spec, new() { Method = ExplanationMethod.GradCam });
            var map = explainer.Explain(pixels, column).Layer!;
            File.WriteAllBytes(Path.Combine(folder, $"{name}.picture.bin"),
                MemoryMarshal.AsBytes<float>(pixels).ToArray());
            File.WriteAllText(Path.Combine(folder, $"{name}.json"),
                JsonSerializer.Serialize(new { input, spec.Width, spec.Height, column, map = map.Values,
                    linear = what.StartsWith("class activation", StringComparison.Ordinal) },
                    JsonSerializerOptions.Web));
            Console.WriteLine($"{name}: {what}");
        }
    }
}
