using System.Diagnostics.Metrics;

namespace FaceBias.Server.Monitoring;

/// <summary>The service's own instruments, beside those of ASP.NET Core (<c>http.server.request.duration</c> and its
/// like). docs/reference/serving.md lists them under the names that Prometheus sees.</summary>
internal sealed class ServerMetrics : IDisposable
{
    /// <summary>The name of the meter.</summary>
    public const string Name = "FaceBias.Server";

    private static readonly InstrumentAdvice<double> s_seconds = new()
    {
        // The buckets that the semantic conventions give to http.server.request.duration, and finer ones below.
        HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5,
            7.5, 10],
    };

    private readonly Meter _meter = new(Name);
    private readonly Histogram<double> _queue;
    private readonly Histogram<double> _decode;
    private readonly Histogram<double> _infer;
    private readonly Histogram<int> _rows;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _reloads;
    private readonly Counter<long> _predictions;
    private readonly Counter<long> _alarms;
    private readonly Histogram<double> _uncertainty;
    private readonly Histogram<double> _novelty;

    public ServerMetrics()
    {
        _queue = _meter.CreateHistogram("facebias.queue", "s", "Time from acceptance to the batch.", advice: s_seconds);
        _decode = _meter.CreateHistogram("facebias.decode", "s", "Time to decode a picture.", advice: s_seconds);
        _infer = _meter.CreateHistogram("facebias.infer", "s", "Time of a batch in the model.", advice: s_seconds);
        _rows = _meter.CreateHistogram("facebias.batch.rows", null, "Rows of a batch.",
            advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 4, 8, 12, 16, 24, 32, 64, 128] });
        _refused = _meter.CreateCounter<long>("facebias.refused", null,
            "Requests and pictures that were refused, by reason.");
        _reloads = _meter.CreateCounter<long>("facebias.model.loads", null,
            "Model files loaded or refused while serving.");
        _predictions = _meter.CreateCounter<long>("facebias.predictions", null, "Predictions by target and class.");
        _alarms = _meter.CreateCounter<long>("facebias.alarms", null,
            "Alarms that a share departs from its reference, by target and stream.");
        var parts = new InstrumentAdvice<double>
            { HistogramBucketBoundaries = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1] };
        _uncertainty = _meter.CreateHistogram("facebias.uncertainty", null,
            "Entropy of the probabilities over its maximum, by target.", advice: parts);
        _novelty = _meter.CreateHistogram("facebias.novelty", null,
            "Distance from the training pictures; above 1 is out of distribution.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 4] });
    }

    /// <summary>What is measured when somebody looks.</summary>
    public void Watch(Func<int> pending, Func<IEnumerable<Measurement<double>>> shares,
        Func<IEnumerable<Measurement<int>>> alarms)
    {
        _meter.CreateObservableGauge("facebias.queue.rows", pending, null,
            "Rows that are accepted and not answered yet.");
        _meter.CreateObservableGauge("facebias.share", shares, null, "Share of predictions in the window, by stream.");
        _meter.CreateObservableGauge("facebias.alarm", alarms, null,
            "1 where the window's share departs from its reference, by stream.");
    }

    public void Waited(double seconds) => _queue.Record(seconds);

    public void Decoded(double seconds) => _decode.Record(seconds);

    public void Ran(int rows, double seconds)
    {
        _rows.Record(rows);
        _infer.Record(seconds);
    }

    public void Refused(string reason) => _refused.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public void Loaded(bool accepted) =>
        _reloads.Add(1, new KeyValuePair<string, object?>("result", accepted ? "loaded" : "refused"));

    public void Predicted(string target, string label, double? uncertainty)
    {
        _predictions.Add(1, new("target", target), new("class", label));
        if (uncertainty is { } u)
            _uncertainty.Record(u, new KeyValuePair<string, object?>("target", target));
    }

    public void Novel(double novelty) => _novelty.Record(novelty);

    public void Alarmed(string target, string stream) => _alarms.Add(1, new("target", target), new("stream", stream));

    public void Dispose() => _meter.Dispose();
}
