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
[DebuggerDisplay("{_scores[0]} by {_label}")]
public sealed class ScoreCalibrator : IEstimator<ModelTransformer>
{
    private static readonly ClassNames s_yesOrNo = new(["false", "true"]);

    private readonly CalibratedScores _kind;
    private readonly string _label;
    private readonly string[] _scores, _outputs;
    private readonly IReadOnlyList<string> _groups;
    private readonly ConformalOptions? _conformal;
    private readonly Action<string>? _notice;

    /// <param name="scores">The columns of scores, as many as the kind has.</param>
    /// <param name="outputs">The new column of probabilities or sets; or the two of an interval's ends.</param>
    /// <param name="conformal">How sets and intervals are calibrated; null for temperatures.</param>
    /// <param name="group">The column whose groups have temperatures of their own; null for one overall.</param>
    /// <param name="notice">Told what was measured and assumed.</param>
    internal ScoreCalibrator(CalibratedScores kind, string label, string[] scores, string[] outputs,
        ConformalOptions? conformal, string? group, Action<string>? notice)
    {
        ArgumentException.ThrowIfNullOrEmpty(label);
        foreach (var name in scores)
            ArgumentException.ThrowIfNullOrEmpty(name, nameof(scores));
        foreach (var name in outputs)
            ArgumentException.ThrowIfNullOrEmpty(name, nameof(outputs));
        try
        {
            conformal?.Check();
        }
        catch (FaceBiasException e)
        {
            throw new ArgumentException(e.Message, nameof(conformal), e);
        }
        (_kind, _label, _scores, _outputs, _conformal, _notice) = (kind, label, scores, outputs, conformal, notice);
        _groups = conformal?.Groups ?? (group is null ? [] : [group]);
    }

    private bool IsNumber => _kind >= CalibratedScores.Number;

    private bool IsBinary => _kind is CalibratedScores.LogOdds or CalibratedScores.Probability;

