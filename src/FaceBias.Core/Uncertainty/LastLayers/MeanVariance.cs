using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Heads.Model;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using FaceBias.Onnx.Training;
using FaceBias.Primitives.Randomness;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Core.Uncertainty.LastLayers;

/// <summary>Mean-variance estimation: a network beside the heads that predicts, for every row, how noisy its label is
/// (aleatoric). Numbers: mean and log-variance s by the Gaussian likelihood, (s + (y - m)² e^-s) / 2 (Nix and Weigend
/// 1994). Classes: means f and log-variances of logits, by the likelihood of the average softmax over noisy logits f +
/// σε (Kendall and Gal 2017), several draws per step, since one, as CAPSA draws, learns the noise of the
/// draw.</summary>
internal sealed record MeanVariance : IUncertaintyWrapper
{
    private const int Hidden = 128, Draws = 8;
    private const float Dropout = 0.5f, InputDropout = 0.4f;

    public string Name => "mve";

    public void AddTo(UncertainModel model)
    {
        var scaling = HeadLayers.Of(model.Heads, Name).Scaling;
        var training = new SideTraining(model.Rows, model.Targets.Select(t => t.Name), Name);
        var scales = training.Targets.ToDictionary(t => t.Output.Name, t => Scale(t, model.Rows.Train));
        var shapes = Shapes(scaling.Mean.Length, model.Targets).ToArray();
        var parameters = training.Run(Training(training, scaling, shapes, scales, model.Rows.Seed),
            [.. shapes.Select(s => s.Name)], (session, rows) =>
        {
            var input = session.Input<float>(BackboneMetadata.Features);
            for (var i = 0; i < rows.Length; i++)
                model.Rows.Features(rows.Span[i]).CopyTo(input[(i * model.Rows.Width)..]);
        }, (session, _) => Draw(session, training.Targets, model.Rows.Seed));

        var g = new GraphBuilder(model.Heads);
        foreach (var (name, dims) in shapes)
            g.Initializer(Tensors.Float(name, parameters[name], dims));
        var hidden = g.Add("Relu", g.Add("Gemm", Scaled(g, scaling), "mve.hidden.weight", "mve.hidden.bias"));
        foreach (var target in model.Targets)
        {
            var (mean, log) = Heads(g, hidden, target.Name);
            var output = UncertaintyOutput.NameOf(target.Name, Name);
            if (target is CategoricalOutput c)
            {
                var k = c.Classes.Count;
                var unit = new float[k * k];
                for (var i = 0; i < k; i++)
                    unit[i * k + i] = 1;
                var softened = SoftenedSoftmax.Add(g, mean, g.Add("Exp", log), unit, k);
                model.AddOutput(
                    new(output, target.Name, 1, Name, UncertaintyKind.Aleatoric,
                        "Entropy, in nats, of the probabilities under the predicted noise of the logits."),
                    RowMath.Entropy(g, softened, k));
            }
            else if (target is NumericOutput n)
            {
                var deviation = g.Add("Mul", g.Add("Exp", g.Add("Mul", log, g.Constant([0.5f], 1, 1))),
                    g.Constant([(float)scales[n.Name].Deviation], 1, 1));
                model.AddOutput(
                    new(output, target.Name, 1, Name, UncertaintyKind.Aleatoric,
                        $"Predicted standard deviation{(n.Unit is { } unit ? $" in {unit}" : "")} of the label."),
                        deviation);
            }
        }
    }

    private static ModelProto Training(
        SideTraining training, (float[] Mean, float[] Scale) scaling, (string Name, long[] Dims)[] shapes,
        Dictionary<string, (double Mean, double Deviation)> scales, ulong seed)
    {
        var g = new GraphBuilder("mve");
        g.Input(BackboneMetadata.Features, DataType.Float, training.Batch, scaling.Mean.Length);
        foreach (var (name, dims) in shapes)
        {
            // Log-variances begin at 0: as much noise as the labels vary.
            g.Initializer(dims.Length == 1 ? Initialisation.Constant(name, 0, dims)
                : name.StartsWith("mve.hidden", StringComparison.Ordinal) ? Initialisation.He(name, seed, dims[0], dims)
                    : Initialisation.Xavier(name, seed, dims[0], dims[1], dims));
        }
        var x = g.Add("Dropout", Scaled(g, scaling), g.Constant(InputDropout));
        var hidden = g.Add("Dropout", g.Add("Relu", g.Add("Gemm", x, "mve.hidden.weight", "mve.hidden.bias")),
            g.Constant(Dropout));
        var losses = training.Targets.Select(t =>
        {
            var name = t.Output.Name;
            var weights = g.Input(name + ".weights", DataType.Float, training.Batch);
            var (mean, log) = Heads(g, hidden, name);
            if (t.Output is NumericOutput n)
            {
                g.Input(name + ".distribution", DataType.Float, training.Batch, n.Bins);
                var value = g.Input(name + ".value", DataType.Float, training.Batch, 1);
                var (middle, deviation) = scales[name];
                var standard = g.Add("Mul", g.Add("Sub", value, g.Constant([(float)middle], 1, 1)),
                    g.Constant([(float)(1 / deviation)], 1, 1));
                return (Losses.GaussianNegativeLogLikelihood(g, mean, log, standard, weights),
                    1.0 / training.Targets.Count);
            }
            var label = g.Input(name + ".label", DataType.Int64, training.Batch);
            return (NoisyCrossEntropy(g, name, mean, log, label, HeadGraph.Logits(t.Output), weights, training.Batch),
                1.0 / training.Targets.Count);
        }).ToArray();
        g.Output(g.Add("Identity", [Losses.Combine(g, losses)], [], TargetLosses.Loss), DataType.Float);
        return g.Model;
    }

