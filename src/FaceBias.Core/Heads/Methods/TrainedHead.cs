using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Heads.Model;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using FaceBias.Onnx.Runtime;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Core.Heads.Methods;

/// <summary>Heads of mitigation methods: one output, on features that are in memory.</summary>
internal static class TrainedHead
{
    /// <summary>A head of some parameters of the scaled problem.</summary>
    public static TrainedModel Of(MitigationTask task, HeadShape shape, IReadOnlyDictionary<string, float[]> parameters,
        TrainingResult fit) =>
        new(Export(task.Data, task.Scaling, shape, parameters, task.Number), [task.Data.Output], fit.History,
            fit.BestEpoch)
        {
            Weights = fit.RowWeights is { } weights ? new(weights) : null,
        };

    /// <summary>A head of classes whose layers, from the scaled features to probabilities, the method adds
    /// itself.</summary>
    public static TrainedModel Of(MitigationTask task, Func<GraphBuilder, string, string> layers, TrainingResult fit)
    {
        var g = new GraphBuilder("heads");
        var scaled = Scaled(g, task.Data, task.Scaling);
        g.Output(g.Add("Identity", [layers(g, scaled)], [], task.Data.Target), DataType.Float, "N", task.Data.Outputs);
        return new(g.Model, [task.Data.Output], fit.History, fit.BestEpoch);
    }

    /// <summary>A head that was written before.</summary>
    public static TrainedModel Read(string path, HeadData data) => new(OnnxFile.Read(path), [data.Output], [], 0);

    /// <summary>Outputs for every row of a split, row-major; a post-processing rule has put all probability on what it
    /// decided.</summary>
    public static float[] Predict(this TrainedModel head, HeadPart part)
    {
        const int Batch = 512;
        using var session = new OnnxSession(head.Graph, new OnnxSessionOptions { Threads = 1 });
        using var batch = session.CreateBatch(Math.Min(Batch, part.Rows));
        var output = head.Outputs[0].Name;
        var width = (int)batch.OutputShape(output)[1];
        var result = new float[part.Rows * width];
        for (var start = 0; start < part.Rows; start += batch.Size)
        {
            var count = Math.Min(batch.Size, part.Rows - start);
            part.Features.AsSpan(start * part.Width, count * part.Width)
                .CopyTo(batch.Input<float>(BackboneMetadata.Features));
            batch.Run();
            batch.Output<float>(output)[..(count * width)].CopyTo(result.AsSpan(start * width));
        }
        if (head.Decide is { } decide && part.Bias is { } bias)
        {
            for (var i = 0; i < part.Rows; i++)
            {
                var row = result.AsSpan(i * width, width);
                var choice = decide(row.ToArray(), bias[i]);
                row.Clear();
                row[choice] = 1;
            }
        }
        return result;
    }

    /// <summary>A head for inference on unscaled features.</summary>
    private static ModelProto Export(
        HeadData data, FeatureScaling scaling, HeadShape shape, IReadOnlyDictionary<string, float[]> parameters,
        NumberScale number)
    {
        var g = new GraphBuilder("heads");
        foreach (var (name, dims) in shape.Parameters())
            g.Initializer(Tensors.Float(name, parameters[name], dims));
        var scaled = Scaled(g, data, scaling);
        var (_, logits) = shape.AddTo(g, scaled);
        if (shape.LogitScale != 1)
            logits = g.Add("Mul", logits, g.Constant((float)shape.LogitScale));
        var output = data.IsNumeric
            ? g.Add("Add", [g.Add("Mul", logits, g.Constant((float)number.Deviation)), g.Constant((float)number.Mean)],
                [], data.Target)
            : g.Add("Softmax", [logits], [("axis", 1)], data.Target);
        g.Output(output, DataType.Float, "N", data.Outputs);
        return g.Model;
    }

    /// <summary>The input, and the features on one scale.</summary>
    private static string Scaled(GraphBuilder g, HeadData data, FeatureScaling scaling)
    {
        g.Input(BackboneMetadata.Features, DataType.Float, "N", data.Width);
        return HeadLayers.AddScaling(g, BackboneMetadata.Features, scaling.Mean, scaling.Factor);
    }
}

/// <summary>How a numeric target is scaled for training.</summary>
/// <param name="Mean">Its mean over the training rows.</param>
internal readonly record struct NumberScale(double Mean, double Deviation);
