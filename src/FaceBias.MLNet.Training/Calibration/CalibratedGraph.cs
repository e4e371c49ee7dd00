using FaceBias.Core.Uncertainty.Conformal;
using FaceBias.Core.Uncertainty.LastLayers;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.MLNet.Calibration;

/// <summary>What was calibrated, as an ONNX graph on a row's scores and the places of its groups.</summary>
internal sealed class CalibratedGraph
{
    private readonly GraphBuilder _g = new("calibration");
    private readonly string _scores;
    private readonly string[] _levels;
    private readonly int _width;

    /// <param name="groups">Groups whose levels follow them.</param>
    public CalibratedGraph(int width, int groups)
    {
        _width = width;
        var input = _g.Input(BackboneMetadata.Features, DataType.Float, "N", width + groups);
        _scores = Columns(input, 0, width);
        _levels = [.. Enumerable.Range(width, groups).Select(c => Columns(input, c, 1))];
    }

    /// <summary>Probabilities at a temperature, that of the row's group where there are several.</summary>
    /// <param name="temperatures">One, or one for each level and then for an unknown one.</param>
    public byte[] Temperature(string output, IReadOnlyList<double> temperatures)
    {
        var inverse = _g.Constant([.. temperatures.Select(t => (float)(1 / t))], temperatures.Count, 1);
        var scaled = Core.Uncertainty.LastLayers.Temperature.Scaled(_g, _scores,
            temperatures.Count == 1 ? _g.Constant([(float)(1 / temperatures[0])], 1, 1)
                : Rows(inverse, Whole(_levels[0])));
        return End((scaled, output, _width));
    }

    /// <summary>1 for each class in the set, else 0.</summary>
    public byte[] Set(string output, ConformalTarget target)
    {
        var inside = _g.Add("Cast", [_g.Add("Not", _g.Add("Less", Cutoffs(target, _width),
            Conformal.Scores(_g, _scores, _width, target.Options)))], [("to", (long)DataType.Float)]);
        // Not a number where the probabilities are none.
        return End((_g.Add("Add", inside, _g.Add("Mul", _scores, _g.Constant(0f))), output, _width));
    }

    /// <summary>The ends of the interval.</summary>
    public byte[] Interval(string low, string high, ConformalTarget target)
    {
        if (target.OwnGroup < 0)
        {
            var half = Cutoffs(target, 1);
            return End((_g.Add("Sub", _scores, half), low, 1), (_g.Add("Add", _scores, half), high, 1));
        }
        // A cutoff for each band of the number itself: the smallest interval that holds every value which the cutoff
        // of its own band admits. See ConformalTarget.Interval.
        var edges = target.Table.Groups[target.OwnGroup].Edges!;
        float[] from = [float.NegativeInfinity, .. edges.Skip(1).Select(e => (float)e)],
            to = [.. edges.Skip(1).Select(e => (float)e), float.PositiveInfinity];
        string Row(float[] values) => _g.Constant(values, 1, values.Length);
        var halves = Cutoffs(target, edges.Count);
        var a = _g.Add("Max", _g.Add("Sub", _scores, halves), Row(from));
        var b = _g.Add("Min", _g.Add("Add", _scores, halves), Row(to));
        // As of a band below its upper edge, which is the next one's.
        var admits = _g.Add("And", _g.Add("Not", _g.Add("Less", b, a)), _g.Add("Or", _g.Add("Less", a, Row(to)),
            _g.Add("Equal", Row(to), _g.Constant(float.PositiveInfinity))));
        string Reduce(string op, string values) =>
            _g.Add(op, [values, _g.Constant((ReadOnlySpan<long>)[1])], [("keepdims", 1L)]);
        var none = _g.Constant(float.PositiveInfinity);
        var lowest = Reduce("ReduceMin", _g.Add("Where", admits, a, none));
        var highest = Reduce("ReduceMax", _g.Add("Where", admits, b, _g.Constant(float.NegativeInfinity)));
        var crossed = _g.Add("Less", highest, lowest);
        string Known(string value) => _g.Add("Add", value, _g.Add("Mul", _scores, _g.Constant(0f)));
        return End((Known(_g.Add("Where", crossed, _g.Add("Add", _scores, _g.Constant(1e-6f)), lowest)), low, 1),
            (Known(_g.Add("Where", crossed, _scores, highest)), high, 1));
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
