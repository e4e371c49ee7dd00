using System.Numerics.Tensors;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Training;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Core.Heads.Methods;

/// <summary>A linear layer fitted to its optimum: weighted cross-entropy (or absolute error, smoothed to Huber's loss)
/// with an L1 or L2 penalty, over all rows at once, by accelerated proximal gradient in the graph engine. DFR and AFR
/// are defined by this optimum and not by steps towards it, so nothing depends on a learning rate or a batch.</summary>
internal sealed class ConvexFit : IDisposable
{
    private const int MaxSteps = 300, CheckEvery = 20;
    private const double Tolerance = 1e-4;

    private readonly HeadShape _shape;
    private readonly MitigationTask _task;
    private readonly TrainingSession _session;
    private readonly Dictionary<string, float[]> _zeros;

    /// <summary>A fit of some rows; they are copied into the session once, and weights of 0 leave rows out.</summary>
    /// <param name="task">Kind of target, seed, cancellation.</param>
    /// <param name="rows">The rows, on one scale.</param>
    /// <param name="l1">Weight of the sum of absolute weights in the mean loss.</param>
    /// <param name="l2">Weight of half the sum of squared weights in the mean loss.</param>
    /// <param name="offsets">Outputs that the layer's own are added to, [rows, outputs]: the penalty then pulls towards
    /// the model that they are from. Null for none.</param>
    public ConvexFit(MitigationTask task, HeadPart rows, double l1, double l2, float[]? offsets = null)
    {
        (_task, _shape) = (task, new HeadShape(rows.Width, 0, task.Data.Outputs));
        var (n, k) = (rows.Rows, task.Data.Outputs);
        var g = new GraphBuilder("layer");
        g.Input("x", DataType.Float, n, rows.Width);
        g.Input("weight", DataType.Float, n);
        var truth = task.Data.IsNumeric ? g.Input("truth", DataType.Float, n, 1) : g.Input("truth", DataType.Int64, n);
        _zeros = _shape.Parameters().ToDictionary(p => p.Name, p => new float[p.Dims.Aggregate(1L, (a, d) => a * d)]);
        foreach (var (name, dims) in _shape.Parameters())
            g.Initializer(Tensors.Float(name, _zeros[name], dims));
        var logits = _shape.AddTo(g, "x").Logits;
        if (offsets is not null)
            logits = g.Add("Add", logits, g.Input("offset", DataType.Float, n, k));
        var loss = task.Data.IsNumeric
            ? Losses.Huber(g, logits, truth, 0.25, "weight")
            : Losses.Mean(g, Losses.SoftmaxCrossEntropyEach(g, logits, truth, k), "weight");
        _session = new TrainingSession(g.Model, loss, [.. _zeros.Keys],
            new ProximalGradient(l1) { WeightDecay = l2,
                Group = name => name == "out.bias" ? ParameterGroup.NoDecay : new() },
            new TrainingSessionOptions { Threads = 1 });
        L2 = l2;
        rows.Features.CopyTo(_session.Input<float>("x"));
        offsets?.CopyTo(_session.Input<float>("offset"));
        for (var i = 0; i < n; i++)
            if (task.Data.IsNumeric)
                _session.Input<float>("truth")[i] = (float)rows.Values[i];
            else
                _session.Input<long>("truth")[i] = rows.Target[i];
    }

    private double L2 { get; }

    /// <summary>Fits with these weights per row.</summary>
    /// <param name="weights">Not negative, not all zero.</param>
    /// <param name="curvature">An upper bound of the largest eigenvalue of the weighted second moments; see
    /// <see cref="LargestEigenvalue"/>.</param>
    /// <param name="start">Where to start, such as the optimum for weights not far from these; null for zero.</param>
    /// <returns>"out.weight" and "out.bias".</returns>
    public Dictionary<string, float[]> Run(double[] weights, double curvature,
        Dictionary<string, float[]>? start = null)
    {
        for (var i = 0; i < weights.Length; i++)
            _session.Input<float>("weight")[i] = (float)weights[i];
        _session.Restart(start ?? _zeros);
        // The softmax's cross-entropy curves by at most 1/2 per unit of the logits, Huber's loss by 1.
        var rate = 1 / ((_task.Data.IsNumeric ? 1 : 0.5) * curvature * 1.05 + L2);
        var before = double.PositiveInfinity;
        for (var step = 1; step <= MaxSteps; step++)
        {
            _task.Cancel.ThrowIfCancellationRequested();
            var loss = _session.Step(rate);
            if (step % CheckEvery != 0)
                continue;
            if (Math.Abs(before - loss) <= Tolerance * Math.Abs(loss))
                break;
            before = loss;
        }
        return _session.GetParameters();
    }

    /// <summary>Outputs of a fitted layer for rows, [rows, outputs].</summary>
    public static float[] Outputs(HeadPart part, IReadOnlyDictionary<string, float[]> layer, int outputs)
    {
        var (weight, bias) = (layer["out.weight"], layer["out.bias"]);
        var columns = new float[outputs][];
        for (var k = 0; k < outputs; k++)
            columns[k] = [.. Enumerable.Range(0, part.Width).Select(i => weight[i * outputs + k])];
        var result = new float[part.Rows * outputs];
        for (var r = 0; r < part.Rows; r++)
            for (var k = 0; k < outputs; k++)
                result[r * outputs + k] = TensorPrimitives.Dot(part.Row(r), columns[k]) + bias[k];
        return result;
    }

    /// <summary>The largest eigenvalue of the weighted mean of (x, 1)(x, 1)ᵀ, by power iteration.</summary>
    public static double LargestEigenvalue(HeadPart part, double[] weights)
    {
        var total = weights.Sum();
        var v = new float[part.Width + 1];
        Array.Fill(v, (float)(1 / Math.Sqrt(v.Length)));
        var eigenvalue = 0.0;
        for (var round = 0; round < 30; round++)
        {
            var next = new float[v.Length];
            for (var r = 0; r < part.Rows; r++)
            {
                if (weights[r] == 0)
                    continue;
                var row = part.Row(r);
                var dot = (float)((TensorPrimitives.Dot(row, v.AsSpan(0, part.Width)) + v[^1]) * weights[r] / total);
                TensorPrimitives.MultiplyAdd(row, dot, next.AsSpan(0, part.Width), next.AsSpan(0, part.Width));
                next[^1] += dot;
            }
            eigenvalue = TensorPrimitives.Norm<float>(next);
            if (eigenvalue == 0)
                return 1;
            TensorPrimitives.Divide(next, (float)eigenvalue, v);
        }
        return eigenvalue;
    }

    public void Dispose() => _session.Dispose();
}
