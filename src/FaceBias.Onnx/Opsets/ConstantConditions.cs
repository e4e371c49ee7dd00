namespace FaceBias.Onnx.Opsets;

/// <summary>An If whose condition is an initializer becomes the branch that is taken.</summary>
internal static class ConstantConditions
{
    /// <summary>Puts the branches in their places; false if there is none.</summary>
    public static bool Inline(GraphProto graph)
    {
        var initial = graph.Initializer.ToDictionary(t => t.Name, StringComparer.Ordinal);
        var nodes = graph.Node.ToArray();
        if (!nodes.Any(n => Branch(n, initial) is not null))
            return false;
        var builder = new GraphBuilder(new ModelProto { Graph = graph });
        graph.Node.Clear();
        foreach (var node in nodes)
        {
            if (Branch(node, initial) is not { } branch)
            {
                graph.Node.Add(node);
                continue;
            }
            // Names of a branch are its own; two branches may have the same.
            var own = branch.Initializer.Select(t => t.Name).Concat(branch.Node.SelectMany(n => n.Output))
                .Where(n => n.Length > 0).ToHashSet();
            var names = own.ToDictionary(n => n, _ => builder.Unique(node.OpType));
            var inlined = new ModelProto { Graph = branch }.Rename(name => names.GetValueOrDefault(name, name)).Graph;
            graph.Initializer.Add(inlined.Initializer);
            foreach (var inner in inlined.Node)
                inner.Name = "";
            graph.Node.Add(inlined.Node);
            for (var i = 0; i < node.Output.Count; i++)
                if (node.Output[i].Length > 0)
                {
                    var result = new NodeProto { OpType = "Identity", Name = node.Output[i] };
                    result.Input.Add(inlined.Output[i].Name);
                    result.Output.Add(node.Output[i]);
                    graph.Node.Add(result);
                }
        }
        return true;
    }

    private static GraphProto? Branch(NodeProto node, Dictionary<string, TensorProto> initial)
    {
        if (node.OpType != "If" || node.Domain is not ("" or "ai.onnx") || node.Input.Count != 1
            || !initial.TryGetValue(node.Input[0], out var condition) || condition.ElementCount() != 1)
            return null;
        var name = condition.ToInt64s()[0] != 0 ? "then_branch" : "else_branch";
        var branch = node.Attribute.FirstOrDefault(a => a.Name == name)?.G;
        return branch is not null && branch.Output.Count >= node.Output.Count ? branch : null;
    }
}
