using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Uncertainty;
using FaceBias.Core.Uncertainty.Conformal;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.MLNet.Calibration;

/// <summary>What was calibrated, as an ONNX graph on a row's scores and the places of its groups.</summary>
internal sealed class CalibratedGraph
{
    private readonly GraphBuilder _g = new("calibration");
    private readonly CalibratedScores _kind;
    private readonly string _scores;
    private readonly string[] _levels;
    private readonly int _width;

    /// <param name="groups">Groups whose levels follow them.</param>
    public CalibratedGraph(CalibratedScores kind, int width, int groups)
    {
        (_kind, _width) = (kind, width);
        var input = _g.Input(BackboneMetadata.Features, DataType.Float, "N", width + groups);
        _scores = Columns(input, 0, width);
        _levels = [.. Enumerable.Range(width, groups).Select(c => Columns(input, c, 1))];
    }

    /// <summary>Probabilities at a temperature, that of the row's group where there are several.</summary>
    /// <param name="temperatures">One, or one for each level and then for an unknown one.</param>
    public byte[] Temperature(string output, IReadOnlyList<double> temperatures)
    {
        var table = _g.Constant([.. temperatures.Select(t => (float)(1 / t))], temperatures.Count, 1);
        var inverse = temperatures.Count == 1 ? table : Rows(table, Whole(_levels[0]));
        return _kind == CalibratedScores.Classes
            ? End((Core.Uncertainty.LastLayers.Temperature.Scaled(_g, _scores, inverse), output, _width))
            : End((HeadLayers.Softmax(_g, Beside(_g.Add("Sub", _scores, _scores), _g.Add("Mul", _scores, inverse))),
                output, 2));
    }

    /// <summary>1 for each class in the set, else 0.</summary>
    public byte[] Set(string output, ConformalTarget target)
    {
        var (probabilities, classes) = _kind == CalibratedScores.Classes ? (_scores, _width)
            : (Beside(_g.Add("Sub", _g.Constant(1f), _scores), _scores), 2);
        var inside = _g.Add("Cast", [_g.Add("Not", _g.Add("Less", Cutoffs(target, classes),
            Conformal.Scores(_g, probabilities, classes, target.Options)))], [("to", (long)DataType.Float)]);
        return End((Known(inside, probabilities), output, classes));
    }

    /// <summary>The ends of the interval.</summary>
    public byte[] Interval(string low, string high, ConformalTarget target)
    {
        var (from, to) = (Columns(_scores, 0, 1),
            Columns(_scores, _kind == CalibratedScores.Quantiles ? 1 : 0, 1));
        var own = target.OwnGroup < 0 ? null : target.Table.Groups[target.OwnGroup].Edges;
        var halves = Cutoffs(target, own?.Count ?? 1);
        if (_kind == CalibratedScores.NumberAndDeviation)
            halves = _g.Add("Mul", halves,
                _g.Add("Max", Columns(_scores, 1, 1), _g.Constant([(float)target.LeastDeviation], 1, 1)));
        (from, to) = (_g.Add("Sub", from, halves), _g.Add("Add", to, halves));
        if (own is not null)
        {
            // A cutoff for each band of the number itself: the smallest interval that holds every value which the
            // cutoff of its own band admits, and a crossed one where there is none. See ConformalTarget.Interval.
            float[] starts = [float.NegativeInfinity, .. own.Skip(1).Select(e => (float)e)],
                ends = [.. own.Skip(1).Select(e => (float)e), float.PositiveInfinity];
            string Row(float[] values) => _g.Constant(values, 1, values.Length);
            (from, to) = (_g.Add("Max", from, Row(starts)), _g.Add("Min", to, Row(ends)));
            // As of a band below its upper edge, which is the next one's.
            var admits = _g.Add("And", _g.Add("Not", _g.Add("Less", to, from)), _g.Add("Or",
                _g.Add("Less", from, Row(ends)), _g.Add("Equal", Row(ends), _g.Constant(float.PositiveInfinity))));
            string Reduce(string op, string values, float none) => _g.Add(op,
                [_g.Add("Where", admits, values, _g.Constant(none)), _g.Constant((ReadOnlySpan<long>)[1])],
                [("keepdims", 1L)]);
            (from, to) = (Reduce("ReduceMin", from, float.PositiveInfinity),
                Reduce("ReduceMax", to, float.NegativeInfinity));
        }
        var known = _g.Add("ReduceSum", [_scores, _g.Constant((ReadOnlySpan<long>)[1])], [("keepdims", 1L)]);
        return End((Known(from, known), low, 1), (Known(to, known), high, 1));
    }

    /// <summary>The cutoff of each row's pattern, [N, 1], or [N, levels] where it depends on the truth
    /// itself.</summary>
    private string Cutoffs(ConformalTarget target, int levels)
    {
        var (groups, own) = (target.Table.Groups, target.OwnGroup);
        var columns = own < 0 ? 1 : levels;
        int[] others = [.. Enumerable.Range(0, groups.Count).Where(g => g != own)];
        var patterns = others.Aggregate(1, (n, g) => n * (groups[g].Levels.Count + 1));
        var table = new float[patterns * columns];
        var pattern = new int[groups.Count];
        for (var p = 0; p < patterns; p++)
        {
            for (int i = others.Length - 1, rest = p; i >= 0; rest /= groups[others[i--]].Levels.Count + 1)
                pattern[others[i]] = rest % (groups[others[i]].Levels.Count + 1);
            for (var c = 0; c < columns; c++)
            {
                if (own >= 0)
                    pattern[own] = c;
                table[(p * columns) + c] = (float)(target.Table.Cutoff(pattern) + ConformalScores.Slack);
            }
        }
        var cutoffs = _g.Constant(table, patterns, columns);
        if (others.Length == 0)
            return cutoffs;
        // The groups of the row in the order of the table; floats hold so many patterns exactly.
        var place = _levels[0];
        for (var i = 1; i < others.Length; i++)
            place = _g.Add("Add", _g.Add("Mul", place, _g.Constant((float)groups[others[i]].Levels.Count + 1)),
                _levels[i]);
        return Rows(cutoffs, Whole(place));
    }

    /// <summary>A value, or not a number where another one is none.</summary>
    private string Known(string value, string other) =>
        _g.Add("Add", value, _g.Add("Mul", other, _g.Constant(0f)));

    private string Beside(string left, string right) => _g.Add("Concat", [left, right], [("axis", 1L)]);

    private string Columns(string of, int first, int count) => _g.Add("Gather",
        [of, _g.Constant((ReadOnlySpan<long>)[.. Enumerable.Range(first, count).Select(c => (long)c)])],
        [("axis", 1L)]);

    private string Whole(string level) => _g.Add("Cast",
        [_g.Add("Reshape", level, _g.Constant((ReadOnlySpan<long>)[-1]))], [("to", (long)DataType.Int64)]);

    private string Rows(string table, string places) => _g.Add("Gather", [table, places], [("axis", 0L)]);

    private byte[] End(params (string Value, string Name, int Width)[] outputs)
    {
        foreach (var (value, name, width) in outputs)
            _g.Output(_g.Add("Identity", [value], [], name), DataType.Float, "N", width);
        return OnnxFile.ToBytes(_g.Model);
    }
}