    /// <summary>Calibrates.</summary>
    /// <exception cref="ArgumentException">A column is missing or of another type.</exception>
    /// <exception cref="FaceBiasException">The rows do not allow it; the sentence says what to do.</exception>
    public ModelTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var view = MemoryView.Read(input, [.. _scores, _label, .. _groups]);
        var width = Width(view.Schema);
        var classes = IsNumber ? null : IsBinary ? s_yesOrNo
            : Classes(view.Schema[_label], input.Schema[_scores[0]], width);
        var labels = Labels(view, classes);
        var columns = _scores.Select(s => view.Schema[s].Type is VectorDataViewType
            ? [.. view.Values<VBuffer<float>>(s).SelectMany(v => v.DenseValues())]
            : view.Values<float>(s).ToArray()).ToArray();
        var scores = columns.Length == 1 ? columns[0]
            : [.. Enumerable.Range(0, columns[0].Length).SelectMany(r => columns.Select(c => c[r]))];
        var rows = (int)view.GetRowCount()!.Value;
        int[] used = [.. Enumerable.Range(0, rows).Where(r => !labels.IsMissing(r)
            && !scores.AsSpan(r * width, width).ContainsAnyExceptInRange(float.MinValue, float.MaxValue))];
        if (used.Length == 0)
            throw new FaceBiasException(
                $"None of the {rows:N0} rows has a '{_label}' and a '{_scores[0]}' to calibrate on; give labelled rows "
                    + "that the model was not trained on.");
        float[] values = [.. used.SelectMany(r => scores.Skip(r * width).Take(width))];
        var truth = Take(labels, used);
        Target[] groups = [.. _groups.Where(g => g != _label).Select(
            g => Take(Target.From(SubgroupColumns.Group(view, g), null), used))];
        var (graph, known) = _conformal is null ? Temperatures(values, width, truth, groups.FirstOrDefault())
            : Conformal(values, width, truth, groups);
        var spec = Spec(width, classes, known);
        ModelTransformer.Check(spec, input.Schema);
        return ModelTransformer.Of(spec, graph);
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        foreach (var needed in _groups.Append(_label).Concat(_scores))
            if (inputSchema.All(c => c.Name != needed))
                throw new ArgumentException($"The data have no column '{needed}'.", nameof(inputSchema));
        return ModelEstimator.Shape(Spec(1, IsBinary ? s_yesOrNo : null, []), inputSchema);
    }

    private ScoringSpec Spec(int width, ClassNames? classes, IReadOnlyList<ConformalGroup> groups) => new()
    {
        InputColumn = _scores[0],
        Further = _scores[1..],
        InputLength = width + groups.Count,
        Groups = groups,
        // As ML.NET's calibrators do, a probability hides the one that a trainer wrote.
        ScoresAgain = _kind == CalibratedScores.LogOdds,
        Outputs = [.. _outputs.Select(o => new ScoredOutput(o, IsNumber ? 1 : classes?.Count ?? width,
            IsNumber ? OutputShape.Value : _kind == CalibratedScores.LogOdds ? OutputShape.Probability
                : OutputShape.Vector, o, Classes: classes))],
    };

    /// <summary>Scores of a row.</summary>
    /// <exception cref="ArgumentException">A column is of another type.</exception>
    private int Width(DataViewSchema schema)
    {
        foreach (var type in _scores.Select(s => schema[s].Type))
        {
            var vector = type as VectorDataViewType;
            if (_kind == CalibratedScores.Classes
                ? vector is not { Size: > 0 } || vector.ItemType.RawType != typeof(float)
                : type is not NumberDataViewType || type.RawType != typeof(float))
                throw new ArgumentException(
                    $"Column '{_scores.First(s => schema[s].Type == type)}' is of type {type}; it must be "
                    + (_kind == CalibratedScores.Classes
                        ? "a vector of Single of a known size, probabilities; of a yes or no calibrate "
                            + "BinaryClassification's."
                        : "a Single."));
        }
        return _kind == CalibratedScores.Classes ? ((VectorDataViewType)schema[_scores[0]].Type).Size : _scores.Length;
    }

    private Target Labels(MemoryView view, ClassNames? classes)
    {
        if (IsBinary)
            return Target.Of(_label, s_yesOrNo.Texts, SubgroupColumns.YesOrNo(view, _label));
        return TrainerColumns.Read(view, _label, [], IsNumber, classes).Target(_label);
    }

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
        if (truth.Codes.Distinct().Count() < 2)
            throw new FaceBiasException(
                $"All rows have the '{_label}' '{truth.Classes[truth.Codes[0]]}'; a temperature needs rows of at least "
                    + "two classes.");
        if (groups is { Kind: TargetKind.Numeric })
            throw new ArgumentException(
                $"Column '{groups.Name}' holds quantities; temperatures are per level: cut it into bands first.");
        // Margins have any scale, and temperatures are sought around 1.
        var unit = _kind != CalibratedScores.LogOdds ? 1 : Math.Sqrt(values.Average(v => (double)v * v));
        unit = unit > 0 ? unit : 1;
        double Fit(IEnumerable<int> rows) => _kind == CalibratedScores.LogOdds
            ? unit * Temperature.Best([.. rows.Select(r => (new[] { 0, values[r] / unit }, truth.Codes[r]))])
            : Temperature.Best([.. rows.Select(r => (values.AsMemory(r * width, width), truth.Codes[r]))]);
        var overall = Fit(Enumerable.Range(0, truth.Codes.Length));
        _notice?.Invoke(FormattableString.Invariant(
            $"temperature: {overall:0.###}, from {truth.Codes.Length:N0} rows."));
        if (groups is null)
            return (new CalibratedGraph(_kind, width, 0).Temperature(_outputs[0], [overall]), []);
        var temperatures = groups.Classes.Select((level, c) =>
        {
            int[] members = [.. Enumerable.Range(0, truth.Codes.Length).Where(r => groups.Codes[r] == c)];
            var few = members.Length < Temperature.FewestRows;
            var same = !few && members.All(r => truth.Codes[r] == truth.Codes[members[0]]);
            var own = few || same ? overall : Fit(members);
            _notice?.Invoke(FormattableString.Invariant($"temperature of {groups.Name} {level}: {own:0.###}")
                + (few ? $", the overall one: {members.Length} rows are too few."
                    : same ? $", the overall one: its {members.Length} rows are all of one class."
                    : $", from {members.Length} rows."));
            return own;
        }).Append(overall).ToArray();
        _notice?.Invoke($"The same picture gets another probability for another '{groups.Name}'; that can be unlawful, "
            + "and it needs the group to be known.");
        return (new CalibratedGraph(_kind, width, 1).Temperature(_outputs[0], temperatures),
            [new(groups.Name, groups.Classes)]);
    }

    private (byte[] Graph, IReadOnlyList<ConformalGroup> Groups) Conformal(float[] values, int width, Target truth,
        Target[] groups)
    {
        var rows = new CalibrationRows(truth, [.. groups, truth]);
        var target = IsNumber
            ? ConformalCalibration.Numbers(new NumericOutput(_label, 0, 1, 2, null), Around(values), rows, _conformal!)
            : ConformalCalibration.Classes(new CategoricalOutput(_label, truth.Classes),
                IsBinary ? [.. values.SelectMany(p => new[] { 1 - p, p })] : values, rows, _conformal!);
        foreach (var notice in target.Notices)
            _notice?.Invoke(notice);
        ConformalGroup[] known = [.. target.KnownGroups];
        var graph = new CalibratedGraph(_kind, width, known.Length);
        return (IsNumber ? graph.Interval(_outputs[0], _outputs[1], target) : graph.Set(_outputs[0], target), known);
    }

    /// <summary>What intervals are built around.</summary>
    private IntervalBasis[] Around(float[] values)
    {
        if (_kind == CalibratedScores.Number)
            return [.. values.Select(v => new IntervalBasis(v, v, 1))];
        var pairs = values.Chunk(2);
        if (_kind == CalibratedScores.Quantiles)
            return [.. pairs.Select(p => new IntervalBasis(p[0], p[1], 1))];
        return values.Where((v, i) => i % 2 == 1 && v < 0).Any()
            ? throw new FaceBiasException(
                $"Column '{_scores[1]}' holds negative numbers; how uncertain a prediction is, is none below 0.")
            : [.. pairs.Select(p => new IntervalBasis(p[0], p[0], p[1]))];
    }

    private static Target Take(Target target, int[] rows) => target.Kind == TargetKind.Categorical
        ? Target.Of(target.Name, target.Classes, [.. rows.Select(r => target.Codes[r])])
        : Target.Of(target.Name, [.. rows.Select(r => target.Values[r])]);
}
