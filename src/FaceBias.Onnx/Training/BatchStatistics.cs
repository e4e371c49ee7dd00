using FaceBias.Onnx.Gradients;

namespace FaceBias.Onnx.Training;

/// <summary>Batch norm in training. The runtime's kernel only normalises by statistics that it is given, so they are
/// computed by nodes before it and given to it; its gradient rule knows that they depend on the input.</summary>
internal static class BatchStatistics
{
    /// <summary>Lets every BatchNormalization whose scale is trained normalise by its batch, and adds the update of its
    /// running statistics, which are returned.</summary>
    public static List<TrainingGraph.Variable> Lower(GraphBuilder g, ValueFacts facts,
        IReadOnlyCollection<string> trainable)
    {
        var statistics = new List<TrainingGraph.Variable>();
        var backward = new Backward(g, facts);
        var nodes = g.Graph.Node.ToArray();
        g.Graph.Node.Clear();
        foreach (var node in nodes)
        {
            if (node.OpType == "BatchNormalization" && trainable.Contains(node.Input[1]))
                statistics.AddRange(Lower(backward, node));
            g.Graph.Node.Add(node);
        }
        return statistics;
    }

    private static TrainingGraph.Variable[] Lower(Backward b, NodeProto node)
    {
        var x = b.Value(node.Input[0]);
        var momentum = node.Attribute.FirstOrDefault(a => a.Name == "momentum")?.F ?? 0.9f;
        long[] axes = [.. Enumerable.Range(0, x.Rank).Where(i => i != 1).Select(i => (long)i)];
        var channels = x.Shape[1];
        double count = Tensors.Count(x.Shape) / channels;
        var mean = x.Mean(axes);
        var centred = x - mean;
        var variance = (centred * centred).Mean(axes).Reshape(channels);
        mean = mean.Reshape(channels);
        var (runningMean, runningVariance) = (b.Value(node.Input[3]), b.Value(node.Input[4]));
        var nextMean = runningMean * momentum + mean * (1 - momentum);
        var nextVariance = runningVariance * momentum + variance * ((1 - momentum) * count / Math.Max(1, count - 1));
        (node.Input[3], node.Input[4]) = (mean.Name, variance.Name);
        b.Facts.Set(mean.Name, x.Type, mean.Shape);
        b.Facts.Set(variance.Name, x.Type, variance.Shape);
        b.Facts.MarkBatchStatistics(node.Output[0]);
        return
        [
            new(runningMean.Name, nextMean.Name, runningMean.Shape),
            new(runningVariance.Name, nextVariance.Name, runningVariance.Shape),
        ];
    }
}
