using FaceBias.Core.Data;
using FaceBias.Core.Mitigation;
using FaceBias.Core.Sweeps.Spaces;
using FaceBias.Onnx.Graphs;

namespace FaceBias.Core.Sweeps.Heads;

/// <summary>Trains heads by mitigation methods. The groups they see are those of the objective: the judged target's classes,
/// each with every crossing of the other attributes.</summary>
internal sealed class MethodTrainer
{
    private readonly SweepData _data;
    private readonly int[] _validation;
    private readonly int[] _levelOfCell;
    private readonly bool _judgedIsGroup;
    private readonly MitigationTask _task;

    private MethodTrainer(SweepData data, ulong seed)
    {
        _data = data;
        _judgedIsGroup = data.Cells.Attributes.Contains(data.Judged.Name);
        int[] Known(int[] rows) => [.. rows.Where(r => !data.Judged.IsMissing(r))];
        _validation = Known(data.Validation);
        string[] levels = [.. data.Cells.Levels.Select(LevelName).Distinct()];
        _levelOfCell = [.. data.Cells.Levels.Select(l => Array.IndexOf(levels, LevelName(l)))];
        var grouped = levels.Length > 1;
        HeadPart Part(int[] rows)
        {
            var features = new float[(long)rows.Length * data.Width];
            for (var i = 0; i < rows.Length; i++)
                data.Features(rows[i]).CopyTo(features.AsSpan(i * data.Width));
            return new(
                features, data.Width, data.IsError ? [] : [.. rows.Select(r => data.Judged.Codes[r])], data.IsError ? [.. rows.Select(r => data.Judged.Values[r])] : [],
                grouped ? [.. rows.Select(r => _levelOfCell[data.Cells.Codes[r]])] : null);
        }
        var head = new HeadData
        {
            Train = Part(Known(data.Train)),
            Validation = Part(_validation),
            Test = Part(Known(data.Test)),
            Target = data.Judged.Name,
            Classes = data.Judged.Classes,
            Bias = grouped ? string.Join(" x ", data.Cells.Attributes.Where(a => a != data.Judged.Name)) : "",
            Levels = grouped ? levels : [],
        };
        Methods = [.. MitigationMethods.All.Where(m => MethodSpace.CanSweep(m) && m.Unusable(head) is null)];
        _task = MitigationTask.Prepare(head).With(seed: seed);

        string LevelName(IReadOnlyList<string> cell) =>
            string.Join(", ", cell.Where((_, i) => data.Cells.Attributes[i] != data.Judged.Name));
    }

    /// <summary>The methods that these data allow.</summary>
    public IReadOnlyList<MitigationMethod> Methods { get; }

    /// <summary>Prepares methods for a sweep's data, or null where more than one target is trained: a method has one.</summary>
    public static MethodTrainer? For(SweepData data, ulong seed) => data.Targets.Count == 1 ? new(data, seed) : null;

    /// <summary>Trains by a configuration whose method is not that of plain heads.</summary>
    /// <param name="c">The configuration.</param>
    /// <param name="epochEnd">Told of every epoch; true ends the training.</param>
    /// <param name="cancel">Ends after the step in flight.</param>
    /// <returns>The head, its figures on validation and the kept epoch.</returns>
    public (ModelProto Graph, GroupFigures Figures, int Epoch) Train(
        Configuration c, Func<int, GroupFigures, bool> epochEnd, CancellationToken cancel)
    {
        var method = Methods.First(m => m.Name == c.Text(MethodSpace.Method));
        var head = method.Train(
            _task.With(
                epochs: (int)HeadSpace.Value(c, "epochs", _task.Epochs), batch: (int)HeadSpace.Value(c, "batch-size", _task.Batch), cancel: cancel,
                onEpoch: e => !epochEnd(e.Epoch, Convert(e.Validation))),
            MethodSpace.Settings(method, c));
        var outcomes = GroupFigures.Outcomes(_task.Data.Validation, head.Predict(_task.Data.Validation), _task.Data.Outputs);
        return (head.Graph, _data.Figures(outcomes, _validation), head.BestEpoch);
    }

    /// <summary>The method's groups as the cells of the objective, which may leave the judged target out.</summary>
    private GroupFigures Convert(GroupFigures figures)
    {
        var counts = new int[_data.Cells.Names.Count];
        var sums = new double[counts.Length];
        var levels = Math.Max(1, _task.Data.Levels.Count);
        for (var cell = 0; cell < counts.Length; cell++)
            for (var g = 0; g < figures.Counts.Length; g++)
                if (g % levels == (_task.Data.HasGroups ? _levelOfCell[cell] : 0) && figures.Counts[g] > 0 && (!_judgedIsGroup || IsClass(cell, g / levels)))
                {
                    counts[cell] += figures.Counts[g];
                    sums[cell] += figures.Counts[g] * figures.Values[g];
                }
        return GroupFigures.Of(sums, counts, _data.IsError, SweepData.MinimumCount);
    }

    private bool IsClass(int cell, int @class) => _data.Judged.Kind != TargetKind.Categorical
        || _data.Cells.Levels[cell][_data.Cells.Attributes.ToList().IndexOf(_data.Judged.Name)] == _data.Judged.Classes[@class];
}
