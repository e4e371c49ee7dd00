using FaceBias.Core.Heads.Fit;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using FaceBias.Onnx.Runtime;
using FaceBias.Onnx.Training;
using FaceBias.Primitives.Randomness;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Core.Uncertainty.Representation;

/// <summary>A HistogramVAE of pictures (CAPSA; DB-VAE, Amini et al. 2019): convolutions whose features give, in one
/// pass, the probabilities of classes, the reconstruction, and the latents whose histograms tell how rare a picture is.
/// Loss per picture: cross-entropy + y (mean |x - x̂| + w KL), y 1 for pictures to be reconstructed. (y belongs to the
/// second term: lab solutions that multiply the cross-entropy by it learn one class only.)</summary>
public sealed class PixelVae : IDisposable
{
    private const int Length = 3 * PixelVaeOptions.Side * PixelVaeOptions.Side, HiddenWidth = 512;
    private const string Labels = "labels", Reconstructed = "vae.weights", Loss = "loss", Mean = "mean",
        LogVariance = "logvariance", Classes = "classes", Error = "error", Picture = "reconstruction";

    private readonly Action<int, Span<float>> _pictures;
    private readonly int[] _labels;
    private readonly PixelVaeOptions _options;
    private readonly int _classes, _batch;
    private readonly int? _positive;
    private readonly TrainingSession _session;
    private int _epochs;

