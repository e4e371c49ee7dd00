using FaceBias.Onnx.Gradients;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Training;

/// <summary>
/// A model in two: a front that no trained parameter has influence on, and a tail behind it. The front can run in a
/// session of its own, its weights constant, or once for all epochs.
/// </summary>
/// <param name="Front">From the model's inputs to the values of the cut.</param>
/// <param name="Tail">From the values of the cut, which are its inputs [N, ...], to the output.</param>
/// <param name="Values">Names and dimensions, without the first, of the values of the cut.</param>
internal sealed record NetworkCut(ModelProto Front, ModelProto Tail, IReadOnlyList<(string Name, long[] Shape)> Values)
{
    // Nobody's layer has this width, so it is seen which values have the batch in front.
    private const int ProbeBatch = 3;

    /// <summary>Number of floats that cross the cut per row of the batch.</summary>
    public int Length => checked((int)Values.Sum(v => Tensors.Count(v.Shape)));

    /// <summary>Cuts a model directly before what is trained.</summary>
    /// <param name="model">A model whose input dimensions are fixed but for the first.</param>
    /// <exception cref="FaceBiasException">The cut would have to pass a value that does not belong to single
    /// rows.</exception>
    public static NetworkCut Before(ModelProto model, string output, IReadOnlyCollection<string> trained)
    {
        var whole = model.KeepOutputs(output);
        var probe = whole.Clone();
        foreach (var input in probe.Graph.Input)
            input.Type.TensorType.Shape.Dim[0].DimValue = ProbeBatch;
        var facts = ValueFacts.Learn(probe);
        var given = whole.Graph.Initializer.Select(t => t.Name).ToHashSet();
        var producers = whole.Graph.Node.SelectMany(n => n.Output.Select(o => (o, n))).Where(p => p.o.Length > 0)
            .ToDictionary(p => p.o, p => p.n);
        var behind = new HashSet<string>(trained);
        var tail = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        foreach (var node in whole.Graph.Node)
            if (node.Input.Any(behind.Contains))
            {
                behind.UnionWith(node.Output);
                tail.Add(node);
            }

        var cut = new List<string>();
        var open = new Queue<string>(tail.SelectMany(n => n.Input));
        while (open.TryDequeue(out var value))
        {
            if (value.Length == 0 || given.Contains(value) || behind.Contains(value) || cut.Contains(value))
                continue;
            // Shapes and indices are computed again behind the cut; so is what needs no image, and what mixes images or
            // places with the batch (windows, heads of attention): the cut moves back to where there is one row per
            // image.
            if (producers.TryGetValue(value, out var node)
                && (!facts.IsReal(value) || node.Input.Count == 0 || !IsRows(value, facts)))
            {
                if (tail.Add(node))
                    foreach (var input in node.Input)
                        open.Enqueue(input);
            }
            else
            {
                cut.Add(value);
            }
        }

        var second = whole.Clone();
        second.Graph.Node.Clear();
        second.Graph.Node.Add(whole.Graph.Node.Where(tail.Contains).Select(n => n.Clone()));
        var used = second.Graph.Node.SelectMany(n => n.Input).ToHashSet();
        var weights = whole.Graph.Initializer.Where(t => used.Contains(t.Name)).ToArray();
        second.Graph.Initializer.Clear();
        second.Graph.Initializer.Add(weights);
        second.Graph.ValueInfo.Clear();
        second.Graph.Input.Clear();
        foreach (var name in cut)
            second.Graph.Input.Add(
                GraphBuilder.ValueInfo(name, DataType.Float, ["N", .. RowShape(name, facts).Cast<object>()]));
        return new NetworkCut(whole.KeepOutputs(cut), second, [.. cut.Select(name => (name, RowShape(name, facts)))]);
    }

    private static bool IsRows(string value, ValueFacts facts) =>
        facts.Type(value) == DataType.Float && facts.Shape(value) is [ProbeBatch, ..];

    private static long[] RowShape(string value, ValueFacts facts) =>
        IsRows(value, facts)
            ? facts.Shape(value)[1..]
            : throw new FaceBiasException(
                $"The network cannot be cut at '{value}', which is no float tensor with one row per image; train all "
                    + "layers, or other ones.");
}
