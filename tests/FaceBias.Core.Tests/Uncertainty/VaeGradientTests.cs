using System.Numerics.Tensors;
using FaceBias.Core.Uncertainty.Representation;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Training;

namespace FaceBias.Core.Tests.Uncertainty;

/// <summary>ELBO and gradients against PyTorch in float64 ('benchmarks/uncertainty/vae_torch.py goldens'): of every
/// parameter the sum of the gradient and its norm.</summary>
public class VaeGradientTests
{
    // A step of SGD moves a parameter by the rate times its gradient; a large rate keeps the gradient's digits.
    private const double Rate = 1000;

    [Fact]
    public void Features()
    {
        var options = new VaeOptions { Latents = 3, Hidden = 4 };
        var (mean, scale) = (new float[5], new float[5]);
        Array.Fill(scale, 1f);
        var shapes = FeatureVae.Layers(5, options).SelectMany(l => l.Parameters).ToArray();
        using var session = new TrainingSession(FeatureVae.Build(5, 6, (mean, scale), options, 1), "loss",
            [.. shapes.Select(s => s.Name)], new Sgd());
        // Weights and biases in turn; PyTorch's script makes them in this order, row-major [in, out].
        var before = shapes.Select((s, k) => (s.Name, Values: Formula(s.Dims, k, 0.3))).ToDictionary(p => p.Name,
            p => p.Values);
        session.SetParameters(before);
        Formula([6, 5], 0.5, 1).CopyTo(session.Input<float>("features"));
        Formula([6, 3], 0.7, 1).CopyTo(session.Input<float>(VaeTerms.Noise));
        Assert.Equal(0.307337732, session.Step(Rate), 1e-5);
        (double Sum, double Norm)[] goldens =
        [
            (0.017725960, 0.022590733), (0.014184053, 0.031047083), (-0.021695005, 0.020058867),
            (-0.059234907, 0.070037738), (0.008615017, 0.011187349),
            (0.021210753, 0.037705132), (0.003176321, 0.081646574), (0.040905667, 0.032199493),
            (0.010349647, 0.035096637), (0.013189879, 0.119074928),
        ];
        Check(session, [.. shapes.Select(s => s.Name)], before, goldens);
    }

    [Fact]
    public void Pictures()
    {
        var options = new PixelVaeOptions { Latents = 3, Filters = 2 };
        var (model, parameters) = PixelVae.Build(options, 4, 2);
        using var session = new TrainingSession(model, "loss", parameters, new Sgd(),
            new TrainingSessionOptions { BatchNorm = BatchNormMode.Training });
        var dims = model.Graph.Initializer.ToDictionary(t => t.Name, t => t.Dims.ToArray());
        // PyTorch's dense weights are [out, in].
        var before = parameters.Select(
            (name, k) => (name, Values: dims[name] is [var from, var to]
                ? Transposed(Formula([to, from], k, 0.1), (int)to, (int)from) : Formula(dims[name], k, 0.1)))
            .ToDictionary(p => p.name, p => p.Values);
        session.SetParameters(before);
        var pixels = session.Input<float>("pixels");
        Formula([4, 3, 64, 64], 0.3, 1).CopyTo(pixels);
        foreach (ref var p in pixels)
            p = 127.5f + 127.5f * p;
        new long[] { 0, 1, 1, 0 }.CopyTo(session.Input<long>("labels"));
        new float[] { 0, 1, 1, 0 }.CopyTo(session.Input<float>("vae.weights"));
        Formula([4, 3], 0.7, 1).CopyTo(session.Input<float>(VaeTerms.Noise));
        Assert.Equal(1.352156271, session.Step(Rate), 1e-4);
        (double Sum, double Norm)[] goldens =
        [
            (0.009205986, 0.073716001), (0.000702683, 0.007518311), (0.026246923, 0.051993834),
            (-0.029697829, 0.021019797), (0.585237313, 0.205309008),
            (-0.330874665, 0.233557132), (-0.092539387, 0.063234477), (0.002380013, 0.094281638),
            (-0.036031309, 0.193540844), (-0.131688422, 0.341984552),
            (-0.033379292, 0.116085541), (-0.043074915, 0.088298267), (0.433290699, 0.415936835),
            (-0.308146941, 0.425386114), (0.033007928, 0.087170203),
            (-0.003477466, 0.049798263), (3.681721708, 0.686618057), (2.881501408, 0.508692319), (0, 0.461972709),
            (0, 0.352133379), (-0.012108939, 0.001294019),
            (-0.000643461, 0.001073614), (0.005816117, 0.000447752), (0.000308976, 0.000371456),
            (0.000000609, 0.000006391), (-0.000000615, 0.000002256),
            (-0.000044919, 0.000016356), (0.000011981, 0.000011940), (0.000011638, 0.000019031),
            (0.000016202, 0.000170474), (-0.005108098, 0.000764300),
            (-0.006974906, 0.006974906), (-0.494563357, 0.058518391), (-0.864257812, 0.511140375),
        ];
        Check(session, parameters, before, goldens);
    }

    private static void Check(TrainingSession session, IReadOnlyList<string> names, Dictionary<string, float[]> before,
        (double Sum, double Norm)[] goldens)
    {
        Assert.Equal(goldens.Length, names.Count);
        for (var i = 0; i < goldens.Length; i++)
        {
            double[] gradient =
                [.. before[names[i]].Zip(session.GetParameter(names[i]), (b, a) => (b - (double)a) / Rate)];
            var norm = TensorPrimitives.Norm<double>(gradient);
            Assert.True(Math.Abs(norm - goldens[i].Norm) <= 2e-3 * goldens[i].Norm + 1e-8,
                $"{names[i]}: {norm} instead of {goldens[i].Norm}");
            // Of a sum much is lost where its parts cancel.
            Assert.True(Math.Abs(gradient.Sum() - goldens[i].Sum) <= 3e-3 * goldens[i].Norm * Math.Sqrt(gradient.Length)
                + 1e-8, $"{names[i]}: sum {gradient.Sum()} instead of {goldens[i].Sum}");
        }
    }

    private static float[] Formula(long[] dims, double k, double scale) =>
        [.. Enumerable.Range(0, (int)dims.Aggregate(1L, (a, b) => a * b))
            .Select(i => (float)(scale * Math.Sin(1.7 * i + k)))];

    private static float[] Transposed(float[] values, int rows, int columns) =>
        [.. Enumerable.Range(0, values.Length).Select(i => values[i % rows * columns + i / rows])];
}