    /// <summary>-ln of the label's probability, averaged over draws of noisy logits.</summary>
    private static string NoisyCrossEntropy(GraphBuilder g, string name, string mean, string log, string label, int k,
        string weights, int batch)
    {
        var deviation = g.Add("Exp", g.Add("Mul", log, g.Constant(0.5f)));
        var draws = Enumerable.Range(0, Draws).Select(d => HeadLayers.Softmax(
            g, g.Add("Add", mean, g.Add("Mul", deviation, g.Input(Noise(name, d), DataType.Float, batch, k)))))
            .ToArray();
        var truth = g.Add("OneHot", label, g.Constant((long)k), g.Constant([0f, 1f], 2));
        var likelihood = g.Add("ReduceSum", [g.Add("Mul", truth, HeadLayers.Mean(g, draws)), g.Constant(1L)],
            [("keepdims", 0L)]);
        return Losses.Mean(g, g.Add("Neg", g.Add("Log", g.Add("Add", likelihood, g.Constant(1e-7f)))), weights);
    }

    private static void Draw(TrainingSession session, IReadOnlyList<TrainingTarget> targets, ulong seed)
    {
        foreach (var target in targets.Where(t => t.Output is CategoricalOutput))
            for (var d = 0; d < Draws; d++)
            {
                var random = new RandomSource(seed).Counter(
                    FormattableString.Invariant($"mve {target.Output.Name} {d} {session.StepCount}"));
                var noise = session.Input<float>(Noise(target.Output.Name, d));
                for (var i = 0; i < noise.Length; i++)
                    noise[i] = (float)random.Normal((ulong)i);
            }
    }

    private static string Noise(string target, int draw) => $"{target}.noise.{draw}";

    private static string Scaled(GraphBuilder g, (float[] Mean, float[] Scale) scaling) => g.Add("Mul",
        g.Add("Sub", BackboneMetadata.Features, g.Constant(scaling.Mean, 1, scaling.Mean.Length)),
        g.Constant(scaling.Scale, 1, scaling.Scale.Length));

    private static (string Mean, string Log) Heads(GraphBuilder g, string hidden, string target) =>
        (g.Add("Gemm", hidden, $"mve.{target}.mean.weight", $"mve.{target}.mean.bias"),
            g.Add("Gemm", hidden, $"mve.{target}.log.weight", $"mve.{target}.log.bias"));

    private static IEnumerable<(string Name, long[] Dims)> Shapes(int width, IReadOnlyList<OutputSpec> targets)
    {
        yield return ("mve.hidden.weight", [width, Hidden]);
        yield return ("mve.hidden.bias", [Hidden]);
        foreach (var target in targets)
        {
            var outputs = PredictionColumns.Width(target);
            foreach (var part in new[] { "mean", "log" })
            {
                yield return ($"mve.{target.Name}.{part}.weight", [Hidden, outputs]);
                yield return ($"mve.{target.Name}.{part}.bias", [outputs]);
            }
        }
    }

    /// <summary>Mean and deviation of a number's labels.</summary>
    private static (double Mean, double Deviation) Scale(TrainingTarget target, IReadOnlyList<int> train)
    {
        if (target.Output is not NumericOutput)
            return (0, 1);
        double[] values = [.. train.Where(i => !target.IsMissing(i)).Select(i => target.Values[i])];
        var mean = values.Average();
        return (mean, Math.Sqrt(values.Average(v => (v - mean) * (v - mean))));
    }
}
