using FaceBias.Core.Heads.Model;
using FaceBias.Core.Imaging;
using FaceBias.Core.Prediction;
using FaceBias.Core.Uncertainty.Conformal;
using FaceBias.Onnx.Graphs;
using FaceBias.Primitives.Hashing;
using FaceBias.Server.Batching;
using FaceBias.Server.Tensors;
using FaceBias.Server.Monitoring;

namespace FaceBias.Server.Models;

/// <summary>A loaded model with all that serves it. Requests hold a lease; a model that was replaced is freed when the
/// last one ends.</summary>
internal sealed class ServedModel
{
    private readonly ServerMetrics _metrics;
    private readonly double _abstainBelow;
    private readonly Lock _gate = new();
    private int _leases = 1;

    private ServedModel(string path, ServeOptions options, ServerMetrics metrics)
    {
        (Path, _metrics, _abstainBelow) = (path, metrics, options.AbstainBelow);
        Name = options.Name ?? System.IO.Path.GetFileNameWithoutExtension(path);
        Bytes = new FileInfo(path).Length;
        Sha256 = FaceBias.Primitives.Hashing.Sha256.OfFile(path);
        Papers = ModelPapers.Beside(path);
    }

    /// <summary>Its name under /v2/models.</summary>
    public string Name { get; }

    public string Path { get; }

    public long Bytes { get; }

    public string Sha256 { get; }

    public DateTimeOffset Loaded { get; } = DateTimeOffset.UtcNow;

    public ModelPapers Papers { get; }

    /// <summary>What the model says about itself; null of a model of unknown origin.</summary>
    public ModelMetadata? Metadata { get; private init; }

    /// <summary>Calibrated sets by target.</summary>
    private Dictionary<string, ConformalTarget> Calibrated { get; init; } = [];

    /// <summary>What predicts for pictures; null of a model of unknown origin.</summary>
    public IPredictor? Predictor { get; private init; }

    /// <summary>Where its pictures wait; null of a model of unknown origin.</summary>
    public RowQueue? Rows { get; private init; }

    /// <summary>The graph as it is; null of a model that facebias trained.</summary>
    public TensorModel? Tensors { get; private init; }

    /// <summary>The shares of what is predicted.</summary>
    public ShareWatch Watch { get; private init; } = new([], 0, 1, _ => { });

    /// <summary>Which reference the shares are compared with, in a sentence.</summary>
    public string WatchNote { get; private init; } = "";

    /// <summary>Loads a model and tries it on a grey picture.</summary>
    /// <exception cref="FaceBiasException">It cannot be loaded, or gives numbers that are not finite.</exception>
    public static ServedModel Open(ServeOptions options, ServerMetrics metrics, Action<ShareState> alarm)
    {
        var path = options.Model;
        if (!File.Exists(path))
            throw new FaceBiasException(
                Directory.Exists(path)
                    ? $"'{path}' is a folder; name the model.onnx in it." : $"The model file '{path}' does not exist; "
                        + "check ‹Model›.", ErrorKind.Missing);
        RecordedModel.Check(path);
        var graph = OnnxFile.Read(path);
        if (graph.Metadata(ModelMetadata.Key) is null)
            return new ServedModel(path, options, metrics) { Tensors = TensorModel.Open(path, options) };
        var metadata = ModelMetadata.Read(graph, path);
        var calibrated =
            ConformalModel.Read(graph, metadata.Targets, path)?.Targets.ToDictionary(t => t.Name,
                StringComparer.Ordinal) ?? [];
        var predictor = OnnxPredictor.OfModel(graph, path, new PredictorOptions { BatchSize = options.BatchRows });
        try
        {
            Try(predictor, path);
            var shares = ReferenceShares.Of(predictor.Outputs, path, options, out var note);
            return new ServedModel(path, options, metrics)
            {
                Metadata = metadata,
                Predictor = predictor,
                Calibrated = calibrated,
                Rows = new(predictor, new ImageDecoder { MaxPixels = options.MaxPixels }, options, metrics),
                Watch = new(shares, options.FalseAlarmRate, options.AlarmWindow, alarm),
                WatchNote = note,
            };
        }
        catch
        {
            predictor.Dispose();
            throw;
        }
    }

