using FaceBias.Onnx.Runtime;
using Microsoft.ML.OnnxRuntime;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Opsets;

/// <summary>What rules may ask about the model that is converted.</summary>
internal sealed class OpsetContext(ModelProto model)
{
    private readonly ModelProto _original = model.Clone();
    private readonly Dictionary<string, TensorProto> _constants =
        model.Graph.Initializer.ToDictionary(t => t.Name, StringComparer.Ordinal);
    private readonly HashSet<string> _used = [.. model.Graph.Node.SelectMany(GraphEditing.Inputs),
        .. model.Graph.Output.Select(o => o.Name)];
    private Dictionary<string, (DataType Type, long[]? Shape)>? _inferred;

    public GraphBuilder Builder { get; } = new(model);

    public TensorProto? Constant(string value) => _constants.TryGetValue(value, out var tensor)
        ? tensor : Builder.Graph.Initializer.FirstOrDefault(t => t.Name == value);

    public bool IsUsed(string value) => _used.Contains(value);

    public DataType? Type(string value) => Constant(value) is { } t ? (DataType)t.DataType
        : Inferred.TryGetValue(value, out var v) ? v.Type : null;

    public long[]? Shape(string value) => Constant(value) is { } t ? [.. t.Dims]
        : Inferred.GetValueOrDefault(value).Shape;

    /// <summary>What the runtime infers about the values of the model as it came, without running it.</summary>
    private Dictionary<string, (DataType Type, long[]? Shape)> Inferred => _inferred ??= Infer();

    private Dictionary<string, (DataType, long[]?)> Infer()
    {
        var inferred = new Dictionary<string, (DataType, long[]?)>(StringComparer.Ordinal);
        void Add(string name, NodeMetadata value)
        {
            // It describes a tensor of unknown rank like one without dimensions.
            if (value.IsTensor)
                inferred[name] = ((DataType)(int)value.ElementDataType,
                    value.Dimensions.Length == 0 ? null : [.. value.Dimensions.Select(d => (long)d)]);
        }
        var probe = _original;
        probe.Graph.Output.Clear();
        probe.Graph.Output.Add(
            probe.Graph.Node.SelectMany(n => n.Output).Where(o => o.Length > 0)
                .Select(o => new ValueInfoProto { Name = o }));
        try
        {
            using var options = OrtEnvironment.Options(1, GraphOptimizationLevel.ORT_DISABLE_ALL);
            using var session = new InferenceSession(OnnxFile.ToBytes(probe), options);
            foreach (var (name, value) in session.InputMetadata.Concat(session.OutputMetadata))
                Add(name, value);
        }
        catch (OnnxRuntimeException)
        {
            // Rules then do with what they see in the graph.
        }
        return inferred;
    }
}
