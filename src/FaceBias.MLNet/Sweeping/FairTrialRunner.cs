using System.Diagnostics;
using System.Globalization;
using FaceBias.MLNet.Evaluation;
using FaceBias.Primitives.Hashing;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace FaceBias.MLNet.Sweeping;

/// <summary>
/// Runs trials of a sweep by worst-group accuracy: a trainer of ML.NET on the features of a backbone, with rare groups
/// weighing more. The data are read once; every trial has a context of its own, so that a seed gives one result. A trial is
/// cancelled while it reads rows; the tree trainers read them once, at their start. Groups are of <em>perceived</em>
/// attributes; a winner is chosen on validation data and must be judged on others.
/// </summary>
public sealed class FairTrialRunner
{
    internal const string Weight = "FaceBiasWeight";

    private const string Predicted = "PredictedLabel";

    private readonly FairTrialOptions _options;
    private readonly MemoryView _train;
    private readonly MemoryView _validation;
    private readonly string[] _validationGroups;
    private readonly double[] _cellShare;
    private readonly FairTrialJournal? _journal;

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
            throw new FaceBiasException("A sweep needs at least one column of groups and one of features.");
        if (options.WorstGroupWeight is not (>= 0 and <= 1))
            throw new FaceBiasException(string.Create(CultureInfo.InvariantCulture, $"The weight of the worst group must be between 0 and 1, not {options.WorstGroupWeight}."));
        _options = options;
        string[] columns = [options.LabelColumnName, .. options.GroupColumns, .. options.FeatureColumns];
        _train = MemoryView.Read(train, columns);
        _validation = MemoryView.Read(validation, columns);
        if (_train.Schema[options.LabelColumnName].Type is not KeyDataViewType)
            throw new FaceBiasException($"Column '{options.LabelColumnName}' must be a key (Transforms.Conversion.MapValueToKey).");
        _validationGroups = Groups(_validation);
        if (!_validationGroups.CountBy(g => g).Any(g => g.Value >= options.MinimumCount))
            throw new FaceBiasException($"No group has {options.MinimumCount} validation rows; give more rows, fewer group columns or a smaller minimum count.");
        // Share of each row's cell, times the number of cells.
        var labels = _train.Values<uint>(options.LabelColumnName);
        string[] cells = [.. Groups(_train).Select((g, i) => $"{labels[i]}, {g}")];
        var counts = cells.CountBy(c => c).ToDictionary();
        _cellShare = [.. cells.Select(c => (double)counts[c] * counts.Count / cells.Length)];
        _journal = options.Journal is { } path ? new(path, Key()) : null;
    }

    /// <summary>Trains and judges one trial, or reads it from the journal.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled; nothing of it is kept.</exception>
    public FairTrialResult Run(FairTrial trial, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(trial);
        return _journal?.Find(trial) ?? Run(trial, out _, cancel);
    }

    /// <summary>Trains and judges one trial, and gives the model too.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled; nothing of it is kept.</exception>
    public FairTrialResult Run(FairTrial trial, out ITransformer model, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(trial);
        if (!_options.FeatureColumns.Contains(trial.Features))
            throw new FaceBiasException($"There are no features '{trial.Features}'; there are {string.Join(", ", _options.FeatureColumns.Select(f => $"'{f}'"))}.");
        cancel.ThrowIfCancellationRequested();
        var clock = Stopwatch.StartNew();
        var context = new MLContext(_options.Seed);
        var weighted = _train.With(Weight, NumberDataViewType.Single, _cellShare.Select(s => (float)Math.Pow(s, -trial.GroupWeight)), null, cancel);
        try
        {
            model = FairTrainers.Of(context, trial, _options.LabelColumnName, Weight).Fit(weighted);
            // The prediction asks for the columns of the training, the weights too.
            var predicted = MemoryView.Read(model.Transform(_validation.With(Weight, NumberDataViewType.Single, new float[_validationGroups.Length], null, cancel)), [Predicted]);
            var (average, worst, name) = Judge(predicted.Values<uint>(Predicted));
            var w = _options.WorstGroupWeight;
            var result = new FairTrialResult(trial, average, worst, name, 1 - ((1 - w) * average + w * worst), Math.Round(clock.Elapsed.TotalSeconds, 3));
            _journal?.Add(result);
            return result;
        }
        catch (Exception e) when (cancel.IsCancellationRequested && e is not OperationCanceledException)
        {
            // Thrown on a thread of a trainer's, it comes wrapped.
            throw new OperationCanceledException("The trial was cancelled.", e, cancel);
        }
    }

    private (double Average, double Worst, string Name) Judge(IReadOnlyList<uint> predicted)
    {
        var labels = _validation.Values<uint>(_options.LabelColumnName);
        var groups = new Dictionary<string, (int Right, int Rows)>();
        var right = 0;
        for (var i = 0; i < labels.Count; i++)
        {
            var hit = labels[i] == predicted[i] ? 1 : 0;
            right += hit;
            var (r, n) = groups.GetValueOrDefault(_validationGroups[i]);
            groups[_validationGroups[i]] = (r + hit, n + 1);
        }
        var (name, worst) = groups.Where(g => g.Value.Rows >= _options.MinimumCount)
            .Select(g => (g.Key, Share: (double)g.Value.Right / g.Value.Rows)).OrderBy(g => g.Share).ThenBy(g => g.Key, StringComparer.Ordinal).First();
        return ((double)right / labels.Count, worst, name);
    }

    private string[] Groups(MemoryView view)
    {
        var columns = _options.GroupColumns.Select(c => SubgroupColumns.Labels(view, c)).ToArray();
        return [.. Enumerable.Range(0, (int)view.GetRowCount()!.Value).Select(i => string.Join(", ", columns.Select(c => c[i])))];
    }

    /// <summary>A hash of what a result depends on beside the trial: options, labels, groups, and a sum of the features.</summary>
    private string Key() => Sha256.OfJson([_options with { Journal = null }, _cellShare, _validationGroups, _train.Values<uint>(_options.LabelColumnName),
        _options.FeatureColumns.Select(f => _train.Values<VBuffer<float>>(f).Sum(v => v.DenseValues().Sum(x => (double)x)))]);
}
