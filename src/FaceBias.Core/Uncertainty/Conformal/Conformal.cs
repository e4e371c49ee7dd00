using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Heads.Model;
using FaceBias.Onnx.Graphs;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Uncertainty.Conformal;

/// <summary>
/// Prediction sets of classes and prediction intervals of numbers that hold the truth at a nominal rate, overall or in
/// each group (split conformal prediction, Vovk et al. 2005; groups: <see cref="ConformalMethod"/>):
/// <code>
/// var wrapped = model.With(Conformal.Overlapping("race", "gender", "age"));
/// </code>
/// It needs no further training: cutoffs are quantiles of scores of <see cref="FittingRows.Calibration"/>. The cutoffs
/// of groups become a table in the model's metadata (<see cref="ConformalModel"/>). The graph itself, which knows no
/// groups, gives the sets and intervals of the cutoffs for all rows together: T_set, float32 [N, classes] of 0 and 1,
/// or T_low and T_high, [N, 1].
/// </summary>
public sealed class Conformal : IUncertaintyWrapper
{
    /// <summary>What intervals are built around, [N, 3]: low, high, scale; of scores that need more than the
    /// prediction.</summary>
    internal const string Basis = "_basis";

    /// <summary>The scores of more classes are not compared with each other in a graph.</summary>
    private const int MostClasses = 512;

    private readonly ConformalOptions _options;

    private Conformal(ConformalOptions options)
    {
        options.Check();
        _options = options;
    }

    /// <inheritdoc/>
    public string Name => "conformal";

    /// <summary>Covers all rows together.</summary>
    public static Conformal Split(double level = 0.9) => With(new() { Level = level });

    /// <summary>Covers each true class; of a number each of its bands.</summary>
    public static Conformal ClassConditional(double level = 0.9) =>
        With(new() { Level = level, Method = ConformalMethod.ClassConditional });

    /// <summary>Covers each combination of levels of the groups.</summary>
    public static Conformal Mondrian(params string[] groups) =>
        With(new() { Method = ConformalMethod.Mondrian, Groups = groups });

    /// <summary>Covers each level of each group, and each pair of levels of two, at once.</summary>
    public static Conformal Overlapping(params string[] groups) =>
        With(new() { Method = ConformalMethod.Overlapping, Groups = groups });

    /// <summary>Covers as the options say.</summary>
    /// <exception cref="FaceBiasException">They cannot be calibrated by.</exception>
    public static Conformal With(ConformalOptions options) => new(options);

    /// <inheritdoc/>
    public void AddTo(UncertainModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var rows = model.Rows.Calibration ?? model.Rows.Validation;
        if (rows.Count == 0)
            throw new FaceBiasException(
                "There are no rows to calibrate on; give validation images, which the model was not trained on.");
        if (model.Rows.Calibration is null || model.Rows.EpochSawCalibration)
            model.Notices.Add(
                "The rows that sets and intervals are calibrated on also chose the epoch of the training, which can make coverage a trace too low; the audit of the test rows measures it.");
        var targets = model.Targets.Select(
            t => t is CategoricalOutput c ? Classes(model, c, rows) : Numbers(model, (NumericOutput)t, rows)).ToList();
        foreach (var notice in targets.SelectMany(t => t.Notices))
            model.Notices.Add(notice);
        new ConformalModel(1, targets).WriteTo(model.Heads);
    }

    private static CalibrationRows Rows(UncertainModel model, string target, IReadOnlyList<int> rows) => new(
        Take(model.Rows.Labels(target), rows),
        [.. model.Rows.Groups.Concat(model.Rows.Targets).DistinctBy(t => t.Name).Select(t => Take(t, rows))]);

    private static Target Take(Target target, IReadOnlyList<int> rows) => target.Kind == TargetKind.Categorical
        ? Target.Of(target.Name, target.Classes, [.. rows.Select(r => target.Codes[r])])
        : Target.Of(target.Name, [.. rows.Select(r => target.Values[r])]);

    private ConformalTarget Classes(UncertainModel model, CategoricalOutput output, IReadOnlyList<int> rows)
    {
        var target = ConformalCalibration.Classes(output, model.Run(rows, output.Name)[0],
            Rows(model, output.Name, rows), _options);
        var k = output.Classes.Count;
        if (_options.Classes != SetScore.Lac && k > MostClasses)
        {
            model.Notices.Add(
                $"'{output.Name}' has {k:N0} classes; its sets are in the predictions, and not among the outputs of the model's graph.");
            return target;
        }
        var g = new GraphBuilder(model.Heads);
        var scores = Scores(g, output.Name, k, _options);
        // A class is in the set unless its cutoff is less than its score.
        double?[] cutoffs = target.OwnGroup >= 0 && target.Table.Groups.Count == 1 ? [.. target.Table.Cutoffs.Take(k)]
            : [target.Marginal];
        var limit = g.Constant(
            [.. cutoffs.Select(c => c is { } v ? (float)(v + ConformalScores.Slack) : float.PositiveInfinity)], 1,
            cutoffs.Length);
        var inside = g.Add("Cast", [g.Add("Not", g.Add("Less", limit, scores))],
            [("to", (long)TensorProto.Types.DataType.Float)]);
        model.AddOutput(new(output.Name + PredictionSets.Set, output.Name, k, Name, UncertaintyKind.Coverage,
            FormattableString.Invariant(
                $"1 for each class in the set that holds the truth in {100 * _options.Level:0.##}% of all rows")),
                inside);
        return target;
    }

