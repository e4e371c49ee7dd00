using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Training;

/// <summary>Layer norms and Gaussian error units that an exporter wrote as five to nine nodes become the one node that
/// the runtime has a kernel for. The runtime does so by itself in inference; in a training graph the gradients take
/// what lies in between, so that it cannot, and each would be kept. The model that is trained stays as it is.</summary>
internal static class FusedForward
{
    /// <summary>The domain of the runtime's own operators.</summary>
    private const string Domain = "com.microsoft";

    /// <summary>Rewrites the forward half of a training graph, before its gradients are added.</summary>
    /// <param name="wanted">Values that are read: they stay.</param>
    public static void Apply(ModelProto model, IReadOnlyCollection<string> wanted)
    {
        var graph = new Matcher(model.Graph, wanted);
        foreach (var node in model.Graph.Node.ToArray())
            if (node.OpType == "Add")
                graph.LayerNormalisation(node);
            else if (node.OpType == "Mul")
                graph.Gelu(node);
        if (!graph.Changed)
            return;
        model.Graph.RemoveUnusedNodes(wanted);
        if (graph.Units && model.OpsetImport.All(o => o.Domain != Domain))
            model.OpsetImport.Add(new OperatorSetIdProto { Domain = Domain, Version = 1 });
    }

    private sealed class Matcher(GraphProto graph, IEnumerable<string> wanted)
    {
        private readonly Dictionary<string, NodeProto> _producers =
            graph.Node.SelectMany(n => n.Output.Where(o => o.Length > 0).Select(o => (o, n))).ToDictionary(p => p.o,
                p => p.n);
        private readonly Dictionary<string, TensorProto> _constants = graph.Initializer.ToDictionary(t => t.Name);
        private readonly Dictionary<string, int> _uses =
            graph.Node.SelectMany(GraphEditing.Inputs).Concat(wanted).CountBy(v => v).ToDictionary();

        public bool Changed { get; private set; }

        public bool Units { get; private set; }

        /// <summary>(x - mean(x)) / sqrt(mean((x - mean(x))^2) + epsilon) * scale + shift over the last axis.</summary>
        public void LayerNormalisation(NodeProto add)
        {
            if (Pair(add, IsVector) is not (var scaled, var shift) || Inner(scaled, "Mul") is not { } mul
                || Pair(mul, IsVector) is not (var normal, var scale) || Inner(normal, "Div") is not { } div
                || Inner(div.Input[1], "Sqrt") is not { } sqrt || Inner(sqrt.Input[0], "Add") is not { } sum
                || Pair(sum, IsNumber) is not (var variance, var epsilon)
                || Inner(variance, "ReduceMean") is not { } spread || !OfLastAxis(spread)
                || Inner(spread.Input[0]) is not { } square || !IsSquare(square) || square.Input[0] != div.Input[0]
                || !_producers.TryGetValue(div.Input[0], out var centre) || centre.OpType != "Sub"
                || _uses[centre.Output[0]] != (square.OpType == "Mul" ? 3 : 2)
                || Inner(centre.Input[1], "ReduceMean") is not { } mean || !OfLastAxis(mean)
                || mean.Input[0] != centre.Input[0])
                return;
            Become(add, "LayerNormalization", centre.Input[0], scale, shift);
            add.Attribute.Add(
                [GraphBuilder.Attribute("axis", -1L),
                    GraphBuilder.Attribute("epsilon", _constants[epsilon].ToFloats()[0])]);
        }

        /// <summary>x (erf(x / sqrt(2)) + 1) / 2, in whatever order it was multiplied.</summary>
        public void Gelu(NodeProto product)
        {
            var factors = new List<string>(product.Input);
            // Of the two products one may be of x and 1/2, of the other sum and 1/2, or of all three in a row.
            for (var i = 0; i < factors.Count && factors.Count < 3; i++)
                if (Inner(factors[i], "Mul") is { } inner)
                {
                    factors.RemoveAt(i);
                    factors.AddRange(inner.Input);
                }
            if (factors.Count != 3 || factors.FirstOrDefault(f => Is(f, 0.5)) is not { } half
                || factors.FirstOrDefault(
                    f => Inner(f, "Add") is { } a && Pair(a, IsNumber) is (_, var one) && Is(one, 1)) is not { } sum)
                return;
            var x = factors.Single(f => f != half && f != sum);
            if (Pair(_producers[sum], IsNumber) is not (var value, _) || Inner(value, "Erf") is not { } erf
                || Inner(erf.Input[0]) is not { } scaling
                || scaling.Input[0] != x
                || !(scaling.OpType == "Div" && Is(scaling.Input[1], Math.Sqrt(2))
                    || scaling.OpType == "Mul" && Is(scaling.Input[1], Math.Sqrt(0.5))))
                return;
            Become(product, "Gelu", x);
            product.Domain = Domain;
            Units = true;
        }

        private void Become(NodeProto node, string op, params string[] inputs)
        {
            node.OpType = op;
            node.Input.Clear();
            node.Input.Add(inputs);
            node.Attribute.Clear();
            Changed = true;
        }

        /// <summary>The node that makes a value which only one node takes.</summary>
        private NodeProto? Inner(string value, string? op = null) =>
            _producers.TryGetValue(value, out var node) && node.Domain.Length == 0 && (op is null || node.OpType == op)
                && _uses[value] == 1 ? node : null;

        /// <summary>The two inputs of a node, the one that is constant last.</summary>
        private static (string Value, string Constant)? Pair(NodeProto node, Func<string, bool> isConstant) =>
            node.Input.Count != 2 ? null : isConstant(node.Input[1]) ? (node.Input[0], node.Input[1])
            : isConstant(node.Input[0]) ? (node.Input[1], node.Input[0]) : null;

        private bool IsVector(string value) =>
            _constants.TryGetValue(value, out var t) && t.Dims.Count == 1 && t.DataType == (int)DataType.Float
                && t.Dims[0] > 1;

        private bool IsNumber(string value) =>
            _constants.TryGetValue(value, out var t) && t.ElementCount() == 1 && t.DataType == (int)DataType.Float;

        private bool Is(string value, double number) =>
            IsNumber(value) && Math.Abs(_constants[value].ToFloats()[0] - number) < 1e-5;

        private bool IsSquare(NodeProto node) =>
            node.OpType == "Pow" && Is(node.Input[1], 2) || node.OpType == "Mul" && node.Input[0] == node.Input[1];

        private bool OfLastAxis(NodeProto mean) =>
            mean.Input.Count > 1 && _constants.TryGetValue(mean.Input[1], out var axes) && axes.ToInt64s() is [-1]
            && mean.Attribute.All(a => a.Name != "keepdims" || a.I != 0);
    }
}
