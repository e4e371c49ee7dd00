namespace FaceBias.Onnx.Gradients;

/// <summary>Reverse-mode differentiation of ONNX graphs. The result is more ONNX nodes in the same graph: nothing is
/// computed here, and whatever runs the graph runs its gradients.</summary>
internal static class Gradient
{
    /// <summary>
    /// Adds the nodes that compute the derivatives of <paramref name="loss"/> by each of <paramref name="wanted"/>.
    /// </summary>
    /// <param name="g">The forward graph, operator set 13 or later, every input dimension fixed; it is
    /// extended.</param>
    /// <param name="wanted">Values of the graph: inputs, initializers or results of nodes.</param>
    /// <returns>From each wanted value to the value that holds its gradient, which has the same shape. A value that
    /// <paramref name="loss"/> does not depend on is left out.</returns>
    /// <exception cref="FaceBiasException">An operator between a wanted value and the loss has no rule.</exception>
    public static IReadOnlyDictionary<string, string> Of(GraphBuilder g, string loss, IEnumerable<string> wanted) =>
        Of(g, loss, wanted, ValueFacts.Learn(g.Model));

    internal static IReadOnlyDictionary<string, string> Of(
        GraphBuilder g, string loss, IEnumerable<string> wanted, ValueFacts facts, ConvolutionChoices? choices = null)
    {
        RequireOpset(g.Model);
        var targets = wanted.ToHashSet();
        foreach (var target in targets)
            if (!facts.IsReal(target))
                throw new FaceBiasException($"'{target}' holds {facts.Type(target)} values, which have no gradient.");
        if (Tensors.Count(facts.Shape(loss)) != 1)
            throw new FaceBiasException(
                $"The loss '{loss}' has {Tensors.Count(facts.Shape(loss))} elements; reduce it to one with ReduceMean.");

        var nodes = g.Graph.Node.ToArray();
        var backward = new Backward(g, facts, choices)
        {
            Users = nodes.SelectMany(n => GraphEditing.Inputs(n).Distinct().Select(i => (Value: i, Node: n)))
                .ToLookup(u => u.Value, u => u.Node),
        };
        var dependent = Dependents(nodes, targets, facts);
        var gradients = new GradientSums(backward);
        backward.Known = gradients.Total;
        if (dependent.Contains(loss))
            gradients.Add(loss, backward.Filled(1, facts.Type(loss), facts.Shape(loss)));
        foreach (var node in nodes.Reverse())
        {
            if (!GraphEditing.Inputs(node).Any(dependent.Contains) || !node.Output.Any(gradients.Contains))
                continue;
            var rule = GradientRules.Find(node) ?? throw new FaceBiasException(
                $"The operator {(node.Domain.Length > 0 ? $"{node.Domain}." : "")}{node.OpType} (node '{node.Name}') "
                    + "lies between a trained parameter and the loss and has " +
                "no gradient; freeze the layers up to it, or export the model without it.", ErrorKind.Unsupported);
            var view = new ForwardNode(backward, node, [.. node.Output.Select(gradients.Total)]);
            var inputs = rule(view);
            // A rule also lists optional inputs, which a node may leave out.
            for (var i = 0; i < Math.Min(inputs.Length, node.Input.Count); i++)
                if (inputs[i] is { } gradient && dependent.Contains(node.Input[i]))
                    gradients.Add(node.Input[i], gradient());
        }
        return targets.Where(gradients.Contains).ToDictionary(t => t, t => gradients.Total(t)!.Value.Name);
    }

    /// <summary>The operator that ends the way from a value to the loss since it gives integers, with its node; null if
    /// there is none.</summary>
    internal static NodeProto? EndOf(IEnumerable<NodeProto> nodes, string value, ValueFacts facts)
    {
        var dependent = new HashSet<string> { value };
        foreach (var node in nodes.Where(n => GraphEditing.Inputs(n).Any(dependent.Contains)))
        {
            if (node.OpType is not ("Shape" or "Size") && node.Output.All(o => o.Length == 0 || facts.IsInteger(o)))
                return node;
            dependent.UnionWith(node.Output.Where(o => o.Length > 0 && !facts.IsInteger(o)));
        }
        return null;
    }

    /// <summary>The values that change when one of <paramref name="targets"/> does. Integers carry no gradient, so a
    /// shape or an index that is computed from a trained value ends the way.</summary>
    private static HashSet<string> Dependents(NodeProto[] nodes, HashSet<string> targets, ValueFacts facts)
    {
        var dependent = new HashSet<string>(targets);
        foreach (var node in nodes)
            if (node.DocString != GraphBuilder.StopsGradient && GraphEditing.Inputs(node).Any(dependent.Contains))
                dependent.UnionWith(node.Output.Where(o => o.Length > 0 && !facts.IsInteger(o)));
        return dependent;
    }

    private static void RequireOpset(ModelProto model)
    {
        var version = model.OpsetImport.FirstOrDefault(o => o.Domain.Length == 0)?.Version ?? 0;
        if (version < 13)
            throw new FaceBiasException(
                $"The graph '{model.Graph.Name}' uses ONNX operator set {version}; training needs 13 or later; export "
                    + "it again with one.", ErrorKind.Unsupported);
    }

    /// <summary>The gradients of values; one that reaches the loss on several ways gets their sum.</summary>
    private sealed class GradientSums(Backward graph)
    {
        private readonly Dictionary<string, List<Expression>> _parts = [];

        public bool Contains(string value) => _parts.ContainsKey(value);

        public void Add(string value, Expression part)
        {
            if (!part.Shape.AsSpan().SequenceEqual(graph.Facts.Shape(value)))
                throw new InvalidOperationException(
                    $"The gradient of '{value}' has shape [{string.Join(',', part.Shape)}], not "
                        + $"[{string.Join(',', graph.Facts.Shape(value))}].");
            if (!_parts.TryGetValue(value, out var parts))
                _parts[value] = parts = [];
            parts.Add(part);
            graph.Facts.Set(part);
        }

        public Expression? Total(string value)
        {
            if (!_parts.TryGetValue(value, out var parts))
                return null;
            if (parts.Count > 1)
            {
                var total = graph.Joined(parts)
                    ?? parts[0] with { Name = graph.Builder.Add("Sum", [.. parts.Select(p => p.Name)]) };
                graph.Facts.Set(total);
                parts.Clear();
                parts.Add(total);
            }
            return parts[0];
        }
    }
}
