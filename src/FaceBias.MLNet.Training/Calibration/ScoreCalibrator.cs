using System.Diagnostics;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Uncertainty.Conformal;
using FaceBias.Core.Uncertainty.LastLayers;
using FaceBias.MLNet.Scoring;
using FaceBias.MLNet.Training;
using FaceBias.Primitives.Tables;

namespace FaceBias.MLNet.Calibration;

/// <summary>Calibrates the scores of any model on rows that it was not trained on: temperatures of probabilities, sets
/// of classes or intervals of numbers that hold the truth at a nominal rate. Overall, or for groups of
/// <em>perceived</em> attributes, whose columns the rows then need when the model predicts, too; a missing or new group
/// gets the overall temperature, or the safest cutoff.</summary>
/// <remarks>Rows without a label, or whose scores are no numbers, are passed over.</remarks>
[DebuggerDisplay("{_score} by {_label}")]
public sealed class ScoreCalibrator : IEstimator<ModelTransformer>
{
    private readonly string _label, _score;
    private readonly IReadOnlyList<string> _groups;
    private readonly ConformalOptions? _conformal;
    private readonly string[] _outputs;
    private readonly Action<string>? _notice;

    /// <param name="outputs">The new column of probabilities or sets; or the two of an interval's ends.</param>
    /// <param name="conformal">How sets and intervals are calibrated; null for temperatures.</param>
    /// <param name="group">The column whose groups have temperatures of their own; null for one overall.</param>
    /// <param name="notice">Told what was measured and assumed.</param>
    internal ScoreCalibrator(string label, string score, string[] outputs, ConformalOptions? conformal,
        string? group, Action<string>? notice)
    {
        ArgumentException.ThrowIfNullOrEmpty(label);
        ArgumentException.ThrowIfNullOrEmpty(score);
        foreach (var output in outputs)
            ArgumentException.ThrowIfNullOrEmpty(output, nameof(outputs));
        conformal?.Check();
        if (conformal?.Numbers is { } kind and not IntervalScore.Absolute)
            throw new ArgumentException(
                $"{kind} intervals need the model's own distribution, which a column of scores has not: calibrate with "
                    + "'facebias uncertainty', or by IntervalScore.Absolute.", nameof(conformal));
        (_label, _score, _outputs, _conformal, _notice) = (label, score, outputs, conformal, notice);
        _groups = conformal?.Groups ?? (group is null ? [] : [group]);
    }

    private bool IsNumber => _outputs.Length == 2;

