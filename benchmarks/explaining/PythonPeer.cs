using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using FaceBias.Core.Explaining.Methods;
using FaceBias.Core.Explaining.Scoring;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Imaging;
using FaceBias.Core.Prediction;
using FaceBias.Onnx.Graphs;

namespace FaceBias.Benchmarks.Explaining;

/// <summary>Grad-CAM beside PyTorch, and LIME end to end beside the Python package, on ResNet-18 and one
/// picture.</summary>
internal static class PythonPeer
{
    private const string Python = "/usr/bin/python3";

    private const string Network = "resnet18";

    /// <param name="lime">A folder with the package lime (github.com/marcotcr/lime); null compares Grad-CAM
    /// alone.</param>
    /// <param name="rounds">Interleaved pairs of LIME.</param>
    /// <param name="samples">Changed pictures of each.</param>
    public static int Run(string? lime, int rounds, int samples)
    {
        var folder = Directory.CreateTempSubdirectory("facebias-explaining-").FullName;
        var top = int.Parse(Start("cam", folder, Network).Trim().Split('\n')[^1], CultureInfo.InvariantCulture);
        float[] Read(string name) =>
            MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Path.Combine(folder, name))).ToArray();
        var (picture, cam) = (Read("picture.bin"), Read("cam.bin"));
        var spec = new ImageSpec(224, 224);
        var model = OnnxFile.Read(Path.Combine(folder, $"{Network}.onnx"));
        var classes = new CategoricalOutput("scores", [.. Enumerable.Range(0, 1000).Select(i => $"{i}")]);
        using (var explainer = new GradientExplainer(new(model, "scores", classes), spec,
            new() { Method = ExplanationMethod.GradCam }))
        {
            var ours = explainer.Explain(picture, top).Layer!;
            var largest = cam.Zip(ours.Values).Max(p => Math.Abs(p.First - p.Second));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"Grad-CAM of {Network}, {ours.Width} x {ours.Height} before scaling: largest difference to PyTorch "
                    + $"{largest:0.0e0}, largest value {cam.Max():0.0000}, relative {largest / cam.Max():0.0e0}"));
        }

        if (lime is null)
        {
            Console.WriteLine("LIME is not compared: name the folder of its package.");
            Directory.Delete(folder, recursive: true);
            return 0;
        }
        // Probabilities of a softmax, as LIME explains them, on the whole machine: one thread per batch.
        var g = new GraphBuilder(model.Clone());
        g.Graph.Output.Clear();
        g.Output(g.Add("Softmax", ["scores"], [("axis", 1L)], "probabilities"), TensorProto.Types.DataType.Float, "N",
            1000);
        using var predictor = OnnxPredictor.OfGraph(g.Model, Network,
            [PredictorOutput.Of(classes with { Name = "probabilities" })], spec, new() { Threads = 1 });
        var score = ExplainedScore.Of(predictor, null, $"{top}");
        var ratios = new List<double>();
        for (var round = 0; round < rounds; round++)
        {
            var clock = Stopwatch.StartNew();
            var explanation = Explainer.Explain(score, picture.Select(MathF.Floor).ToArray(),
                new() { Method = ExplanationMethod.Lime, Samples = samples, Seed = round });
            var mine = clock.Elapsed.TotalSeconds;
            var theirs = Start("lime", folder, Network, lime, $"{samples}").Trim().Split('\n')[^1].Split(' ');
            var seconds = double.Parse(theirs[0], CultureInfo.InvariantCulture);
            ratios.Add(seconds / mine);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"LIME on {Network}, {samples:N0} samples, end to end: {mine:0.0} s here with {explanation.Segments!.Count} superpixels, "
                    + $"{seconds:0.0} s in Python with {theirs[1]}, ratio {ratios[^1]:0.0}"));
        }
        Console.WriteLine(
            string.Create(CultureInfo.InvariantCulture,
                $"median ratio of {rounds}: {ratios.Order().ElementAt(rounds / 2):0.0}"));
        Directory.Delete(folder, recursive: true);
        return 0;
    }

    private static string Start(params string[] arguments)
    {
        using var process =
            Process.Start(new ProcessStartInfo(Python,
                [Path.Combine(AppContext.BaseDirectory, "peer.py"), .. arguments])
                    { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException(error.Result);
    }
}
