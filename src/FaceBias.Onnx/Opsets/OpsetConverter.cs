namespace FaceBias.Onnx.Opsets;

/// <summary>Writes models in another operator set of ONNX, by one rule per operator whose form or meaning changed
/// (<see cref="OpsetRules"/>). Values keep their names. Operators of other domains stay as they are.</summary>
internal static class OpsetConverter
{
    /// <summary>Operator sets before this one are not accepted by ONNX Runtime.</summary>
    public const int Oldest = 7;

    /// <summary>The oldest operator set that models are written in.</summary>
    public const int OldestWritten = 9;

    /// <summary>The newest one whose changes are known.</summary>
    public const int Newest = 24;

    /// <summary>The operator set of ONNX's own operators that a model declares; 0 if none.</summary>
    public static int OpsetOf(ModelProto model) => (int)Math.Clamp(Declared(model)?.Version ?? 0, 0, int.MaxValue);

    /// <summary>Operators of other domains than ONNX's own, with their domain, most frequent first.</summary>
    public static IReadOnlyList<(string Operator, int Count)> ForeignOperators(ModelProto model) =>
        [.. AllNodes(model.Graph).Where(n => !IsStandard(n)).GroupBy(n => $"{n.Domain}.{n.OpType}",
            StringComparer.Ordinal)
            .Select(g => (g.Key, g.Count())).OrderByDescending(g => g.Item2).ThenBy(g => g.Key,
                StringComparer.Ordinal)];

    /// <summary>A copy of a model in another operator set, with what is constant folded.</summary>
    /// <param name="model">The model, from operator set <see cref="Oldest"/> on.</param>
    /// <param name="opset">The operator set to write.</param>
    /// <exception cref="FaceBiasException">The model is older or newer than what is known, or uses what the other set
    /// does not have; the sentence names the operator.</exception>
    public static ModelProto Convert(ModelProto model, int opset)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(opset, Oldest);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(opset, Newest);
        var (name, from) = (model.Graph.Name, OpsetOf(model));
        if (from is < Oldest or > Newest)
            throw new FaceBiasException(
                $"The model '{name}' uses operator set {from}; export it with one from {Oldest} to {Newest}.",
                ErrorKind.Unsupported);
        var copy = model.Clone();
        ConstantFolding.Run(copy);
        try
        {
            for (var version = from + 1; version <= opset; version++)
            {
                Apply(copy, OpsetRules.Of(version), r => r.Up);
                Declare(copy, version);
            }
            for (var version = from; version > opset; version--)
            {
                Apply(copy, OpsetRules.Of(version), r => r.Down);
                Declare(copy, version - 1);
            }
            if (AllNodes(copy.Graph).FirstOrDefault(n => IsStandard(n) && OpsetRules.Introduced(n.OpType) > opset) is
                { } young)
                throw new OpsetException(
                    $"{young.OpType} exists from operator set {OpsetRules.Introduced(young.OpType)} on");
        }
        catch (OpsetException e)
        {
            throw new FaceBiasException($"The model '{name}' cannot be written in operator set {opset}: {e.Message}.",
                e, ErrorKind.Unsupported);
        }
        copy.IrVersion = IrVersion(opset);
        if (from != opset)
        {
            // Descriptions of inner values need not hold for what stands there now.
            copy.Graph.ValueInfo.Clear();
            ConstantFolding.Run(copy);
        }
        return copy;
    }

    /// <summary>The version of the file format that came with an operator set; from 4 on weights need not be
    /// inputs.</summary>
    internal static int IrVersion(int opset) => opset switch
    {
        <= 9 => 4, 10 => 5, 11 => 6, <= 14 => 7, <= 18 => 8, <= 20 => 9, <= 22 => 10, _ => 11,
    };

    internal static bool IsStandard(NodeProto node) => node.Domain is "" or "ai.onnx";

    private static OperatorSetIdProto? Declared(ModelProto model) =>
        model.OpsetImport.FirstOrDefault(o => o.Domain is "" or "ai.onnx");

    private static void Declare(ModelProto model, int version)
    {
        foreach (var declared in model.OpsetImport.Where(o => o.Domain is "" or "ai.onnx"))
            declared.Version = version;
    }

    private static void Apply(ModelProto model, IReadOnlyDictionary<string, OpsetRule> rules,
        Func<OpsetRule, Action<OpsetNode>?> direction)
    {
        if (!AllNodes(model.Graph).Any(
            n => IsStandard(n) && rules.TryGetValue(n.OpType, out var rule) && direction(rule) is not null))
            return;
        Apply(new OpsetContext(model), model.Graph, rules, direction);
    }

    private static void Apply(
        OpsetContext context, GraphProto graph, IReadOnlyDictionary<string, OpsetRule> rules,
        Func<OpsetRule, Action<OpsetNode>?> direction)
    {
        var nodes = graph.Node.ToArray();
        graph.Node.Clear();
        foreach (var node in nodes)
        {
            foreach (var subgraph in GraphEditing.Subgraphs(node))
                Apply(context, subgraph, rules, direction);
            var view = new OpsetNode(context, node);
            if (IsStandard(node) && rules.TryGetValue(node.OpType, out var rule) && direction(rule) is { } rewrite)
                rewrite(view);
            graph.Node.Add(view.Result);
        }
    }

    private static IEnumerable<NodeProto> AllNodes(GraphProto graph) =>
        graph.Node.Concat(graph.Node.SelectMany(GraphEditing.Subgraphs).SelectMany(AllNodes));
}
