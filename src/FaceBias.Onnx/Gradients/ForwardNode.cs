namespace FaceBias.Onnx.Gradients;

/// <summary>What a gradient rule sees: one node of the forward graph and the gradients of its outputs.</summary>
internal sealed class ForwardNode(Backward graph, NodeProto node, Expression?[] gradients)
{
    public Backward Graph { get; } = graph;

    public string Op => node.OpType;

    /// <summary>The gradient of the first output.</summary>
    public Expression Dy => OutputGradient(0);

    /// <summary>The first input.</summary>
    public Expression X => Input(0);

    /// <summary>The first output.</summary>
    public Expression Y => Graph.Value(node.Output[0]);

    public int InputCount => node.Input.Count;

    public int OutputCount => node.Output.Count;

    public Expression Input(int i) => Graph.Value(node.Input[i]);

    public bool HasInput(int i) => i < node.Input.Count && node.Input[i].Length > 0;

    public Expression Output(int i) => Graph.Value(node.Output[i]);

    /// <summary>Whether this normalises by statistics of the batch itself.</summary>
    public bool HasBatchStatistics => Graph.Facts.HasBatchStatistics(node.Output[0]);

    /// <summary>The second output of the node, which is asked for if it was not yet.</summary>
    public string SecondOutput() => FurtherOutput(1);

    /// <summary>An output that a node need not have, which is asked for if it was not yet.</summary>
    public string FurtherOutput(int i)
    {
        while (node.Output.Count <= i)
            node.Output.Add("");
        if (node.Output[i].Length == 0)
            node.Output[i] = Graph.Builder.Unique(node.OpType);
        return node.Output[i];
    }

    /// <summary>The matrix [size of y, size of x] that a Resize node applies along an axis.</summary>
    public double[] ResizeMatrix(int axis)
    {
        float[]? scales = null;
        if (HasInput(2) && X.Shape.Length > 0)
            scales = Graph.Builder.Graph.Initializer.FirstOrDefault(t => t.Name == node.Input[2])?.ToFloats();
        return ResizeProbe.Run(node, X.Shape[axis], axis, Y.Shape[axis], scales is { Length: 4 } ? scales[axis] : null);
    }

    /// <summary>A constant of the gradient's element type.</summary>
    public Expression Scalar(double value) => Dy.Scalar(value);

    /// <summary>The value of an input that is a constant number, or null.</summary>
    public float? ConstantScalar(int i) =>
        HasInput(i) && Graph.Builder.Graph.Initializer.FirstOrDefault(t => t.Name == node.Input[i]) is { } t
            && t.ElementCount() == 1
            ? t.ToFloats()[0]
            : null;

    /// <summary>Whether an input is a small integer tensor known when the graph is built.</summary>
    public bool IsConstant(int i) => Graph.Facts.Integers(node.Input[i]) is not null;

    /// <summary>The gradient of an output; zeros if the loss does not depend on it.</summary>
    public Expression OutputGradient(int i)
    {
        if (gradients[i] is { } gradient)
            return gradient;
        var y = Output(i);
        return Graph.Filled(0, y.Type, y.Shape);
    }

    public AttributeProto? Attribute(string name) => node.Attribute.FirstOrDefault(a => a.Name == name);

    public long Int(string name, long otherwise) => Attribute(name)?.I ?? otherwise;

    public float Float(string name, float otherwise) => Attribute(name)?.F ?? otherwise;

    public string Text(string name, string otherwise) => Attribute(name)?.S.ToStringUtf8() ?? otherwise;

    public long[]? Ints(string name) => Attribute(name)?.Ints.ToArray();

    /// <summary>An axis attribute, counted from the front.</summary>
    public int Axis(int rank, long otherwise) => (int)Front(Int("axis", otherwise), rank);

    /// <summary>Integers that an input holds or, in older operator sets, an attribute; null if neither is
    /// given.</summary>
    public long[]? Integers(int input, string attribute) => HasInput(input) ? Integers(input) : Ints(attribute);

    /// <summary>Integers that an input holds.</summary>
    public long[] Integers(int input) => Graph.Facts.Integers(node.Input[input])
        ?? throw Unsupported($"its input '{node.Input[input]}' is not constant");

    public FaceBiasException Unsupported(string why) =>
        new($"The gradient of {Op} (node '{node.Name}') cannot be built: {why}; leave the layers up to it frozen.");

    public static long Front(long axis, int rank) => axis < 0 ? axis + rank : axis;
}
