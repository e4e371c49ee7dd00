using FaceBias.Onnx.Graphs;

namespace FaceBias.Onnx.Import;

/// <summary>Who makes and who uses each value of a graph, for passes that change it. A change invalidates the view.</summary>
internal sealed class GraphView
{
    private readonly Dictionary<string, NodeProto> _producers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<NodeProto>> _users = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TensorProto> _constants = new(StringComparer.Ordinal);
    private readonly HashSet<string> _outputs;

    public GraphView(GraphProto graph)
    {
        Graph = graph;
        foreach (var node in graph.Node)
        {
            foreach (var output in node.Output)
                _producers[output] = node;
            foreach (var input in node.Input)
            {
                if (!_users.TryGetValue(input, out var users))
                    _users.Add(input, users = []);
                users.Add(node);
            }
        }
        foreach (var t in graph.Initializer)
            _constants[t.Name] = t;
        _outputs = graph.Output.Select(o => o.Name).ToHashSet(StringComparer.Ordinal);
    }

    public GraphProto Graph { get; }

    public NodeProto? Producer(string value) => _producers.GetValueOrDefault(value);

    public IReadOnlyList<NodeProto> Users(string value) => _users.TryGetValue(value, out var users) ? users : [];

    public TensorProto? Constant(string value) => _constants.GetValueOrDefault(value);

    public bool IsOutput(string value) => _outputs.Contains(value);

    /// <summary>The producer of a value that one node alone uses and that is no output of the graph.</summary>
    public NodeProto? OnlyFor(string value) => Users(value).Count == 1 && !IsOutput(value) ? Producer(value) : null;

    /// <summary>Removes nodes and constants that no output needs.</summary>
    public static void RemoveUnused(GraphProto graph)
    {
        var view = new GraphView(graph);
        var needed = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        var used = new HashSet<string>(StringComparer.Ordinal);
        var stack = new Stack<string>(graph.Output.Select(o => o.Name));
        while (stack.TryPop(out var value))
        {
            if (used.Add(value) && view.Producer(value) is { } node && needed.Add(node))
            {
                foreach (var input in node.Input.Concat(CapturedBy(node)))
                    stack.Push(input);
            }
        }
        Keep(graph.Node, needed.Contains);
        Keep(graph.Initializer, t => used.Contains(t.Name));
        Keep(graph.ValueInfo, v => used.Contains(v.Name));
    }

    /// <summary>Values that graphs inside a node (If, Loop) take from outside.</summary>
    private static IEnumerable<string> CapturedBy(NodeProto node) => node.Attribute
        .Where(a => a.G is not null).SelectMany(a => a.G.Node.SelectMany(n => n.Input.Concat(CapturedBy(n))).Concat(a.G.Output.Select(o => o.Name)));

    private static void Keep<T>(Google.Protobuf.Collections.RepeatedField<T> field, Func<T, bool> keep)
    {
        var kept = field.Where(keep).ToList();
        field.Clear();
        field.AddRange(kept);
    }
}
