namespace FaceBias.Onnx.Graphs;

/// <summary>Changes of whole graphs: leave out what an output does not need, rename, join two graphs into
/// one.</summary>
internal static class GraphEditing
{
    /// <summary>A copy of the model with only the given outputs and whatever they depend on. Inputs stay in
    /// order.</summary>
    /// <exception cref="FaceBiasException">The graph has no value of that name.</exception>
    public static ModelProto KeepOutputs(this ModelProto model, params IReadOnlyList<string> outputs)
    {
        var copy = model.Clone();
        var graph = copy.Graph;
        foreach (var output in outputs)
            if (!graph.Node.Any(n => n.Output.Contains(output)) && graph.Input.All(i => i.Name != output))
                throw new FaceBiasException(
                    $"The model has no output '{output}'; it has "
                        + $"{graph.Output.Select(o => o.Name).Quoted()}.");
        var needed = graph.RemoveUnused(outputs);
        Replace(graph.Input, graph.Input.Where(i => needed.Contains(i.Name)));
        Replace(graph.Output, outputs.Select(name => graph.Output.FirstOrDefault(o => o.Name == name)
            ?? graph.ValueInfo.FirstOrDefault(v => v.Name == name)
            ?? GraphBuilder.ValueInfo(name, TensorProto.Types.DataType.Float)));
        return copy;
    }

    /// <summary>Refuses loops: a network goes forward once, and a loop may run for ever.</summary>
    /// <param name="path">Its file, for the message.</param>
    /// <exception cref="FaceBiasException">It has a Loop or a Scan.</exception>
    public static void RefuseLoops(this ModelProto model, string path)
    {
        if (model.Graph.AllNodes().Concat(model.Functions.SelectMany(f => f.Node))
            .FirstOrDefault(n => n.OpType is "Loop" or "Scan") is { } loop)
            throw new FaceBiasException(
                $"'{path}' has a loop (the {loop.OpType} node of '{loop.Output.FirstOrDefault()}'), which may never "
                    + "end; export the part of the model before it.");
    }

    /// <summary>Refuses what was exported while it was trained: its answers depend on chance, or on the other pictures
    /// of a batch.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">Its file, for the message.</param>
    /// <exception cref="FaceBiasException">A batch norm or a dropout is in training mode.</exception>
    public static void RefuseTraining(this ModelProto model, string path)
    {
        var constants = model.Graph.Initializer.ToDictionary(i => i.Name, i => i);
        foreach (var node in model.Graph.AllNodes().Where(n => n.OpType == "Constant" && n.Output.Count == 1))
            if (node.Attribute.FirstOrDefault(a => a.Name == "value")?.T is { } value)
                constants.TryAdd(node.Output[0], value);
        bool IsTrue(string name) => constants.GetValueOrDefault(name) is { } t
            && (t.RawData.Any(b => b != 0) || t.Int32Data.Any(v => v != 0));
        if (model.Graph.AllNodes().FirstOrDefault(n => n.OpType switch
        {
            "BatchNormalization" => n.Output.Skip(1).Any(o => o.Length > 0)
                || n.Attribute.Any(a => a.Name == "training_mode" && a.I != 0),
            "Dropout" => n.Input.Count > 2 && IsTrue(n.Input[2]),
            _ => false,
        }) is { } training)
            throw new FaceBiasException($"'{path}' was exported in training mode (the {training.OpType} node of "
                + $"'{training.Output[0]}'), so that its answers depend on chance or on the other pictures of a batch; "
                + "export it for inference, in PyTorch after model.eval().");
    }

    /// <summary>A copy of the model with every value and node renamed, in subgraphs too.</summary>
    public static ModelProto Rename(this ModelProto model, Func<string, string> rename)
    {
        var copy = model.Clone();
        Rename(copy.Graph, name => name.Length == 0 ? name : rename(name));
        return copy;
    }

    /// <summary>Runs <paramref name="second"/> on outputs of <paramref name="first"/>: a copy of both as one
    /// model.</summary>
    /// <param name="first">The model that runs first; the result keeps its inputs, opset and IR version.</param>
    /// <param name="second">A model whose operators mean the same in the opset of the first.</param>
    /// <param name="links">For every input of <paramref name="second"/> that is fed by the first: input name to output
    /// name. Its other inputs become inputs of the result.</param>
    /// <remarks>The result's outputs are those of <paramref name="second"/>. Names must not collide except over links;
    /// use <see cref="Rename(ModelProto, Func{string, string})"/> first.</remarks>
    public static ModelProto Then(this ModelProto first, ModelProto second, IReadOnlyDictionary<string, string> links)
    {
        var result = first.KeepOutputs([.. links.Values.Distinct()]);
        var tail = second.Rename(name => links.GetValueOrDefault(name, name)).Graph;
        var taken = new HashSet<string>(result.Graph.Initializer.Select(t => t.Name));
        taken.UnionWith(result.Graph.Node.SelectMany(n => n.Output));
        var clash = tail.Initializer.Select(t => t.Name).Concat(tail.Node.SelectMany(n => n.Output))
            .FirstOrDefault(taken.Contains);
        if (clash is not null)
            throw new ArgumentException($"Both models have a value named '{clash}'.");
        result.Graph.Node.Add(tail.Node);
        result.Graph.Initializer.Add(tail.Initializer);
        result.Graph.ValueInfo.Add(tail.ValueInfo);
        result.Graph.Input.Add(tail.Input.Where(i => !links.Values.Contains(i.Name)));
        Replace(result.Graph.Output, tail.Output);
        foreach (var domain in second.OpsetImport.Where(d => result.OpsetImport.All(r => r.Domain != d.Domain)))
            result.OpsetImport.Add(domain.Clone());
        return result;
    }

