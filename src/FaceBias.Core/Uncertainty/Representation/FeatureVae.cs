using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Heads.Model;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Training;
using FaceBias.Primitives.Randomness;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Core.Uncertainty.Representation;

/// <summary>A small variational autoencoder of a backbone's features: one hidden layer each in encoder and decoder.
/// Features are brought to mean 0 and deviation 1, so the decoder's variance of 1 is that of a feature.</summary>
internal sealed class FeatureVae : IDisposable
{
    private const string Features = "features", Loss = "loss", Mean = "vae.mean", LogVariance = "vae.logvariance";

    private readonly FeatureRow _features;
    private readonly VaeOptions _options;
    private readonly ulong _seed;
    private readonly int _batch;
    private readonly TrainingSession _session;
    private int _epochs;

    /// <summary>A network that is not trained yet.</summary>
    /// <param name="width">Features per row.</param>
    /// <param name="train">The rows that it will see, at least 2.</param>
    /// <param name="seed">Of weights, order and noise.</param>
    /// <exception cref="FaceBiasException">There are too few rows.</exception>
    public FeatureVae(FeatureRow features, int width, IReadOnlyList<int> train, VaeOptions options, ulong seed,
        int threads)
    {
        options.Check();
        if (train.Count < Math.Max(2, options.Bins))
            throw new FaceBiasException(
                $"{train.Count:N0} training rows are too few for an autoencoder with histograms of {options.Bins} bins; give at least {Math.Max(2, options.Bins)}, or fewer bins.");
        (_features, _options, _seed) = (features, options, seed);
        _batch = Math.Min(options.BatchSize, train.Count);
        Scaling = Standard(features, width, train);
        _session = new TrainingSession(Build(width, _batch, Scaling, options, seed), Loss,
            [.. Layers(width, options).SelectMany(l => l.Parameters).Select(p => p.Name)], new Adam { ClipNorm = 1 },
            new TrainingSessionOptions { Seed = seed, Threads = threads, Fetch = [Mean, LogVariance, "vae.error"] });
    }

    /// <summary>Mean of each feature and one over its deviation; 0 for a feature that never varies.</summary>
    public (float[] Mean, float[] Scale) Scaling { get; }

    /// <summary>The trained values by name.</summary>
    public IReadOnlyDictionary<string, float[]> Parameters => _session.GetParameters();

    /// <summary>Trains for some epochs more.</summary>
    /// <returns>Mean loss of each epoch.</returns>
    public IReadOnlyList<double> Train(IReadOnlyList<int> rows, int epochs, IProgress<StepProgress>? progress,
        CancellationToken cancel)
    {
        using var feed = new RowFeed(_batch, Fill);
        var before = _epochs;
        _epochs += epochs;
        return VaeTerms.Train(new()
        {
            Session = _session,
            Feed = feed,
            Batch = _batch,
            Order = epoch => VaeTerms.Shuffled(rows, "vae order", _seed, before + epoch),
            Rate = Schedule.Constant(_options.LearningRate),
            Epochs = epochs,
            Cancel = cancel,
        }, _seed, "look for features that are not finite, or lower its learning rate", progress);
    }

    /// <summary>What the network makes of some rows.</summary>
    /// <returns>μ and s, row-major [rows, L], and the mean squared error of the reconstruction from μ.</returns>
    public (float[] Means, float[] LogVariances, float[] Errors) Encode(IReadOnlyList<int> rows,
        CancellationToken cancel)
    {
        var latents = _options.Latents;
        var (means, logs, errors, done) =
            (new float[rows.Count * latents], new float[rows.Count * latents], new float[rows.Count], 0);
        using var feed = new RowFeed(_batch, Fill);
        foreach (var batch in feed.Batches(_session, rows.ToArray(), BatchFeed.Unchanged))
        {
            cancel.ThrowIfCancellationRequested();
            _session.Evaluate();
            _session.Output<float>(Mean)[..(batch.Count * latents)].CopyTo(means.AsSpan(done * latents));
            _session.Output<float>(LogVariance)[..(batch.Count * latents)].CopyTo(logs.AsSpan(done * latents));
            _session.Output<float>("vae.error")[..batch.Count].CopyTo(errors.AsSpan(done));
            done += batch.Count;
        }
        return (means, logs, errors);
    }