    /// <summary>Calibrates.</summary>
    /// <exception cref="ArgumentException">A column is missing or of another type.</exception>
    /// <exception cref="FaceBiasException">The rows do not allow it; the sentence says what to do.</exception>
    public ModelTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var column = input.Schema.GetColumnOrNull(_score)
            ?? throw new ArgumentException($"The data have no column '{_score}'.", nameof(input));
        var width = IsNumber ? 1 : (column.Type as VectorDataViewType)?.Size ?? 0;
        var item = IsNumber ? column.Type : (column.Type as VectorDataViewType)?.ItemType;
        if (item is not NumberDataViewType || item.RawType != typeof(float) || width == 0)
            throw new ArgumentException($"Column '{_score}' is of type {column.Type}; it must be "
                + (IsNumber ? "a Single." : "a vector of Single of a known size, probabilities."), nameof(input));
        var classes = IsNumber ? null : Classes(input.Schema[_label], column, width);
        var rows = TrainerColumns.Read(input, _label, [], IsNumber, classes);
        var view = MemoryView.Read(input, [_score, .. _groups.Where(g => g != _label)]);
        var scores = IsNumber ? [.. view.Values<float>(_score)]
            : view.Values<VBuffer<float>>(_score).SelectMany(v => v.DenseValues()).ToArray();
        int[] used = [.. Enumerable.Range(0, rows.Rows).Where(r => !rows.IsMissing(r)
            && scores.Skip(r * width).Take(width).All(float.IsFinite))];
        if (used.Length == 0)
            throw new FaceBiasException(
                $"None of the {rows.Rows:N0} rows has a '{_label}' and a '{_score}' to calibrate on; give labelled rows "
                    + "that the model was not trained on.");
        var values = new float[used.Length * width];
        for (var i = 0; i < used.Length; i++)
            scores.AsSpan(used[i] * width, width).CopyTo(values.AsSpan(i * width));
        var truth = Take(rows.Target(_label), used);
        Target[] groups = [.. _groups.Where(g => g != _label).Select(
            g => Take(Target.From(SubgroupColumns.Group(view, g), null), used))];
        var (graph, known) = _conformal is null ? Temperatures(values, width, truth, groups.FirstOrDefault())
            : Conformal(values, width, truth, groups, classes);
        var spec = Spec(width, classes, known);
        ModelTransformer.Check(spec, input.Schema);
        return new(spec, graph);
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        foreach (var needed in _groups.Append(_label))
            if (inputSchema.All(c => c.Name != needed))
                throw new ArgumentException($"The data have no column '{needed}'.", nameof(inputSchema));
        return ModelEstimator.Shape(Spec(1, null, []), inputSchema);
    }

    private ScoringSpec Spec(int width, ClassNames? classes, IReadOnlyList<ConformalGroup> groups) => new()
    {
        InputColumn = _score,
        InputLength = width + groups.Count,
        Groups = groups,
        Outputs = [.. _outputs.Select(o => new ScoredOutput(o, IsNumber ? 1 : width,
            IsNumber ? OutputShape.Value : OutputShape.Vector, o, Classes: classes))],
    };

    /// <summary>The classes in the order of the scores: by the names of their slots, else by the label's key.</summary>
    private static ClassNames Classes(DataViewSchema.Column label, DataViewSchema.Column score, int width)
    {
        if (score.HasSlotNames())
        {
            VBuffer<ReadOnlyMemory<char>> names = default;
            score.GetSlotNames(ref names);
            return new([.. names.DenseValues().Select(n => n.ToString())]);
        }
        return label.Type is KeyDataViewType { Count: var count } && count == (ulong)width ? ClassNames.Of(label)
            : throw new ArgumentException(
                $"Which class each slot of '{score.Name}' is of is not known: it has no slot names, and '{label.Name}' is "
                    + $"no key of {width} values; map the label to a key.");
    }

    private (byte[] Graph, IReadOnlyList<ConformalGroup> Groups) Temperatures(float[] values, int width, Target truth,
        Target? groups)
    {
        if (truth.Codes.Length < Temperature.FewestRows)
            throw new FaceBiasException(
                $"A temperature needs at least {Temperature.FewestRows} rows with '{_label}', and there are "
                    + $"{truth.Codes.Length}; give more.");
        if (groups is { Kind: TargetKind.Numeric })
            throw new ArgumentException(
                $"Column '{groups.Name}' holds quantities; temperatures are per level: cut it into bands first.");
        double Fit(IEnumerable<int> rows) =>
            Temperature.Best([.. rows.Select(r => (values.AsMemory(r * width, width), truth.Codes[r]))]);
        var overall = Fit(Enumerable.Range(0, truth.Codes.Length));
        _notice?.Invoke(FormattableString.Invariant(
            $"temperature: {overall:0.###}, from {truth.Codes.Length:N0} rows."));
        if (groups is null)
            return (new CalibratedGraph(width, 0).Temperature(_outputs[0], [overall]), []);
        var temperatures = groups.Classes.Select((level, c) =>
        {
            int[] members = [.. Enumerable.Range(0, truth.Codes.Length).Where(r => groups.Codes[r] == c)];
            var few = members.Length < Temperature.FewestRows;
            var own = few ? overall : Fit(members);
            _notice?.Invoke(FormattableString.Invariant($"temperature of {groups.Name} {level}: {own:0.###}")
                + (few ? $", the overall one: {members.Length} rows are too few." : $", from {members.Length} rows."));
            return own;
        }).Append(overall).ToArray();
        _notice?.Invoke($"The same picture gets another probability for another '{groups.Name}'; that can be unlawful, "
            + "and it needs the group to be known.");
        return (new CalibratedGraph(width, 1).Temperature(_outputs[0], temperatures),
            [new(groups.Name, groups.Classes)]);
    }

    private (byte[] Graph, IReadOnlyList<ConformalGroup> Groups) Conformal(float[] values, int width, Target truth,
        Target[] groups, ClassNames? classes)
    {
        var rows = new CalibrationRows(truth, [.. groups, truth]);
        var target = IsNumber
            ? ConformalCalibration.Numbers(new NumericOutput(_label, 0, 1, 2, null),
                [.. values.Select(v => new IntervalBasis(v, v, 1))], rows, _conformal!)
            : ConformalCalibration.Classes(new CategoricalOutput(_label, classes!.Texts), values, rows, _conformal!);
        foreach (var notice in target.Notices)
            _notice?.Invoke(notice);
        ConformalGroup[] known = [.. target.KnownGroups];
        var graph = new CalibratedGraph(width, known.Length);
        return (IsNumber ? graph.Interval(_outputs[0], _outputs[1], target) : graph.Set(_outputs[0], target), known);
    }

    private static Target Take(Target target, int[] rows) => target.Kind == TargetKind.Categorical
        ? Target.Of(target.Name, target.Classes, [.. rows.Select(r => target.Codes[r])])
        : Target.Of(target.Name, [.. rows.Select(r => target.Values[r])]);
}