    /// <summary>What the model's numbers for a row mean, counted in what is watched.</summary>
    public PictureAnswer Answer(string name, IReadOnlyList<float[]> outputs)
    {
        var predictions = new List<TargetAnswer>();
        float? novelty = null;
        Dictionary<string, float?[]>? further = null;
        for (var o = 0; o < outputs.Count; o++)
        {
            var output = Predictor!.Outputs[o];
            if (output.Target is { } target)
            {
                var basis = Predictor.Outputs.ToList().FindIndex(b => b.Name == target.Name + Conformal.Basis);
                predictions.Add(TargetAnswer.Of(target, outputs[o], _abstainBelow).With(
                    Calibrated.GetValueOrDefault(target.Name), outputs[o], basis < 0 ? null : outputs[basis]));
            }
            else if (output.Name == PredictorOutput.Novelty)
                novelty = float.IsFinite(outputs[o][0]) ? outputs[o][0] : null;
            else if (!IsOfCalibration(output.Name))
                (further ??= [])[output.Name] = Array.ConvertAll(outputs[o], v => float.IsFinite(v) ? v : (float?)null);
        }
        var answer = new PictureAnswer(name, predictions, novelty, novelty is { } n ? n > 1 : null, further);
        Note(answer);
        return answer;
    }

    /// <summary>The numbers of an output for a row. Those of sets and intervals are the answer's: the graph's own are
    /// for all rows together, and a picture of unknown groups gets the safest cutoff of all.</summary>
    public float[] Values(int output, IReadOnlyList<float[]> row, PictureAnswer answer)
    {
        var name = Predictor!.Outputs[output].Name;
        var said = answer.Predictions.FirstOrDefault(
            p => p.Coverage is not null && name.StartsWith(p.Target + "_", StringComparison.Ordinal));
        // Without an interval no end is a number.
        return said is null ? row[output] : name[said.Target.Length..] switch
        {
            PredictionSets.Set => [.. said.Classes.Select(c => said.Set!.Contains(c.Name) ? 1f : 0)],
            PredictionSets.Low => [said.Interval is { } i ? (float)(i.Low ?? double.NegativeInfinity) : float.NaN],
            PredictionSets.High => [said.Interval is { } i ? (float)(i.High ?? double.PositiveInfinity) : float.NaN],
            _ => row[output],
        };
    }

    private bool IsOfCalibration(string output) => Calibrated.Keys.Any(
        t => output == t + Conformal.Basis || output == t + PredictionSets.Set || output == t + PredictionSets.Low
            || output == t + PredictionSets.High);

    /// <summary>A lease; false where the model is being freed.</summary>
    public bool TryEnter()
    {
        lock (_gate)
        {
            if (_leases == 0)
                return false;
            _leases++;
            return true;
        }
    }

    /// <summary>Ends a lease, or the host's own.</summary>
    public void Exit()
    {
        lock (_gate)
        {
            if (--_leases > 0)
                return;
        }
        Rows?.Dispose();
        Predictor?.Dispose();
        Tensors?.Dispose();
    }

    private void Note(PictureAnswer answer)
    {
        Watch.Note(ReferenceShares.Of(answer));
        foreach (var p in answer.Predictions.Where(p => p.Label is not null))
            _metrics.Predicted(p.Target, p.Label!, p.Uncertainty);
        if (answer.Novelty is { } novelty)
            _metrics.Novel(novelty);
    }

    private static void Try(OnnxPredictor predictor, string path)
    {
        var grey = new float[predictor.RowLength];
        Array.Fill(grey, 128f);
        var values = predictor.Predict(grey, 1);
        for (var o = 0; o < values.Count; o++)
            if (predictor.Outputs[o].Target is not null && !values[o].All(float.IsFinite))
                throw new FaceBiasException(
                    $"'{path}' gives '{predictor.Outputs[o].Name}' for a grey picture that is no number; train it again.");
    }
}