    /// <summary>Takes out nodes, constants and descriptions of values that no output depends on.</summary>
    /// <param name="outputs">Names of values; the graph's outputs if null.</param>
    /// <returns>The values that the outputs depend on.</returns>
    internal static HashSet<string> RemoveUnused(this GraphProto graph, IEnumerable<string>? outputs = null)
    {
        var needed = graph.RemoveUnusedNodes(outputs);
        Replace(graph.Initializer, graph.Initializer.Where(t => needed.Contains(t.Name)));
        Replace(graph.ValueInfo, graph.ValueInfo.Where(v => needed.Contains(v.Name)));
        return needed;
    }

    /// <summary>Takes out nodes that no output depends on.</summary>
    internal static HashSet<string> RemoveUnusedNodes(this GraphProto graph, IEnumerable<string>? outputs = null)
    {
        var producer = new Dictionary<string, NodeProto>();
        foreach (var node in graph.Node)
            foreach (var output in node.Output)
                producer[output] = node;
        var needed = new HashSet<string>();
        var kept = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        var stack = new Stack<string>(outputs ?? graph.Output.Select(o => o.Name));
        while (stack.TryPop(out var value))
        {
            if (value.Length == 0 || !needed.Add(value))
                continue;
            if (producer.TryGetValue(value, out var node) && kept.Add(node))
                foreach (var input in Inputs(node))
                    stack.Push(input);
        }
        Replace(graph.Node, graph.Node.Where(kept.Contains));
        return needed;
    }

    /// <summary>Lets nodes take other values, those of subgraphs too.</summary>
    /// <param name="replacements">From a value to what is taken in its place.</param>
    internal static void ReplaceInputs(this GraphProto graph, IReadOnlyDictionary<string, string> replacements)
    {
        foreach (var node in graph.Node)
        {
            for (var i = 0; i < node.Input.Count; i++)
                node.Input[i] = replacements.GetValueOrDefault(node.Input[i], node.Input[i]);
            foreach (var subgraph in Subgraphs(node))
                ReplaceInputs(subgraph, replacements);
        }
    }

    private static void Rename(GraphProto graph, Func<string, string> rename)
    {
        foreach (var value in graph.Input.Concat(graph.Output).Concat(graph.ValueInfo))
            value.Name = rename(value.Name);
        foreach (var tensor in graph.Initializer)
            tensor.Name = rename(tensor.Name);
        foreach (var node in graph.Node)
        {
            node.Name = node.HasName ? rename(node.Name) : "";
            for (var i = 0; i < node.Input.Count; i++)
                node.Input[i] = rename(node.Input[i]);
            for (var i = 0; i < node.Output.Count; i++)
                node.Output[i] = rename(node.Output[i]);
            foreach (var subgraph in Subgraphs(node))
                Rename(subgraph, rename);
        }
    }

    // A subgraph may use any value of the graph around it.
    internal static IEnumerable<string> Inputs(NodeProto node) => node.Input.Concat(
        Subgraphs(node).SelectMany(g => g.Node.SelectMany(Inputs).Concat(g.Output.Select(o => o.Name))));

    /// <summary>The nodes of a graph and of all graphs inside them.</summary>
    internal static IEnumerable<NodeProto> AllNodes(this GraphProto graph) =>
        graph.Node.SelectMany(n => Subgraphs(n).SelectMany(AllNodes).Prepend(n));

    /// <summary>The constants of a graph and of all graphs inside it, those that nodes hold included.</summary>
    internal static IEnumerable<TensorProto> AllTensors(this GraphProto graph) => graph.Initializer
        .Concat(graph.Node.SelectMany(n => n.Attribute).SelectMany(
            a => a.T is null ? a.Tensors : a.Tensors.Prepend(a.T)))
        .Concat(graph.Node.SelectMany(Subgraphs).SelectMany(AllTensors));

    internal static IEnumerable<GraphProto> Subgraphs(NodeProto node) =>
        node.Attribute.Where(a => a.G is not null).Select(a => a.G).Concat(node.Attribute.SelectMany(a => a.Graphs));

    private static void Replace<T>(Google.Protobuf.Collections.RepeatedField<T> field, IEnumerable<T> values)
    {
        var kept = values.ToList();
        field.Clear();
        field.AddRange(kept);
    }
}
