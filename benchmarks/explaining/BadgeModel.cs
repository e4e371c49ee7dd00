using FaceBias.Core.Heads.Model;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Training;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Benchmarks.Explaining;

/// <summary>A small convolutional classifier of the badge's colour, trained here.</summary>
internal static class BadgeModel
{
    private const int Batch = 32, Classes = 2;

    public static CategoricalOutput Target { get; } = new("badge", ["red", "blue"]);

    /// <summary>The network with weights of a seed: from pictures [N, 3, side, side] to probabilities.</summary>
    private static (NetworkBuilder Builder, string Logits) Network(int side, ulong seed)
    {
        var b = new NetworkBuilder("badge", seed);
        var g = b.Graph;
        var x = g.Input("pixels", DataType.Float, "N", 3, side, side);
        x = g.Add("Sub", g.Add("Mul", x, g.Constant(1 / 127.5f)), g.Constant(1f));
        x = b.Relu(b.Conv(x, 3, 16, 5, 2, bias: true));
        x = b.Relu(b.Conv(x, 16, 24, 3, 2, bias: true));
        x = b.Relu(b.Conv(x, 24, 32, 3, bias: true));
        x = g.Add("Flatten", g.Add("GlobalAveragePool", x));
        return (b, b.Dense(x, 32, Classes));
    }

    public static ModelProto Random(int side, ulong seed)
    {
        var (b, logits) = Network(side, seed);
        return Finish(b.Graph, logits);
    }

    /// <summary>Trains, and gives the accuracy on faces that were not trained on.</summary>
    public static (ModelProto Model, double Accuracy) Train(BadgeFaces faces, int count, int epochs)
    {
        var side = faces.Spec.Width;
        var (pictures, labels) = (new float[count * faces.Spec.Length], new long[count]);
        Parallel.For(0, count,
            i => labels[i] = faces.Draw(100_000 + i, pictures.AsSpan(i * faces.Spec.Length, faces.Spec.Length)).Label);
        var (b, logits) = Network(side, 5);
        var g = b.Graph;
        g.Input("labels", DataType.Int64, "N");
        var loss = Losses.SoftmaxCrossEntropy(g, logits, "labels", Classes);
        g.Output(loss, DataType.Float);
        string[] trained = [.. b.Parameters];
        using var session = new TrainingSession(g.Model, loss, trained, new Adam(),
            new TrainingSessionOptions { BatchSize = Batch });
        for (var epoch = 0; epoch < epochs; epoch++)
        {
            int[] order = [.. Enumerable.Range(0, count).OrderBy(i => ((long)i * 7919 + epoch * 104729) % count)];
            for (var start = 0; start + Batch <= count; start += Batch)
            {
                for (var i = 0; i < Batch; i++)
                {
                    pictures.AsSpan(order[start + i] * faces.Spec.Length, faces.Spec.Length)
                        .CopyTo(session.Input<float>("pixels")[(i * faces.Spec.Length)..]);
                    session.Input<long>("labels")[i] = labels[order[start + i]];
                }
                session.Step(epoch < epochs * 2 / 3 ? 3e-3 : 5e-4);
            }
        }
        var (fresh, answers) = Network(side, 5);
        foreach (var tensor in fresh.Graph.Graph.Initializer.Where(t => trained.Contains(t.Name)))
        {
            tensor.FloatData.Clear();
            tensor.RawData = Tensors.Float(tensor.Name, session.GetParameter(tensor.Name), [.. tensor.Dims]).RawData;
        }
        var model = Finish(fresh.Graph, answers);
        return (model, Accuracy(model, faces, 500));
    }

    private static double Accuracy(ModelProto model, BadgeFaces faces, int count)
    {
        using var predictor = Core.Prediction.OnnxPredictor.OfGraph(model.Clone(), "badge",
            [Core.Prediction.PredictorOutput.Of(Target)], faces.Spec);
        var right = 0;
        var pixels = new float[faces.Spec.Length];
        for (var i = 0; i < count; i++)
        {
            var (label, _, _) = faces.Draw(i, pixels);
            right += predictor.Predict(pixels, 1)[0][label] > 0.5 ? 1 : 0;
        }
        return (double)right / count;
    }

    private static ModelProto Finish(GraphBuilder g, string logits)
    {
        g.Output(g.Add("Softmax", [logits], [("axis", 1L)], Target.Name), DataType.Float, "N", Classes);
        return g.Model;
    }
}
