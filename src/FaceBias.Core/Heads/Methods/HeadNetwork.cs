using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Training;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Core.Heads.Methods;

/// <summary>What a method's loss is built from: the values of the batch and the heads on it.</summary>
internal sealed record HeadValues(GraphBuilder G, int Batch, int Outputs, bool IsNumeric,
    IReadOnlyDictionary<string, (string Hidden, string Logits)> Heads)
{
    /// <summary>The truth: int64 [N] classes, or float [N, 1] numbers.</summary>
    public string Truth => HeadNetwork.TruthInput;

    /// <summary>The loss of each sample, float [N]: cross-entropy, or the absolute error.</summary>
    public string Each(string logits) => IsNumeric
        ? G.Add("Reshape", G.Add("Abs", G.Add("Sub", logits, Truth)), G.Constant((long)Batch))
        : Losses.SoftmaxCrossEntropyEach(G, logits, Truth, Outputs);

    /// <summary>A further float input of the batch.</summary>
    public string Input(string name, params ReadOnlySpan<object> dims) => G.Input(name, DataType.Float, dims);
}

/// <summary>One or more heads on the same batch in one training session on one thread: trials run side by side, which
/// wastes no core on products this small. Features are expected on one scale.</summary>
internal sealed class HeadNetwork : IDisposable
{
    public const string TruthInput = "truth", WeightInput = "weight", FeatureInput = "x";

    private readonly IReadOnlyDictionary<string, HeadShape> _shapes;
    private readonly (string Hidden, string Logits) _main;
    private readonly bool _numeric;

    /// <summary>Builds the network and its session.</summary>
    /// <param name="task">Gives seed and kind of target.</param>
    /// <param name="batch">Rows per step.</param>
    /// <param name="heads">Heads by prefix; the last is the one that predicts.</param>
    /// <param name="loss">Adds the loss; the mean of <see cref="HeadValues.Each"/> weighted by the input "weight" if
    /// null.</param>
    /// <param name="fetch">Names of values to read after a step, as the loss names them.</param>
    public HeadNetwork(
        MitigationTask task, int batch, IReadOnlyList<(string Prefix, HeadShape Shape)> heads, Optimizer optimizer,
        Func<HeadValues, string>? loss = null, Func<HeadValues, IEnumerable<string>>? fetch = null)
    {
        _numeric = task.Data.IsNumeric;
        _shapes = heads.ToDictionary(h => h.Prefix, h => h.Shape);
        Main = heads[^1];
        Batch = batch;
        var g = new GraphBuilder("head");
        g.Input(FeatureInput, DataType.Float, batch, Main.Shape.Features);
        if (_numeric)
            g.Input(TruthInput, DataType.Float, batch, 1);
        else
            g.Input(TruthInput, DataType.Int64, batch);
        var layers = new Dictionary<string, (string, string)>();
        foreach (var (prefix, shape) in heads)
        {
            foreach (var tensor in shape.Initial(task.Seed, prefix))
                g.Initializer(tensor);
            layers[prefix] = shape.AddTo(g, FeatureInput, prefix);
        }
        _main = layers[Main.Prefix];
        var values = new HeadValues(g, batch, Main.Shape.Outputs, _numeric, layers);
        loss ??= v => Losses.Mean(g, v.Each(v.Heads[Main.Prefix].Logits), v.Input(WeightInput, batch));
        var scalar = loss(values);
        IsWeighted = g.Graph.Input.Any(i => i.Name == WeightInput);
        var reads = layers.Values.Select(l => l.Item2).Concat(Main.Shape.Hidden > 0 ? [_main.Hidden] : [])
            .Concat(fetch?.Invoke(values) ?? []);
        Session = new TrainingSession(
            g.Model, scalar, [.. heads.SelectMany(h => h.Shape.Parameters(h.Prefix)).Select(p => p.Name)],
            optimizer with {
                Group = name => name.EndsWith(".bias", StringComparison.Ordinal) ? ParameterGroup.NoDecay : new() },
            new TrainingSessionOptions { Seed = task.Seed, Threads = 1, Fetch = [.. reads.Distinct()] });
        Logits = layers.ToDictionary(l => l.Key, l => l.Value.Item2);
    }

    /// <summary>The session, for inputs and outputs of a method's own.</summary>
    public TrainingSession Session { get; }

    /// <summary>The head that predicts.</summary>
    public (string Prefix, HeadShape Shape) Main { get; }

    /// <summary>Rows per step.</summary>
    public int Batch { get; }

    /// <summary>Whether the loss weighs rows by the input "weight".</summary>
    public bool IsWeighted { get; }

    /// <summary>Name of the outputs of each head.</summary>
    public IReadOnlyDictionary<string, string> Logits { get; }

    /// <summary>Puts rows into the batch; places beyond them keep what they had.</summary>
    public void Fill(HeadPart part, ReadOnlySpan<int> rows)
    {
        part.CopyRows(rows, Session.Input<float>(FeatureInput));
        if (_numeric)
        {
            var truth = Session.Input<float>(TruthInput);
            for (var i = 0; i < rows.Length; i++)
                truth[i] = (float)part.Values[rows[i]];
        }
        else
        {
            var truth = Session.Input<long>(TruthInput);
            for (var i = 0; i < rows.Length; i++)
                truth[i] = part.Target[rows[i]];
        }
    }

    /// <summary>Weights of the batch's rows from weights per row; all 1 if there are none.</summary>
    public void FillWeights(ReadOnlySpan<int> rows, double[]? weights)
    {
        var w = Session.Input<float>(WeightInput);
        w.Fill(1);
        if (weights is null)
            return;
        for (var i = 0; i < rows.Length; i++)
            w[i] = (float)weights[rows[i]];
    }

    /// <summary>Outputs of a head for every row of a split, row-major [rows, outputs].</summary>
    public float[] Predict(HeadPart part, string? prefix = null) =>
        Read(part, Logits[prefix ?? Main.Prefix], _shapes[prefix ?? Main.Prefix].Outputs);

    /// <summary>Hidden vectors of the main head for every row, [rows, hidden]; the features themselves for a linear
    /// head.</summary>
    public float[] Hidden(HeadPart part) =>
        Main.Shape.Hidden == 0 ? part.Features : Read(part, _main.Hidden, Main.Shape.Hidden);

    private float[] Read(HeadPart part, string value, int width)
    {
        var result = new float[part.Rows * width];
        var rows = new int[Batch];
        for (var start = 0; start < part.Rows; start += Batch)
        {
            var count = Math.Min(Batch, part.Rows - start);
            for (var i = 0; i < count; i++)
                rows[i] = start + i;
            Fill(part, rows.AsSpan(0, count));
            Session.Evaluate();
            Session.Output<float>(value)[..(count * width)].CopyTo(result.AsSpan(start * width));
        }
        return result;
    }

    /// <summary>The trained parameters of the main head, under their names without prefix.</summary>
    public IReadOnlyDictionary<string, float[]> Parameters() => Main.Shape.Parameters(Main.Prefix)
        .ToDictionary(p => p.Name[Main.Prefix.Length..], p => Session.GetParameter(p.Name));

    public void Dispose() => Session.Dispose();
}
