using System.Numerics.Tensors;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Runtime;
using FaceBias.Primitives.Clustering;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Core.Heads.Methods;

/// <summary>What clusters of training rows have to do with the target and with the shortcut: a head that takes the
/// shortcut has clusters that tell its levels apart.</summary>
internal static class ClusterNotes
{
    /// <summary>Number of clusters, and their normalised mutual information with target and bias where it is
    /// defined.</summary>
    public static Dictionary<string, double> Of(HeadPart rows, int[] clusters)
    {
        var notes = new Dictionary<string, double> { ["clusters"] = clusters.Distinct().Count() };
        Note("target", rows.Target);
        if (rows.Bias is { } bias)
            Note("bias", bias);
        return notes;

        void Note(string what, int[] labels)
        {
            if (ClusterQuality.MutualInformation(clusters, labels) is var shared && !double.IsNaN(shared))
                notes[$"NMI of clusters and {what}"] = shared;
        }
    }

    /// <summary>Clusters of vectors divided by their lengths, as CAML makes them.</summary>
    public static int[] ByDirection(float[] vectors, int width, int clusters, ulong seed)
    {
        var unit = (float[])vectors.Clone();
        for (var at = 0; at < unit.Length; at += width)
        {
            var row = unit.AsSpan(at, width);
            TensorPrimitives.Divide(row, Math.Max(TensorPrimitives.Norm<float>(row), 1e-12f), row);
        }
        return KMeans.Fit(unit, width, clusters, seed).Assignment;
    }

    /// <summary>The same for the hidden vectors of a finished head, which bias-amplified ones are to be compared with;
    /// none for a linear head.</summary>
    public static Dictionary<string, double> OfHead(MitigationTask task, ModelProto head, int clusters, ulong seed)
    {
        var parameters = head.Graph.Initializer.ToDictionary(t => t.Name);
        if (!parameters.TryGetValue("hidden.weight", out var weight))
            return [];
        var shape = new HeadShape(task.Data.Width, (int)weight.Dims[1], task.Data.Outputs);
        var g = new GraphBuilder("hidden");
        g.Input("x", DataType.Float, "N", shape.Features);
        foreach (var (name, _) in shape.Parameters())
            g.Initializer(parameters[name]);
        g.Output(shape.AddTo(g, "x").Hidden, DataType.Float, "N", shape.Hidden);
        using var session = new OnnxSession(g.Model, new OnnxSessionOptions { Threads = 1 });
        using var batch = session.CreateBatch(task.Train.Rows);
        task.Train.Features.CopyTo(batch.Input<float>("x"));
        batch.Run();
        return Of(task.Train,
            ByDirection(batch.Output<float>(g.Graph.Output[0].Name).ToArray(), shape.Hidden, clusters, seed));
    }
}
