using System.Numerics.Tensors;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Training;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Core.Heads.Methods;

/// <summary>One classifier by prototypes.</summary>
/// <param name="Points">A prototype per class, row-major [features, classes].</param>
internal sealed record PrototypeMember(float[] Points, float Scale);

/// <summary>A classifier by distance to one prototype per class, as DPE trains its members (IsoMax+): outputs are -|d|
/// · ‖z/‖z‖ - p_k/‖p_k‖‖, of features z with the mean of their own row taken away; training multiplies them by an
/// entropic scale, prediction does not. A member is pushed away from the sum of those before it.</summary>
internal sealed class Prototypes : IDisposable
{
    private const double NormWeight = 10;

    private readonly TrainingSession _session;
    private readonly int _width, _classes;

    /// <summary>Builds the session that trains one member after another.</summary>
    /// <param name="width">Features per row.</param>
    /// <param name="batch">Rows per step.</param>
    /// <param name="entropicScale">What outputs are multiplied by in the loss.</param>
    public Prototypes(int width, int classes, int batch, double entropicScale)
    {
        (_width, _classes, Batch) = (width, classes, batch);
        var g = new GraphBuilder("prototypes");
        g.Input("x", DataType.Float, batch, width);
        g.Input("truth", DataType.Int64, batch);
        g.Input("others", DataType.Float, width, classes);
        g.Input("diversity", DataType.Float, 1);
        g.Initializer(Tensors.Float("points", new float[width * classes], width, classes));
        g.Initializer(Tensors.Float("scale", [1], 1, 1));
        var logits = AddLogits(g, "x", "points", "scale", width);
        var fit = Losses.SoftmaxCrossEntropy(g, g.Add("Mul", logits, g.Constant((float)entropicScale)), "truth",
            classes);
        string Sum(string value) => g.Add("ReduceSum", [value], [("keepdims", 0L)]);
        var norm = Sum(g.Add("Mul", "points", "points"));
        var overlap = g.Add("Abs", Sum(g.Add("Mul", "points", "others")));
        var loss = g.Add("Sum", fit, g.Add("Mul", norm, g.Constant((float)(NormWeight / classes))),
            g.Add("Mul", overlap, Sum("diversity")));
        _session = new TrainingSession(g.Model, loss, ["points", "scale"], new Sgd(0.9),
            new TrainingSessionOptions { Threads = 1 });
    }

    /// <summary>Rows per step.</summary>
    public int Batch { get; }

    /// <summary>Begins a member.</summary>
    /// <param name="others">The sum of the prototypes of the members before it.</param>
    /// <param name="diversity">Weight of the absolute sum of products with them.</param>
    public void Begin(float[] points, float[] others, double diversity)
    {
        _session.Restart(new Dictionary<string, float[]> { ["points"] = points, ["scale"] = [1] });
        others.CopyTo(_session.Input<float>("others"));
        _session.Input<float>("diversity")[0] = (float)diversity;
    }

    /// <summary>One step on <see cref="Batch"/> rows.</summary>
    public float Step(HeadPart unit, ReadOnlySpan<int> rows, double rate)
    {
        unit.CopyRows(rows, _session.Input<float>("x"));
        var truth = _session.Input<long>("truth");
        for (var i = 0; i < rows.Length; i++)
            truth[i] = unit.Target[rows[i]];
        return _session.Step(rate);
    }

    public PrototypeMember Member() => new(_session.GetParameter("points"), _session.GetParameter("scale")[0]);

    public void Dispose() => _session.Dispose();

    /// <summary>Rows of length 1 around their own mean.</summary>
    public static HeadPart Unit(HeadPart part)
    {
        var unit = (float[])part.Features.Clone();
        for (var r = 0; r < part.Rows; r++)
        {
            var row = unit.AsSpan(r * part.Width, part.Width);
            TensorPrimitives.Subtract(row, TensorPrimitives.Sum<float>(row) / part.Width, row);
            TensorPrimitives.Divide(row, Math.Max(TensorPrimitives.Norm<float>(row), 1e-6f), row);
        }
        return new(unit, part.Width, part.Target, part.Values, part.Bias);
    }

    /// <summary>A member's probabilities of rows of length 1, [rows, classes].</summary>
    public float[] Probabilities(HeadPart unit, PrototypeMember member)
    {
        var columns = new float[_classes][];
        for (var k = 0; k < _classes; k++)
        {
            columns[k] = [.. Enumerable.Range(0, _width).Select(i => member.Points[i * _classes + k])];
            TensorPrimitives.Divide(columns[k], Math.Max(TensorPrimitives.Norm<float>(columns[k]), 1e-6f), columns[k]);
        }
        var result = new float[unit.Rows * _classes];
        for (var r = 0; r < unit.Rows; r++)
        {
            var row = result.AsSpan(r * _classes, _classes);
            for (var k = 0; k < _classes; k++)
                row[k] = -Math.Abs(member.Scale)
                    * MathF.Sqrt(MathF.Max(0, 2 - 2 * TensorPrimitives.Dot(unit.Row(r), columns[k])));
            TensorPrimitives.SoftMax(row, row);
        }
        return result;
    }

    /// <summary>Adds the mean probabilities of some members, from scaled features.</summary>
    public static string AddEnsemble(GraphBuilder g, string x, IReadOnlyList<PrototypeMember> members, int width,
        int classes)
    {
        var mean = g.Add("MatMul", x, Column(g, width, 1f / width));
        var centred = g.Add("Sub", x, mean);
        var unit = g.Add("Div", centred,
            g.Add("Sqrt", g.Add("Add", g.Add("MatMul", g.Add("Mul", centred, centred), Column(g, width, 1)),
                g.Constant([1e-12f], 1, 1))));
        var parts = members.Select((m, i) => g.Add("Softmax", [AddLogits(
            g, unit, g.Initializer(Tensors.Float($"points.{i}", m.Points, width, classes)),
            g.Initializer(Tensors.Float($"scale.{i}", [m.Scale], 1, 1)), width)], [("axis", 1L)])).ToArray();
        return g.Add("Mul", parts.Aggregate((a, b) => g.Add("Add", a, b)), g.Constant(1f / members.Count));
    }

    /// <summary>The outputs of rows of length 1. Only operators that mean the same in every operator set.</summary>
    private static string AddLogits(GraphBuilder g, string unit, string points, string scale, int width)
    {
        var squares = g.Add("MatMul", Row(g, width), g.Add("Mul", points, points));
        var directions = g.Add("Div", points, g.Add("Sqrt", g.Add("Add", squares, g.Constant([1e-12f], 1, 1))));
        var two = g.Constant([2f], 1, 1);
        var apart = g.Add("Relu", g.Add("Sub", two, g.Add("Mul", g.Add("MatMul", unit, directions), two)));
        var distance = g.Add("Sqrt", g.Add("Add", apart, g.Constant([1e-12f], 1, 1)));
        return g.Add("Neg", g.Add("Mul", distance, g.Add("Abs", scale)));
    }

    private static string Column(GraphBuilder g, int width, float value) =>
        g.Constant(Enumerable.Repeat(value, width).ToArray(), width, 1);

    private static string Row(GraphBuilder g, int width) =>
        g.Constant(Enumerable.Repeat(1f, width).ToArray(), 1, width);
}