    /// <summary>A network that is not trained yet.</summary>
    /// <param name="pictures">Writes the picture of an index, float32 [3, 64, 64], RGB 0-255.</param>
    /// <param name="labels">Class of each picture, 0 to <paramref name="classes"/> - 1.</param>
    /// <param name="classes">Number of classes, at least 2.</param>
    /// <param name="positive">The class whose pictures are reconstructed; null for all.</param>
    /// <param name="options">How.</param>
    public PixelVae(Action<int, Span<float>> pictures, int[] labels, int classes, int? positive,
        PixelVaeOptions options)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(options);
        OptionRule.Require(options.Latents is >= 1 and <= 4096, "the number of latents must be from 1 to 4096",
            options.Latents);
        OptionRule.Require(labels.Length >= 2, "the number of pictures must be at least 2", labels.Length);
        (_pictures, _labels, _classes, _positive, _options) = (pictures, labels, classes, positive, options);
        _batch = Math.Min(options.BatchSize, labels.Length);
        var (model, parameters) = Build(options, _batch, classes);
        _session = new TrainingSession(model, Loss, parameters, new Adam(), new TrainingSessionOptions
        {
            Seed = options.Seed,
            Threads = options.Threads,
            BatchNorm = BatchNormMode.Training,
        });
    }

    /// <summary>Trains for some epochs more.</summary>
    /// <param name="order">The pictures of each epoch, from 1; null for all of <paramref name="rows"/>,
    /// shuffled.</param>
    /// <param name="rows">The training pictures.</param>
    /// <param name="epochs">Epochs.</param>
    /// <param name="progress">One report per epoch.</param>
    /// <param name="cancellationToken">Ends after the step in flight.</param>
    /// <returns>Mean loss of each epoch.</returns>
    public IReadOnlyList<double> Train(
        IReadOnlyList<int> rows, int epochs, Func<int, int[]>? order = null, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        using var feed = new RowFeed(_batch, Fill);
        var before = _epochs;
        _epochs += epochs;
        return VaeTerms.Train(new()
        {
            Session = _session,
            Feed = feed,
            Batch = _batch,
            Order = epoch => order?.Invoke(before + epoch)
                ?? VaeTerms.Shuffled(rows, "pixel vae order", _options.Seed, before + epoch),
            Rate = Schedule.Constant(_options.LearningRate),
            Epochs = epochs,
            Cancel = cancellationToken,
        }, _options.Seed, "lower its learning rate", progress);
    }

    /// <summary>What the network makes of pictures.</summary>
    /// <returns>Row-major: μ and s [rows, L], probabilities [rows, classes]; and the mean absolute error of each
    /// reconstruction.</returns>
    public PixelVaeCodes Encode(IReadOnlyList<int> rows, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var latents = _options.Latents;
        var codes = new PixelVaeCodes(new float[rows.Count * latents], new float[rows.Count * latents],
            new float[rows.Count * _classes], new float[rows.Count]);
        using var session = new OnnxSession(Inference(Mean, LogVariance, Classes, Error),
            new OnnxSessionOptions { Threads = _options.Threads });
        using var batch = session.CreateBatch(_batch);
        for (var start = 0; start < rows.Count; start += _batch)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var count = Math.Min(_batch, rows.Count - start);
            for (var i = 0; i < count; i++)
                _pictures(rows[start + i], batch.Input<float>(BackboneMetadata.Pixels).Slice(i * Length, Length));
            batch.Run();
            void Take(string name, float[] to, int width) =>
                batch.Output<float>(name)[..(count * width)].CopyTo(to.AsSpan(start * width));
            Take(Mean, codes.Means, latents);
            Take(LogVariance, codes.LogVariances, latents);
            Take(Classes, codes.Probabilities, _classes);
            Take(Error, codes.Errors, 1);
        }
        return codes;
    }

    /// <summary>How rare pictures are among themselves: -Σ ln(Q_i(μ_i) + α) over latents that have not
    /// collapsed.</summary>
    /// <exception cref="FaceBiasException">There are fewer pictures than bins, or all latents have
    /// collapsed.</exception>
    public double[] Rarity(IReadOnlyList<int> rows, CancellationToken cancellationToken = default)
    {
        var codes = Encode(rows, cancellationToken);
        return Array.ConvertAll(Histograms(codes).LogDensity(codes.Means), d => -d);
    }

    /// <summary>Writes the network as one model: <c>pixels</c> [N, 3, 64, 64], RGB 0-255, to <c>classes</c> [N, K],
    /// <c>reconstruction</c> [N, 3, 64, 64], <c>uncertainty_reconstruction</c> and <c>uncertainty_representation</c>
    /// [N, 1].</summary>
    /// <param name="rows">The pictures whose latents make the histograms: those that are reconstructed.</param>
    /// <param name="path">The ONNX file.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <exception cref="FaceBiasException">There are fewer pictures than bins, or all latents have
    /// collapsed.</exception>
    public void Export(IReadOnlyList<int> rows, string path, CancellationToken cancellationToken = default) =>
        OnnxFile.Write(Export(rows, cancellationToken), path);

    internal ModelProto Export(IReadOnlyList<int> rows, CancellationToken cancellationToken = default)
    {
        var model = Inference(Classes, Picture, Mean, Error);
        model.Graph.Output.Remove(model.Graph.Output.First(o => o.Name == Mean));
        model.Graph.Output.Remove(model.Graph.Output.First(o => o.Name == Error));
        var g = new GraphBuilder(model);
        g.Output(g.Add("Identity", [Error], [], "uncertainty_reconstruction"), DataType.Float, "N", 1);
        g.Output(g.Add("Identity", [Histograms(Encode(rows, cancellationToken)).AddTo(g, Mean)], [], "uncertainty_representation"),
            DataType.Float, "N", 1);
        model.Graph.Name = "histogram-vae";
        return model;
    }

    /// <summary>Writes the layer before the classes, [N, 512], as a backbone that <c>facebias train</c> takes as a
    /// file.</summary>
    /// <param name="path">The ONNX file.</param>
    public void ExportBackbone(string path) => OnnxFile.Write(Backbone(), path);

    internal ModelProto Backbone()
    {
        var model = Inference(Classes);
        var node = model.Graph.Node.First(n => n.Output.Contains(Classes));
        while (node.OpType != "Relu")
            node = model.Graph.Node.First(n => n.Output.Contains(node.Input[0]));
        var g = new GraphBuilder(model);
        model.Graph.Output.Clear();
        g.Output(g.Add("Identity", [node.Output[0]], [], BackboneMetadata.Features), DataType.Float, "N", HiddenWidth);
        model.Graph.RemoveUnused();
        model.SetMetadata(BackboneMetadata.Input, "RGB 0-255");
        model.SetMetadata(BackboneMetadata.Name, "histogram-vae");
        return model;
    }

    /// <summary>The network with its running statistics, for any number of pictures.</summary>
    private ModelProto Inference(params string[] outputs)
    {
        var model = _session.Export().KeepOutputs(outputs);
        model.Graph.Input.Clear();
        model.Graph.Input.Add(
            GraphBuilder.ValueInfo(BackboneMetadata.Pixels, DataType.Float, "N", 3, PixelVaeOptions.Side,
                PixelVaeOptions.Side));
        foreach (var output in model.Graph.Output)
            output.Type.TensorType.Shape.Dim[0] = new TensorShapeProto.Types.Dimension { DimParam = "N" };
        model.Graph.ValueInfo.Clear();
        return model;
    }

    /// <summary>Whether a picture is reconstructed, and so has latents that mean something.</summary>
    internal bool Reconstructs(int row) => _positive is null || _labels[row] == _positive;

    /// <summary>Densities of latents.</summary>
    internal LatentHistograms Histograms(PixelVaeCodes codes) =>
        LatentHistograms.Fit(codes.Means, _options.Latents, _options.Bins, _options.Alpha,
        VaeTerms.Divergences(codes.Means, codes.LogVariances, _options.Latents), _options.CollapsedBelow);

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    /// <summary>The training graph with its parameters.</summary>
    internal static (ModelProto Model, IReadOnlyList<string> Parameters) Build(PixelVaeOptions options, int batch,
        int classes)
    {
        const int Side = PixelVaeOptions.Side;
        var (net, f) = (new NetworkBuilder("histogram-vae", options.Seed), options.Filters);
        var g = net.Graph;
        var pixels = g.Input(BackboneMetadata.Pixels, DataType.Float, batch, 3, Side, Side);
        var labels = g.Input(Labels, DataType.Int64, batch);
        var weights = g.Input(Reconstructed, DataType.Float, batch);
        var noise = g.Input(VaeTerms.Noise, DataType.Float, batch, options.Latents);
        var x = g.Add("Mul", pixels, g.Constant(1f / 255));
        var (h, channels) = (x, 3);
        foreach (var (width, kernel) in new[] { (f, 5), (2 * f, 5), (4 * f, 3), (6 * f, 3) })
        {
            h = net.BatchNorm(net.Relu(net.Conv(h, channels, width, kernel, stride: 2, bias: true)), width);
            channels = width;
        }
        h = net.Relu(net.Dense(g.Add("Flatten", h), channels * Side / 16 * Side / 16, HiddenWidth));
        var (logits, mean, log) = (net.Dense(h, HiddenWidth, classes), net.Dense(h, HiddenWidth, options.Latents),
            net.Dense(h, HiddenWidth, options.Latents));
        g.Output(g.Add("Identity", [g.Add("Softmax", [logits], [("axis", 1L)])], [], Classes), DataType.Float, batch,
            classes);
        g.Output(g.Add("Identity", [mean], [], Mean), DataType.Float, batch, options.Latents);
        g.Output(g.Add("Identity", [log], [], LogVariance), DataType.Float, batch, options.Latents);
        var z = VaeTerms.Sample(g, mean, log, noise);
        var decoded = Decode(net, z, options, out var decoder);
        var loss = Losses.Combine(g, (Losses.SoftmaxCrossEntropy(g, logits, labels, classes), 1),
            (Losses.L1(g, decoded, x, weights), 1),
            (Losses.GaussianDivergence(g, mean, log, weights), options.KlWeight));
        g.Output(g.Add("Identity", [loss], [], Loss), DataType.Float);
        // From μ, without noise: what predictions show. The same weights once more.
        var shown = g.Add("Identity", [decoder(mean)], [], Picture);
        g.Output(shown, DataType.Float, batch, 3, Side, Side);
        g.Output(g.Add("Identity",
            [RowMath.Sum(g, g.Add("Flatten", g.Add("Abs", g.Add("Sub", x, shown))), Length, 1.0 / Length)], [], Error),
            DataType.Float, batch, 1);
        return (g.Model, net.Parameters);
    }

    /// <summary>The lab's decoder: the encoder backwards.</summary>
    private static string Decode(NetworkBuilder net, string z, PixelVaeOptions options, out Func<string, string> again)
    {
        var (g, f, side) = (net.Graph, options.Filters, PixelVaeOptions.Side / 16);
        var first = g.Graph.Node.Count;
        var y = g.Add("Reshape", net.Relu(net.Dense(z, options.Latents, 6 * f * side * side)),
            g.Constant(-1L, 6 * f, side, side));
        y = net.Relu(net.ConvTranspose(y, 6 * f, 4 * f, 3, 2));
        y = net.Relu(net.ConvTranspose(y, 4 * f, 2 * f, 3, 2));
        y = net.Relu(net.ConvTranspose(y, 2 * f, f, 5, 2));
        y = net.ConvTranspose(y, f, 3, 5, 2);
        var nodes = g.Graph.Node.Skip(first).ToArray();
        var result = y;
        again = other =>
        {
            var names = new Dictionary<string, string> { [z] = other };
            foreach (var node in nodes)
            {
                var copy = node.Clone();
                for (var i = 0; i < copy.Input.Count; i++)
                    copy.Input[i] = names.GetValueOrDefault(copy.Input[i], copy.Input[i]);
                copy.Output[0] = copy.Name = names[node.Output[0]] = g.Unique("shown");
                g.Graph.Node.Add(copy);
            }
            return names[result];
        };
        return y;
    }

    private void Fill(ReadOnlyMemory<int> rows)
    {
        var pixels = _session.Input<float>(BackboneMetadata.Pixels);
        var labels = _session.Input<long>(Labels);
        var weights = _session.Input<float>(Reconstructed);
        for (var i = 0; i < rows.Length; i++)
        {
            var row = rows.Span[i];
            _pictures(row, pixels.Slice(i * Length, Length));
            labels[i] = _labels[row];
            weights[i] = Reconstructs(row) ? 1 : 0;
        }
    }
}

/// <summary>What a <see cref="PixelVae"/> makes of pictures, row-major.</summary>
/// <param name="Means">μ [rows, L].</param>
/// <param name="LogVariances">s [rows, L].</param>
/// <param name="Probabilities">[rows, classes].</param>
/// <param name="Errors">Mean absolute error of each reconstruction, of values from 0 to 1.</param>
public sealed record PixelVaeCodes(float[] Means, float[] LogVariances, float[] Probabilities, float[] Errors);