    /// <summary>Scores of the classes, [N, k], of probabilities p.</summary>
    internal static string Scores(GraphBuilder g, string p, int k, ConformalOptions options)
    {
        if (options.Classes == SetScore.Lac)
            return g.Add("Sub", g.Constant([1f], 1, 1), p);
        // [N, k, j]: whether class j is at least as probable as class k.
        var other = g.Add("Reshape", p, g.Constant((ReadOnlySpan<long>)[0, 1, k]));
        var least = g.Add("Cast",
            [g.Add("Not", g.Add("Less", other, g.Add("Reshape", p, g.Constant((ReadOnlySpan<long>)[0, k, 1]))))],
            [("to", (long)TensorProto.Types.DataType.Float)]);
        var ones = new float[k];
        Array.Fill(ones, 1);
        string Sum(string x) =>
            g.Add("Reshape", g.Add("MatMul", x, g.Constant(ones, k, 1)), g.Constant((ReadOnlySpan<long>)[0, k]));
        var scores = Sum(g.Add("Mul", least, other));
        if (options.Classes == SetScore.Aps)
            return scores;
        var beyond = g.Add("Relu", g.Add("Sub", Sum(least), g.Constant([options.FreeClasses], 1, 1)));
        return g.Add("Add", scores, g.Add("Mul", beyond, g.Constant([(float)options.Penalty], 1, 1)));
    }

    private ConformalTarget Numbers(UncertainModel model, NumericOutput output, IReadOnlyList<int> rows)
    {
        // The bands of a number are to it what classes are to a label.
        var options = _options.Method != ConformalMethod.ClassConditional ? _options
            : _options with { Method = ConformalMethod.Mondrian, Groups = [output.Name] };
        var g = new GraphBuilder(model.Heads);
        string low = output.Name, high = output.Name, scale = "";
        if (options.Numbers != IntervalScore.Absolute)
        {
            var layers = HeadLayers.Of(model.Heads, Name);
            var distribution =
                HeadLayers.Mean(g,
                    [.. Enumerable.Range(0, layers.Members).Select(
                        m => HeadLayers.Softmax(g, layers.Last(output.Name, m).Logits))]);
            if (options.Numbers == IntervalScore.Normalized)
            {
                scale = RowMath.Root(g, RowMath.Variance(g, distribution, HeadLayers.Values(output)));
            }
            else
            {
                low = Heads.Fit.HeadGraph.Quantile(g, output, distribution, (1 - options.Level) / 2);
                high = Heads.Fit.HeadGraph.Quantile(g, output, distribution, (1 + options.Level) / 2);
            }
        }
        string[] values = scale.Length > 0 ? [low, high, scale] : [low, high];
        var run = model.Run(rows, values);
        IntervalBasis[] basis =
            [.. Enumerable.Range(0, rows.Count).Select(
                i => new IntervalBasis(run[0][i], run[1][i], scale.Length > 0 ? run[2][i] : 1))];
        var target = ConformalCalibration.Numbers(output, basis, Rows(model, output.Name, rows), options);
        if (scale.Length > 0)
        {
            // max(x, least) = least + max(x - least, 0), for Max of more than one shape is younger than these
            // operators.
            var least = g.Constant([(float)target.LeastDeviation], 1, 1);
            scale = g.Add("Add", g.Add("Relu", g.Add("Sub", scale, least)), least);
        }
        var half = g.Constant([target.Marginal is { } v ? (float)(v + ConformalScores.Slack) : float.PositiveInfinity],
            1, 1);
        half = scale.Length > 0 ? g.Add("Mul", half, scale) : half;
        var (from, to) = (g.Add("Sub", low, half), g.Add("Add", high, half));
        var share = FormattableString.Invariant(
            $"end of the interval that holds the truth in {100 * _options.Level:0.##}% of all rows");
        if (options.Numbers != IntervalScore.Absolute)
        {
            var one = scale.Length > 0 ? scale : g.Add("Add", g.Add("Sub", low, low), g.Constant([1f], 1, 1));
            model.AddOutput(new(output.Name + Basis, output.Name, 3, Name, UncertaintyKind.Coverage,
                "what intervals are built around: low, high and scale, so that a cutoff c gives low - c scale to high + c scale"),
                g.Add("Concat", [low, high, one], [("axis", 1L)]));
        }
        model.AddOutput(
            new(output.Name + PredictionSets.Low, output.Name, 1, Name, UncertaintyKind.Coverage, $"lower {share}"),
            from);
        model.AddOutput(
            new(output.Name + PredictionSets.High, output.Name, 1, Name, UncertaintyKind.Coverage, $"upper {share}"),
            to);
        return target;
    }
}
