using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Opsets;

/// <summary>Operators of ONNX Runtime's own domain, as its optimizer and Optimum write them, in ONNX's operators: so
/// they have gradients and other operator sets. The runtime fuses them again by itself.</summary>
internal static class RuntimeOperators
{
    private const string Domain = "com.microsoft";

    private delegate bool Rule(Writer w, NodeProto n);

    private static readonly Dictionary<string, Rule> Rules = new()
    {
        ["FusedConv"] = (w, n) => w.Product(n, "Conv", n.Input.Count > 3 ? n.Input[3] : ""),
        ["FusedGemm"] = (w, n) => w.Product(n, "Gemm", ""),
        ["FusedMatMul"] = MatMul,
        ["Gelu"] = (w, n) => w.Gelu(n.Input[0], n.Output[0]),
        ["BiasGelu"] = (w, n) => w.Gelu(w.Add("Add", n.Input[0], n.Input[1]), n.Output[0]),
        ["FastGelu"] = (w, n) => w.TanhGelu(
            n.Input.Count > 1 && n.Input[1].Length > 0 ? w.Add("Add", n.Input[0], n.Input[1]) : n.Input[0], n.Output[0]),
        ["QuickGelu"] = (w, n) =>
            w.Emit("Mul", n.Output[0], n.Input[0],
                w.Add("Sigmoid", w.Add("Mul", n.Input[0], w.Number(Float(n, "alpha", 1.702f))))),
        ["SkipLayerNormalization"] = SkipNormalisation,
    };

    /// <summary>Rewrites a model that may be changed.</summary>
    /// <returns>The operators that were rewritten.</returns>
    public static IReadOnlyList<string> Lower(ModelProto model)
    {
        if (!model.Graph.Node.Any(IsKnown))
            return [];
        var writer = new Writer(model);
        var nodes = model.Graph.Node.ToArray();
        model.Graph.Node.Clear();
        var done = new List<string>();
        foreach (var node in nodes)
            if (IsKnown(node) && Rules[node.OpType](writer, node))
                done.Add(node.OpType);
            else
                model.Graph.Node.Add(node);
        return done;
    }

    public static bool IsKnown(NodeProto node) => node.Domain == Domain && Rules.ContainsKey(node.OpType);

    private static float Float(NodeProto n, string name, float otherwise) =>
        n.Attribute.FirstOrDefault(a => a.Name == name)?.F ?? otherwise;

    private static bool MatMul(Writer w, NodeProto n)
    {
        bool Has(string name) => n.Attribute.Any(a => a.Name == name && a.I != 0);
        if (Has("transBatchA") || Has("transBatchB"))
            return false;
        var factors = new string[2];
        foreach (var (i, name) in new[] { (0, "transA"), (1, "transB") })
        {
            factors[i] = n.Input[i];
            if (!Has(name))
                continue;
            if (w.Rank(factors[i]) is not (> 1 and var rank))
                return false;
            long[] turn = [.. Enumerable.Range(0, rank).Select(d => (long)d)];
            (turn[^1], turn[^2]) = (turn[^2], turn[^1]);
            factors[i] = w.Add("Transpose", [factors[i]], [("perm", turn)]);
        }
        var alpha = Float(n, "alpha", 1);
        return alpha == 1 ? w.Emit("MatMul", n.Output[0], factors)
            : w.Emit("Mul", n.Output[0], w.Add("MatMul", factors), w.Number(alpha));
    }

    private static bool SkipNormalisation(Writer w, NodeProto n)
    {
        string Input(int i) => i < n.Input.Count ? n.Input[i] : "";
        if (n.Output.Skip(1).Take(2).Any(o => o.Length > 0))
            return false;
        var sum = w.Add("Add", n.Input[0], n.Input[1]);
        if (Input(4).Length > 0)
            sum = w.Add("Add", sum, Input(4));
        if (n.Output.Count > 3 && n.Output[3].Length > 0)
            w.Emit("Identity", n.Output[3], sum);
        w.Emit("LayerNormalization", n.Output[0],
            [sum, n.Input[2], .. Input(3).Length > 0 ? [Input(3)] : (string[])[]]);
        w.Last.Attribute.Add([GraphBuilder.Attribute("axis", -1L),
            GraphBuilder.Attribute("epsilon", Float(n, "epsilon", 1e-12f))]);
        return true;
    }