    public void Dispose() => _session.Dispose();

    /// <summary>The training graph.</summary>
    internal static ModelProto Build(int width, int batch, (float[] Mean, float[] Scale) scaling, VaeOptions options,
        ulong seed)
    {
        var g = new GraphBuilder("vae");
        g.Input(Features, DataType.Float, batch, width);
        g.Input(VaeTerms.Noise, DataType.Float, batch, options.Latents);
        foreach (var layer in Layers(width, options))
            foreach (var tensor in layer.Normal(seed, layer.Name.EndsWith(".hidden", StringComparison.Ordinal)))
                g.Initializer(tensor);
        var x = RowMath.Scaled(g, Features, scaling);
        var (mean, log) = Encode(g, x);
        var decoded = Decode(g, VaeTerms.Sample(g, mean, log, VaeTerms.Noise));
        g.Output(g.Add("Identity", [VaeTerms.NegativeElbo(g, x, decoded, mean, log, width, options.Beta)], [], Loss),
            DataType.Float);
        g.Output(g.Add("Identity", [mean], [], Mean), DataType.Float, batch, options.Latents);
        g.Output(g.Add("Identity", [log], [], LogVariance), DataType.Float, batch, options.Latents);
        g.Output(g.Add("Identity", [MeanSquare(g, x, Decode(g, mean), width)], [], "vae.error"), DataType.Float, batch,
            1);
        return g.Model;
    }

    /// <summary>The trainable layers.</summary>
    public static IReadOnlyList<DenseLayer> Layers(int width, VaeOptions options) =>
    [
        new("vae.encoder.hidden", width, options.Hidden), new("vae.encoder.mean", options.Hidden, options.Latents),
        new("vae.encoder.log", options.Hidden, options.Latents),
        new("vae.decoder.hidden", options.Latents, options.Hidden), new("vae.decoder.out", options.Hidden, width),
    ];

    /// <summary>Adds the encoder; the graph has the parameters.</summary>
    public static (string Mean, string LogVariance) Encode(GraphBuilder g, string x)
    {
        var hidden = g.Add("Relu", DenseLayer.Add(g, x, "vae.encoder.hidden"));
        return (DenseLayer.Add(g, hidden, "vae.encoder.mean"), DenseLayer.Add(g, hidden, "vae.encoder.log"));
    }

    /// <summary>Adds the decoder.</summary>
    public static string Decode(GraphBuilder g, string z) =>
        DenseLayer.Add(g, g.Add("Relu", DenseLayer.Add(g, z, "vae.decoder.hidden")), "vae.decoder.out");

    /// <summary>Adds the mean squared difference of rows, [N, 1].</summary>
    public static string MeanSquare(GraphBuilder g, string x, string y, int width) =>
        RowMath.Sum(g, RowMath.Square(g, g.Add("Sub", x, y)), width, 1.0 / width);

    private void Fill(ReadOnlyMemory<int> rows)
    {
        var input = _session.Input<float>(Features);
        var width = Scaling.Mean.Length;
        for (var i = 0; i < rows.Length; i++)
            _features(rows.Span[i]).CopyTo(input.Slice(i * width, width));
    }

    private static (float[] Mean, float[] Scale) Standard(FeatureRow features, int width, IReadOnlyList<int> rows)
    {
        var (sum, squares) = (new double[width], new double[width]);
        foreach (var row in rows)
        {
            var x = features(row);
            for (var i = 0; i < width; i++)
            {
                sum[i] += x[i];
                squares[i] += (double)x[i] * x[i];
            }
        }
        var (mean, scale) = (new float[width], new float[width]);
        for (var i = 0; i < width; i++)
        {
            var m = sum[i] / rows.Count;
            var deviation = Math.Sqrt(Math.Max(0, squares[i] / rows.Count - m * m));
            (mean[i], scale[i]) = ((float)m, deviation > 1e-6 * (1 + Math.Abs(m)) ? (float)(1 / deviation) : 0);
        }
        return (mean, scale);
    }
}
