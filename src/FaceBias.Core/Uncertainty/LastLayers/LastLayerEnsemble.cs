using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Heads.Model;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using FaceBias.Onnx.Training;
using FaceBias.Primitives.Randomness;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Core.Uncertainty.LastLayers;

/// <summary>Several last layers on one hidden layer, where they disagree. The loss of a last layer has one minimum, so
/// members that differ by their first weights alone would end as the same: each weighs the training rows by its own
/// exponential draws (the Bayesian bootstrap, Rubin 1981; Newton and Raftery 1994).</summary>
internal sealed record LastLayerEnsemble : IUncertaintyWrapper
{
    public string Name => "last-layer-ensemble";

    public int Members { get; init; } = 5;

    public void AddTo(UncertainModel model)
    {
        OptionRule.Require(Members is >= 2 and <= 100, "the members of a last-layer ensemble must be from 2 to 100",
            Members);
        var input = HeadLayers.Of(model.Heads, Name).Last(model.Targets[0].Name, 0).Input;
        var rows = model.Rows;
        var training = new SideTraining(rows, model.Targets.Select(t => t.Name), Name);
        int[] used = [.. rows.Train, .. rows.Validation];
        var place = new Dictionary<int, int>();
        for (var i = 0; i < used.Length; i++)
            place[used[i]] = i;
        var hidden = model.Run(used, input)[0];
        var width = hidden.Length / used.Length;
        var layers = Layers(width, model.Targets).ToArray();
        var parameters = training.Run(Training(training, width, layers, rows.Seed),
            [.. layers.SelectMany(l => l.Parameters).Select(p => p.Name)], (session, batch) =>
        {
            var values = session.Input<float>(BackboneMetadata.Features);
            for (var i = 0; i < batch.Length; i++)
                hidden.AsSpan(place[batch.Span[i]] * width, width).CopyTo(values[(i * width)..]);
            for (var m = 0; m < Members; m++)
            {
                var weights = session.Input<float>(Weight(m));
                var random = new RandomSource(rows.Seed).Counter($"bootstrap {m}");
                for (var i = 0; i < batch.Length; i++)
                    weights[i] = (float)-Math.Log(random.Uniform((ulong)batch.Span[i]));
            }
        });
        var g = new GraphBuilder(model.Heads);
        foreach (var tensor in layers.SelectMany(l => l.Trained(parameters)))
            g.Initializer(tensor);
        foreach (var target in model.Targets)
            Disagreement.AddTo(model, target,
                [.. Enumerable.Range(0, Members).Select(m => Logits(g, input, target.Name, m))], Name, 1,
                $"{Members} last layers");
    }

    private ModelProto Training(SideTraining training, int width, DenseLayer[] layers, ulong seed)
    {
        var g = new GraphBuilder(Name);
        g.Input(BackboneMetadata.Features, DataType.Float, training.Batch, width);
        foreach (var tensor in layers.SelectMany(l => l.Normal(seed, beforeRelu: false)))
            g.Initializer(tensor);
        string[] own = [
            .. Enumerable.Range(0, Members).Select(m => g.Input(Weight(m), DataType.Float, training.Batch))];
        var losses = new List<(string, double)>();
        foreach (var target in training.Targets)
        {
            var name = target.Output.Name;
            var known = g.Input(name + ".weights", DataType.Float, training.Batch);
            string? label = null, distribution = null;
            if (target.Output is NumericOutput n)
            {
                distribution = g.Input(name + ".distribution", DataType.Float, training.Batch, n.Bins);
                g.Input(name + ".value", DataType.Float, training.Batch, 1);
            }
            else
            {
                label = g.Input(name + ".label", DataType.Int64, training.Batch);
            }
            for (var m = 0; m < Members; m++)
            {
                var (logits, weights) = (Logits(g, BackboneMetadata.Features, name, m), g.Add("Mul", known, own[m]));
                losses.Add((label is not null
                    ? Losses.SoftmaxCrossEntropy(g, logits, label, HeadGraph.Logits(target.Output),
                        sampleWeights: weights)
                    : Losses.SoftCrossEntropy(g, logits, distribution!, weights),
                    1 / (target.BaselineCrossEntropy * Members * training.Targets.Count)));
            }
        }
        g.Output(g.Add("Identity", [Losses.Combine(g, [.. losses])], [], TargetLosses.Loss), DataType.Float);
        return g.Model;
    }

    private static string Weight(int member) => $"bootstrap.{member}";

    private static string Logits(GraphBuilder g, string input, string target, int member) =>
        DenseLayer.Add(g, input, LastName(target, member));

    private static string LastName(string target, int member) => $"last.{target}.{member}";

    private IEnumerable<DenseLayer> Layers(int width, IReadOnlyList<OutputSpec> targets) =>
        from target in targets
        from member in Enumerable.Range(0, Members)
        select new DenseLayer(LastName(target.Name, member), width, HeadGraph.Logits(target));
}
