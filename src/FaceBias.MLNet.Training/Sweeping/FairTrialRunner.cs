using System.Diagnostics;
using System.Text.Json.Nodes;
using FaceBias.Core.Backbones;
using FaceBias.Core.Search.Spaces;
using FaceBias.Core.Search.Storage;
using FaceBias.Core.Search.Trials;
using FaceBias.Primitives.Hashing;

namespace FaceBias.MLNet.Sweeping;

/// <summary>Runs trials of a sweep by worst-group accuracy: a trainer of ML.NET on the features of a backbone, with
/// rare groups weighing more. The data are read once; every trial has a context of its own, so that a seed gives one
/// result. A trial is cancelled while it reads rows; the tree trainers read them once, at their start. Groups are of
/// <em>perceived</em> attributes; a winner is chosen on validation data and must be judged on others.</summary>
public sealed class FairTrialRunner
{
    private const string Predicted = "PredictedLabel";

    private readonly FairTrialOptions _options;
    private readonly MemoryView _train;
    private readonly MemoryView _validation;
    private readonly GroupWeights _weights;
    private readonly GroupOutcomes _judge;
    private readonly SearchSpace _space;
    private readonly JsonObject _identity;

    /// <summary>Reads the data.</summary>
    /// <param name="train">Training rows: features, a key label, groups.</param>
    /// <param name="validation">Validation rows with the same columns.</param>
    /// <param name="options">Names, loss, journal.</param>
    /// <exception cref="FaceBiasException">A column is missing, or no group has enough validation rows.</exception>
    public FairTrialRunner(IDataView train, IDataView validation, FairTrialOptions options)
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(validation);
        ArgumentNullException.ThrowIfNull(options);
        if (options.GroupColumns.Count == 0 || options.FeatureColumns.Count == 0)
            throw new ArgumentException("A sweep needs at least one column of groups and one of features.",
                nameof(options));
        if (options.WorstGroupWeight is not (>= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(options),
                string.Create(CultureInfo.InvariantCulture,
                    $"The weight of the worst group must be between 0 and 1, not {options.WorstGroupWeight}."));
        _options = options;
        string[] columns = [options.LabelColumnName, .. options.GroupColumns, .. options.FeatureColumns];
        _train = MemoryView.Read(train, columns);
        _validation = MemoryView.Read(validation, columns);
        if (_train.Schema[options.LabelColumnName].Type is not KeyDataViewType)
            throw new ArgumentException(
                $"Column '{options.LabelColumnName}' must be a key (Transforms.Conversion.MapValueToKey).",
                nameof(train));
        _judge = new(_validation, options.LabelColumnName, options.GroupColumns, isNumber: false, options.MinimumCount);
        _weights = new(_train, options.LabelColumnName, options.GroupColumns);
        _space = FairTrialSpace.Of(options.FeatureColumns, Enum.GetValues<FairTrainer>());
        _identity = new() { ["data and options"] = Key() };
    }

    /// <summary>Trains and judges one trial, or reads it from the journal.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled; nothing of it is kept.</exception>
    public FairTrialResult Run(FairTrial trial, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(trial);
        return Find(trial) ?? Run(trial, out _, cancellationToken);
    }

    /// <summary>Trains and judges one trial, and gives the model too.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled; nothing of it is kept.</exception>
    public FairTrialResult Run(FairTrial trial, out ITransformer model, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(trial);
        if (!_options.FeatureColumns.Contains(trial.Features))
            throw new ArgumentException(
                $"There are no features '{trial.Features}'; there are "
                    + $"{string.Join(", ", _options.FeatureColumns.Select(f => $"'{f}'"))}.", nameof(trial));
        cancellationToken.ThrowIfCancellationRequested();
        var clock = Stopwatch.StartNew();
        var context = new MLContext(_options.Seed);
        var weighted = _weights.Apply(trial.GroupWeight, cancellationToken);
        try
        {
            model = FairTrainers.Of(context, trial, _options.LabelColumnName).Fit(weighted);
            var estimates =
                _judge.Judge(model.Transform(new CancellableView(_validation, cancellationToken)), Predicted);
            var metrics = new TrialMetrics
            {
                Average = estimates.RowAverage, Worst = estimates.Worst,
                Groups = estimates.Compared.ToDictionary(_judge.Name, g => estimates.Values[g]),
            };
            var result = Result(trial, metrics, Math.Round(clock.Elapsed.TotalSeconds, 3));
            Add(trial, result, metrics);
            return result;
        }
        catch (Exception e) when (cancellationToken.IsCancellationRequested && e is not OperationCanceledException)
        {
            // Thrown on a thread of a trainer's, it comes wrapped.
            throw new OperationCanceledException("The trial was cancelled.", e, cancellationToken);
        }
    }

    private FairTrialResult Result(FairTrial trial, TrialMetrics m, double seconds)
    {
        var w = _options.WorstGroupWeight;
        return new(trial, m.Average!.Value, m.Worst!.Value, m.Groups.MinBy(g => g.Value).Key,
            1 - ((1 - w) * m.Average.Value + w * m.Worst.Value), seconds);
    }

    private FairTrialResult? Find(FairTrial trial)
    {
        if (!File.Exists(_options.Journal))
            return null;
        using var journal = StudyJournal.Open(_options.Journal, _space, _identity);
        return journal.Find(FairTrialSpace.Write(_space, trial)) is { } known
            ? Result(trial, known.Metrics, known.Seconds) : null;
    }

    private void Add(FairTrial trial, FairTrialResult result, TrialMetrics metrics)
    {
        if (_options.Journal is null)
            return;
        using var journal = StudyJournal.Open(_options.Journal, _space, _identity);
        journal.Add(new(
            journal.Trials.Count, FairTrialSpace.Write(_space, trial), TrialState.Complete, [],
            new() { Losses = [result.Loss], Metrics = metrics }, null, result.Seconds));
    }

    /// <summary>A hash of what a result depends on beside the trial: options, labels, groups, and a sum of the
    /// features.</summary>
    private string Key() =>
        Sha256.OfJson([_options with { Journal = null }, _weights.Cells, _judge.Groups,
            _train.Values<uint>(_options.LabelColumnName),
        _options.FeatureColumns.Select(
            f => _train.Values<VBuffer<float>>(f).Sum(v => v.DenseValues().Sum(x => (double)x)))]);
}
