using FaceBias.Core.Heads.Model;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Training;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Core.Heads.Fit;

/// <summary>The part of a training graph behind the features: heads with dropout, one loss per target, and the inputs
/// that labels come in by. An image without a label for a target weighs nothing in its loss.</summary>
internal static class TargetLosses
{
    public const string Loss = "loss";

    /// <summary>Changes when the same options give other heads, so that a search does not resume with those.</summary>
    public const int Version = 2;

    /// <summary>Adds heads, outputs and the loss: each target's loss divided by what its best constant prediction costs
    /// more than a perfect one, averaged over the targets; a number's has two parts, cross-entropy of its distribution
    /// and absolute error of its expectation.</summary>
    /// <param name="g">The graph; it has the heads' parameters.</param>
    /// <param name="features">The value [batch, D].</param>
    /// <param name="mean">Mean of each feature.</param>
    /// <param name="options">Members, dropout and weights.</param>
    /// <param name="batch">Images per step.</param>
    public static void Add(
        GraphBuilder g, string features, float[] mean, float[] scale, IReadOnlyList<TrainingTarget> targets,
        TrainOptions options, int batch)
    {
        var logits = HeadGraph.AddLogits(g, features, mean, scale, options.Members, [.. targets.Select(t => t.Output)],
            (value, where) =>
        {
            var rate = where == "input" ? options.InputDropout : options.Dropout;
            return rate > 0 ? g.Add("Dropout", value, g.Constant((float)rate)) : value;
        });
        var losses = targets.Select(t =>
        {
            HeadGraph.AddOutput(g, t.Output, logits[t.Output.Name]);
            return (OfTarget(g, t, logits[t.Output.Name], options, batch),
                t.LossWeight / targets.Sum(x => x.LossWeight));
        }).ToArray();
        g.Output(g.Add("Identity", [Losses.Combine(g, losses)], [], Loss), DataType.Float);
    }

    /// <summary>Fills the inputs of the labels; rows beyond the images given weigh nothing.</summary>
    public static void Fill(TrainingSession session, IReadOnlyList<TrainingTarget> targets, TrainOptions options,
        ReadOnlySpan<int> images)
    {
        foreach (var target in targets)
        {
            var name = target.Output.Name;
            var weights = session.Input<float>(name + ".weights");
            weights.Clear();
            if (target.Output is NumericOutput n)
            {
                var distributions = session.Input<float>(name + ".distribution");
                var values = session.Input<float>(name + ".value");
                distributions.Clear();
                for (var i = 0; i < images.Length; i++)
                {
                    if (target.IsMissing(images[i]))
                        continue;
                    weights[i] = target.Weight(images[i]);
                    values[i] = (float)target.Values[images[i]];
                    TrainingTarget.Distribution(n, target.Values[images[i]], options.LabelSmoothing,
                        distributions.Slice(i * n.Bins, n.Bins));
                }
            }
            else if (target.OneVersusRest)
            {
                var truth = session.Input<float>(name + ".truth");
                truth.Clear();
                var classes = HeadGraph.Logits(target.Output);
                for (var i = 0; i < images.Length; i++)
                {
                    var code = target.Codes[images[i]];
                    weights[i] = code == TrainingTarget.MissingCode ? 0 : target.Weight(images[i]);
                    if (code >= 0)
                        truth[i * classes + code] = 1;
                }
            }
            else
            {
                var labels = session.Input<long>(name + ".label");
                labels.Clear();
                for (var i = 0; i < images.Length; i++)
                {
                    if (target.IsMissing(images[i]))
                        continue;
                    weights[i] = target.Weight(images[i]);
                    labels[i] = target.Codes[images[i]];
                }
            }
        }
    }

    /// <summary>The mean of the members' losses, each of which learns for itself.</summary>
    private static string OfTarget(
        GraphBuilder g, TrainingTarget target, string[] logits, TrainOptions options, int batch)
    {
        var name = target.Output.Name;
        var weights = g.Input(name + ".weights", DataType.Float, batch);
        if (target.Output is NumericOutput n)
        {
            var distribution = g.Input(name + ".distribution", DataType.Float, batch, n.Bins);
            var value = g.Input(name + ".value", DataType.Float, batch, 1);
            return Losses.Combine(g, [.. logits.Select(l => (Losses.Combine(g,
                (Losses.SoftCrossEntropy(g, l, distribution, weights), 1 / target.BaselineCrossEntropy),
                (Losses.L1(g, HeadGraph.Expectation(g, n, l), value, weights),
                    options.ExpectationWeight / target.BaselineAbsoluteError)), 1.0 / logits.Length))]);
        }
        if (target.OneVersusRest)
        {
            var truth = g.Input(name + ".truth", DataType.Float, batch, HeadGraph.Logits(target.Output));
            return Losses.Combine(g,
                [.. logits.Select(
                    l => (Losses.BinaryCrossEntropy(g, l, truth, weights, target.ClassWeights), 1.0 / logits.Length))]);
        }
        var label = g.Input(name + ".label", DataType.Int64, batch);
        return Losses.Combine(g, [.. logits.Select(l => (Losses.SoftmaxCrossEntropy(
            g, l, label, HeadGraph.Logits(target.Output), target.ClassWeights, sampleWeights: weights,
            focal: options.Focal),
            1 / (target.BaselineCrossEntropy * logits.Length)))]);
    }
}