    private sealed class Writer(ModelProto model)
    {
        private readonly OpsetContext _context = new(model);

        public NodeProto Last => _context.Builder.Graph.Node[^1];

        public int? Rank(string value) => _context.Shape(value)?.Length;

        public string Number(float value) => _context.Builder.Constant(value);

        public string Add(string op, params ReadOnlySpan<string> inputs) => _context.Builder.Add(op, inputs);

        public string Add(string op, ReadOnlySpan<string> inputs, ReadOnlySpan<(string, object)> attributes) =>
            _context.Builder.Add(op, inputs, attributes);

        /// <summary>Adds a node whose output has that name.</summary>
        public bool Emit(string op, string output, params ReadOnlySpan<string> inputs)
        {
            _context.Builder.Add(op, inputs);
            Last.Output[0] = output;
            return true;
        }

        /// <summary>A convolution or product, to which another value may be added before its activation.</summary>
        public bool Product(NodeProto n, string op, string summand)
        {
            var name = n.Attribute.FirstOrDefault(a => a.Name == "activation")?.S.ToStringUtf8() ?? "";
            float[] limits = n.Attribute.FirstOrDefault(a => a.Name == "activation_params")?.Floats.ToArray()
                ?? [Float(n, "activation_alpha", 0.01f), Float(n, "activation_beta", 0)];
            if (name is not ("" or "Relu" or "Sigmoid" or "Tanh" or "LeakyRelu" or "Clip" or "HardSigmoid"))
                return false;
            var product = n.Clone();
            (product.OpType, product.Domain) = (op, "");
            var kept = n.Attribute.Where(a => !a.Name.StartsWith("activation", StringComparison.Ordinal)).ToArray();
            product.Attribute.Clear();
            product.Attribute.Add(kept);
            while (product.Input.Count > 3)
                product.Input.RemoveAt(3);
            var value = product.Output[0] =
                summand.Length + name.Length > 0 ? _context.Builder.Unique(op) : n.Output[0];
            _context.Builder.Graph.Node.Add(product);
            if (summand.Length > 0 && name.Length > 0)
                value = Add("Add", value, summand);
            else if (summand.Length > 0)
                return Emit("Add", n.Output[0], value, summand);
            if (name.Length == 0)
                return true;
            Emit(name, n.Output[0], name == "Clip" ? [value, Number(limits[0]), Number(limits[1])] : [value]);
            if (name is "LeakyRelu" or "HardSigmoid")
                Last.Attribute.Add(GraphBuilder.Attribute("alpha", limits[0]));
            if (name == "HardSigmoid")
                Last.Attribute.Add(GraphBuilder.Attribute("beta", limits[1]));
            return true;
        }

        /// <summary>x (erf(x / sqrt(2)) + 1) / 2.</summary>
        public bool Gelu(string x, string output) => Emit("Mul", output,
            Add("Mul", x, Add("Add", Add("Erf", Add("Mul", x, Number(MathF.Sqrt(0.5f)))), Number(1))), Number(0.5f));

        /// <summary>x (tanh(sqrt(2 / pi) (x + 0.044715 x^3)) + 1) / 2.</summary>
        public bool TanhGelu(string x, string output)
        {
            var cube = Add("Mul", Add("Mul", Add("Mul", x, x), x), Number(0.044715f));
            var inner = Add("Tanh", Add("Mul", Add("Add", x, cube), Number(MathF.Sqrt(2 / MathF.PI))));
            return Emit("Mul", output, Add("Mul", x, Add("Add", inner, Number(1))), Number(0.5f));
        }
    }
}
