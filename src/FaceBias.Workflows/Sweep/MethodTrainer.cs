using System.Collections.Concurrent;
using FaceBias.Core.Heads.Methods;
using FaceBias.Core.Search.Results;
using FaceBias.Core.Search.Spaces;
using FaceBias.Onnx.Graphs;

namespace FaceBias.Workflows.Sweep;

/// <summary>Trains heads by mitigation methods. The groups they see are those of the objective: the judged target's
/// classes, each with every crossing of the other attributes.</summary>
internal sealed class MethodTrainer
{
    private static readonly float[] NoFeature = [0];

    private readonly SweepData _data;
    private readonly int[] _levelOfCell;
    private readonly bool _judgedIsGroup;
    private readonly Func<FeatureSet, int[], HeadData> _describe;
    private readonly ulong _seed;
    private readonly ConcurrentDictionary<string, Lazy<MitigationTask>> _tasks = new(StringComparer.Ordinal);

    private MethodTrainer(SweepData data, ulong seed)
    {
        (_data, _seed) = (data, seed);
        _judgedIsGroup = data.Cells.Attributes.Contains(data.Judged.Name);
        int[] Known(int[] rows) => [.. rows.Where(r => !data.Judged.IsMissing(r))];
        string[] levels = [.. data.Cells.Levels.Select(LevelName).Distinct()];
        _levelOfCell = [.. data.Cells.Levels.Select(l => Array.IndexOf(levels, LevelName(l)))];
        var grouped = levels.Length > 1;
        HeadPart Part(FeatureSet set, int[] rows)
        {
            var features = new float[(long)rows.Length * set.Width];
            for (var i = 0; i < rows.Length; i++)
                set.Row(rows[i]).CopyTo(features.AsSpan(i * set.Width));
            return new(
                features, set.Width, data.IsError ? [] : [.. rows.Select(r => data.Judged.Codes[r])],
                data.IsError ? [.. rows.Select(r => data.Judged.Values[r])] : [],
                grouped ? [.. rows.Select(r => _levelOfCell[data.Cells.Codes[r]])] : null);
        }
        HeadData Data(FeatureSet set, int[] train) => new()
        {
            Train = Part(set, Known(train)),
            Validation = Part(set, Known(data.Validation)),
            Test = Part(set, Known(data.Test)),
            Target = data.Judged.Name,
            Classes = data.Judged.Classes,
            Bias = grouped ? string.Join(" x ", data.Cells.Attributes.Where(a => a != data.Judged.Name)) : "",
            Levels = grouped ? levels : [],
        };
        _describe = Data;
        // Which methods can be used depends on labels alone, so a feature that is always 0 will do; the features are
        // copied when a trial first needs them.
        var labels = Data(new("", 1, _ => NoFeature, null), data.Train);
        Methods = [.. MitigationMethods.All.Where(m => MethodSpace.CanSweep(m) && m.Unusable(labels) is null)];

        string LevelName(IReadOnlyList<string> cell) =>
            string.Join(", ", cell.Where((_, i) => data.Cells.Attributes[i] != data.Judged.Name));
    }

    /// <summary>The methods that these data allow.</summary>
    public IReadOnlyList<MitigationMethod> Methods { get; }

    /// <summary>Prepares methods for a sweep's data, or null where more than one target is trained: a method has
    /// one.</summary>
    public static MethodTrainer? For(SweepData data, ulong seed) => data.Targets.Count == 1 ? new(data, seed) : null;

    /// <summary>Trains by a configuration whose method is not that of plain heads.</summary>
    /// <param name="epochEnd">Told of every epoch; true ends the training.</param>
    public TrialHeads Train(Configuration c, Func<int, GroupMetrics, bool> epochEnd, CancellationToken cancel)
    {
        var method = Method(c);
        var set = _data.Features.Of(c);
        var task = _tasks.GetOrAdd(set.Name,
            _ => new(() => MitigationTask.Prepare(_describe(set, _data.Train)).With(seed: _seed))).Value;
        var head = method.Train(
            Limited(task, c, cancel).With(onEpoch: e => !epochEnd(e.Epoch, Convert(e.Validation, task.Data))),
            Settings.Of(method, c));
        var known = GroupMetrics.Outcomes(task.Data.Validation, head.Predict(task.Data.Validation), task.Data.Outputs);
        var outcomes = new double[_data.Validation.Length];
        var next = 0;
        for (var i = 0; i < outcomes.Length; i++)
            outcomes[i] = _data.Judged.IsMissing(_data.Validation[i]) ? double.NaN : known[next++];
        return new(head.Graph, _data.MetricsOf(outcomes, _data.Validation), outcomes, head.BestEpoch);
    }

    /// <summary>Whether a configuration's method can be trained on validation rows too.</summary>
    public bool CanRefit(Configuration c) => !Method(c).FitsOnValidation;

    /// <summary>Trains on training and validation rows together, the last stage for as many epochs as were best
    /// before.</summary>
    public ModelProto Refit(Configuration c, int epochs, CancellationToken cancel)
    {
        var task = MitigationTask.Prepare(_describe(_data.Features.Of(c), [.. _data.Train, .. _data.Validation]))
            .With(seed: _seed);
        return Method(c).Train(Limited(task, c, cancel).With(finalEpochs: epochs), Settings.Of(Method(c), c)).Graph;
    }

    private MitigationMethod Method(Configuration c) => Methods.First(m => m.Name == c.Text(MethodSpace.Method));

    private static MitigationTask Limited(MitigationTask task, Configuration c, CancellationToken cancel) => task.With(
        epochs: (int)HeadSpace.Value(c, "epochs", task.Epochs),
        batch: (int)HeadSpace.Value(c, "batch-size", task.Batch), cancel: cancel);

    /// <summary>The method's groups as the cells of the objective, which may leave the judged target out.</summary>
    private GroupMetrics Convert(GroupMetrics metrics, HeadData task)
    {
        var counts = new int[_data.Cells.Names.Count];
        var sums = new double[counts.Length];
        var levels = Math.Max(1, task.Levels.Count);
        for (var cell = 0; cell < counts.Length; cell++)
            for (var g = 0; g < metrics.Counts.Length; g++)
                if (g % levels == (task.HasGroups ? _levelOfCell[cell] : 0) && metrics.Counts[g] > 0
                    && (!_judgedIsGroup || IsClass(cell, g / levels)))
                {
                    counts[cell] += metrics.Counts[g];
                    sums[cell] += metrics.Counts[g] * metrics.Values[g];
                }
        return GroupMetrics.Of(sums, counts, _data.IsError, Objective.MinimumCount);
    }

    private bool IsClass(int cell, int @class) => _data.Judged.Kind != TargetKind.Categorical
        || _data.Cells.Levels[cell][_data.Cells.Attributes.ToList()
            .IndexOf(_data.Judged.Name)] == _data.Judged.Classes[@class];
}
