using FaceBias.Core.Training;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using FaceBias.Onnx.Runtime;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Core.Mitigation;

/// <summary>What a method leaves behind: a head, how training went, and, for post-processing, a rule on its outputs.</summary>
/// <param name="Graph"><c>features</c> [N, D], unscaled, to probabilities [N, classes] or values [N, 1] under the target's
/// name.</param>
/// <param name="Output">Name of the output.</param>
/// <param name="History">Training curves.</param>
/// <param name="BestEpoch">The epoch whose parameters were kept; 0 where there are no epochs.</param>
public sealed record TrainedHead(ModelProto Graph, string Output, IReadOnlyList<TrainingPoint> History, int BestEpoch)
{
    /// <summary>Decides from the outputs and the row's level of the bias attribute; null to take the largest output.</summary>
    public Func<float[], int, int>? Decide { get; init; }

    /// <summary>A score of the selection rule on rows that the head was not fitted on, for methods that fit it on validation
    /// rows; null where the validation rows themselves are held out.</summary>
    public double? HeldOutScore { get; init; }

    /// <summary>What a method found out on the way, such as the size of JTT's error set, by name.</summary>
    public IReadOnlyDictionary<string, double> Notes { get; init; } = new Dictionary<string, double>();

    /// <summary>Outputs for every row of a split, row-major; a post-processing rule has put all probability on what it
    /// decided.</summary>
    public float[] Predict(HeadPart part)
    {
        const int Batch = 512;
        using var session = new OnnxSession(Graph, new OnnxSessionOptions { Threads = 1 });
        using var batch = session.CreateBatch(Math.Min(Batch, part.Rows));
        var width = (int)batch.OutputShape(Output)[1];
        var result = new float[part.Rows * width];
        for (var start = 0; start < part.Rows; start += batch.Size)
        {
            var count = Math.Min(batch.Size, part.Rows - start);
            part.Features.AsSpan(start * part.Width, count * part.Width).CopyTo(batch.Input<float>(BackboneMetadata.Features));
            batch.Run();
            batch.Output<float>(Output)[..(count * width)].CopyTo(result.AsSpan(start * width));
        }
        if (Decide is { } decide && part.Bias is { } bias)
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
    internal static ModelProto Export(
        HeadData data, FeatureScaling scaling, HeadShape shape, IReadOnlyDictionary<string, float[]> parameters, NumberScale number)
    {
        var g = new GraphBuilder("heads");
        g.Input(BackboneMetadata.Features, DataType.Float, "N", data.Width);
        foreach (var (name, dims) in shape.Parameters())
            g.Initializer(Tensors.Float(name, parameters[name], dims));
        var centred = g.Add("Sub", BackboneMetadata.Features, g.Initializer(Tensors.Float("features.mean", scaling.Mean, 1, data.Width)));
        var scaled = g.Add("Mul", centred, g.Initializer(Tensors.Float("features.factor", scaling.Factor, 1, data.Width)));
        var (_, logits) = shape.AddTo(g, scaled);
        if (shape.LogitScale != 1)
            logits = g.Add("Mul", logits, g.Constant((float)shape.LogitScale));
        var output = data.IsNumeric
            ? g.Add("Add", [g.Add("Mul", logits, g.Constant((float)number.Deviation)), g.Constant((float)number.Mean)], [], data.Target)
            : g.Add("Softmax", [logits], [("axis", 1)], data.Target);
        g.Output(output, DataType.Float, "N", data.Outputs);
        return g.Model;
    }
}

/// <summary>How a numeric target is scaled for training.</summary>
/// <param name="Mean">Its mean over the training rows.</param>
/// <param name="Deviation">Its standard deviation.</param>
internal readonly record struct NumberScale(double Mean, double Deviation);
