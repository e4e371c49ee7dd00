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
    private const string HiddenName = "mve.hidden";
    private const int Hidden = 128, Draws = 8;
    private const float Dropout = 0.5f, InputDropout = 0.4f;

    public string Name => "mve";

    public void AddTo(UncertainModel model)
    {
        var scaling = HeadLayers.Of(model.Heads, Name).Scaling;
        var training = new SideTraining(model.Rows, model.Targets.Select(t => t.Name), Name);
        var scales = training.Targets.ToDictionary(t => t.Output.Name, t => Scale(t, model.Rows.Train));
        var layers = Layers(scaling.Mean.Length, model.Targets).ToArray();
        var parameters = training.Run(Training(training, scaling, layers, scales, model.Rows.Seed),
            [.. layers.SelectMany(l => l.Parameters).Select(p => p.Name)], (session, rows) =>
        {
            var input = session.Input<float>(BackboneMetadata.Features);
            for (var i = 0; i < rows.Length; i++)
                model.Rows.Features(rows.Span[i]).CopyTo(input[(i * model.Rows.Width)..]);
        }, (session, _) => Draw(session, training.Targets, model.Rows.Seed));

        var g = new GraphBuilder(model.Heads);
        foreach (var tensor in layers.SelectMany(l => l.Trained(parameters)))
            g.Initializer(tensor);
        var hidden = g.Add("Relu",
            DenseLayer.Add(g, RowMath.Scaled(g, BackboneMetadata.Features, scaling), HiddenName));
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
        SideTraining training, (float[] Mean, float[] Scale) scaling, DenseLayer[] layers,
        Dictionary<string, (double Mean, double Deviation)> scales, ulong seed)
    {
        var g = new GraphBuilder("mve");
        g.Input(BackboneMetadata.Features, DataType.Float, training.Batch, scaling.Mean.Length);
        // Log-variances begin around 0: as much noise as the labels vary.
        foreach (var tensor in layers.SelectMany(l => l.Normal(seed, beforeRelu: l.Name == HiddenName)))
            g.Initializer(tensor);
        var x = g.Add("Dropout", RowMath.Scaled(g, BackboneMetadata.Features, scaling), g.Constant(InputDropout));
        var hidden = g.Add("Dropout", g.Add("Relu", DenseLayer.Add(g, x, HiddenName)), g.Constant(Dropout));
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

    private static (string Mean, string Log) Heads(GraphBuilder g, string hidden, string target) =>
        (DenseLayer.Add(g, hidden, MeanName(target)), DenseLayer.Add(g, hidden, LogName(target)));

    private static string MeanName(string target) => $"mve.{target}.mean";

    private static string LogName(string target) => $"mve.{target}.log";

    private static IEnumerable<DenseLayer> Layers(int width, IReadOnlyList<OutputSpec> targets) =>
    [
        new(HiddenName, width, Hidden),
        .. from target in targets
           from name in new[] { MeanName(target.Name), LogName(target.Name) }
           select new DenseLayer(name, Hidden, PredictionColumns.Width(target)),
    ];

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
