namespace FaceBias.Onnx.Import;

/// <summary>Who makes and who uses each value of a graph, for passes that change it. A change invalidates the
/// view.</summary>
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
}
