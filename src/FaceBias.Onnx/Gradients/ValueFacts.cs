using FaceBias.Onnx.Runtime;
using Microsoft.ML.OnnxRuntime;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Gradients;

/// <summary>The concrete shape and element type of every value of a graph, and the contents of small integer tensors
/// (shapes, axes, indices). Learnt by running the graph once on zeros with values as outputs, so that nothing has to be
/// known about an operator to learn the shape of its result. Only what the runtime does not infer by itself is
/// fetched.</summary>
internal sealed class ValueFacts
{
    private const int LargestConstant = 1024;

    private readonly Dictionary<string, (DataType Type, long[] Shape)> _values = [];
    private readonly Dictionary<string, long[]> _integers = [];
    private readonly HashSet<string> _batchStatistics = [];
    private readonly Dictionary<string, string> _turned = [];

    /// <summary>Learns the facts of a model whose inputs all have fixed dimensions.</summary>
    public static ValueFacts Learn(ModelProto model)
    {
        var facts = new ValueFacts();
        foreach (var t in model.Graph.Initializer)
        {
            facts.Set(t.Name, (DataType)t.DataType, [.. t.Dims]);
            if ((DataType)t.DataType is DataType.Int64 or DataType.Int32 && t.ElementCount() <= LargestConstant)
                facts._integers[t.Name] = t.ToInt64s();
        }
        var inputs = model.Graph.Input.Where(i => !facts._values.ContainsKey(i.Name)).ToArray();
        foreach (var input in inputs)
            facts.Set(input.Name, (DataType)input.Type.TensorType.ElemType, FixedShape(input));
        facts.Run(model, inputs);
        return facts;
    }

    /// <summary>What is known of the values of one graph. Nodes that are added to another one may have the names of
    /// nodes that will be added to this one.</summary>
    public ValueFacts Of(GraphProto graph)
    {
        var facts = new ValueFacts();
        foreach (var name in graph.Input.Select(i => i.Name).Concat(graph.Initializer.Select(t => t.Name))
            .Concat(graph.Node.SelectMany(n => n.Output)).Distinct())
        {
            if (_values.TryGetValue(name, out var value))
                facts._values[name] = value;
            if (_integers.TryGetValue(name, out var integers))
                facts._integers[name] = integers;
            if (_turned.TryGetValue(name, out var original))
                facts._turned[name] = original;
            if (_batchStatistics.Contains(name))
                facts._batchStatistics.Add(name);
        }
        return facts;
    }

    /// <summary>The dimensions of a value.</summary>
    public long[] Shape(string value) => Find(value).Shape;

    /// <summary>The dimensions of a value, or null if they are not known.</summary>
    public long[]? TryShape(string value) => _values.TryGetValue(value, out var v) ? v.Shape : null;

    /// <summary>The element type of a value.</summary>
    public DataType Type(string value) => Find(value).Type;

    /// <summary>The element type of a value, or null if nothing is known of it.</summary>
    public DataType? TryType(string value) => _values.TryGetValue(value, out var v) ? v.Type : null;

    /// <summary>Whether a value can carry a gradient.</summary>
    public bool IsReal(string value) => Type(value) is DataType.Float or DataType.Double or DataType.Float16;

    /// <summary>Whether a value is known to hold integers or booleans.</summary>
    public bool IsInteger(string value) => _values.ContainsKey(value) && !IsReal(value);

    /// <summary>The contents of a small integer tensor.</summary>
    public long[]? Integers(string value) => _integers.GetValueOrDefault(value);

    /// <summary>Records a value that was added to the graph afterwards.</summary>
    public void Set(string value, DataType type, long[] shape) => _values[value] = (type, shape);

    /// <summary>Records values that were added to the graph afterwards.</summary>
    public void Set(params ReadOnlySpan<Expression> values)
    {
        foreach (var value in values)
            Set(value.Name, value.Type, value.Shape);
    }

    /// <summary>Marks a kernel as another one turned around, with its input and output channels exchanged.</summary>
    public void MarkTurned(string kernel, string original) => _turned[kernel] = original;

    /// <summary>The kernel that a marked one was made from, or null.</summary>
    public string? Turned(string kernel) => _turned.GetValueOrDefault(kernel);

    /// <summary>Marks the output of a BatchNormalization whose mean and variance are computed from its own
    /// input.</summary>
    public void MarkBatchStatistics(string output) => _batchStatistics.Add(output);

    /// <summary>Whether a BatchNormalization was marked.</summary>
    public bool HasBatchStatistics(string output) => _batchStatistics.Contains(output);

    private (DataType Type, long[] Shape) Find(string value) => _values.TryGetValue(value, out var v)
        ? v
        : throw new FaceBiasException($"The graph has no value '{value}'; check the name.");

    private static long[] FixedShape(ValueInfoProto input)
    {
        var dims = input.Type.TensorType.Shape?.Dim;
        if (dims is null
            || dims.Any(d => d.ValueCase != TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue || d.DimValue < 1))
            throw new FaceBiasException(
                $"Input '{input.Name}' has a dimension that may vary; a training graph needs every dimension fixed, "
                    + "the batch size included.");
        return [.. dims.Select(d => d.DimValue)];
    }

    private void Run(ModelProto model, ValueInfoProto[] inputs)
    {
        var probe = model.Clone();
        var names = probe.Graph.Node.SelectMany(n => n.Output).Where(o => o.Length > 0).ToArray();
        if (names.Length == 0)
            return;
        var fed = inputs.Select(i => i.Name).Concat(WeightsToInputs(probe.Graph)).ToArray();
        using var options = OrtEnvironment.Options(0, GraphOptimizationLevel.ORT_DISABLE_ALL);
        var what = $"the graph '{model.Graph.Name}'";
        InferenceSession Create(IEnumerable<string> outputs)
        {
            probe.Graph.Output.Clear();
            probe.Graph.Output.Add(outputs.Select(o => new ValueInfoProto { Name = o }));
            return OrtEnvironment.Create(OnnxFile.ToBytes(probe), options, what);
        }

        var varying = Varying(model, inputs);
        string[] unknown, integers;
        using (var inferred = Create(names))
        {
            unknown = [.. names.Where(n => !Describe(n, inferred.OutputMetadata[n], varying.Contains(n)))];
            integers = [.. unknown.Where(
                n => !varying.Contains(n) && inferred.OutputMetadata[n] is { IsTensor: true } value
                && (DataType)(int)value.ElementDataType is DataType.Int64 or DataType.Int32)];
        }
        // Shapes that a graph computes come first: with them as constants the runtime infers most others, and need not
        // hold every activation at once to tell its shape.
        if (integers.Length > 0)
        {
            Fetch(integers, probe.Graph);
            unknown = [.. unknown.Except(integers)];
            if (unknown.Length > 0)
                using (var inferred = Create(unknown))
                    unknown = [.. unknown.Where(n => !Describe(n, inferred.OutputMetadata[n], varying.Contains(n)))];
        }
        if (unknown.Length > 0)
            Fetch(unknown, null);

        void Fetch(string[] wanted, GraphProto? constants)
        {
            // A session of its own, because the runtime keeps whatever a graph gives until the end of a run, fetched or
            // not.
            using var session = Create(wanted);
            using var run = new RunOptions();
            var buffers = fed.Select(name => new TensorBuffer(name, Type(name), Shape(name))).ToArray();
            try
            {
                using var values = OrtEnvironment.Guard(what, () =>
                    session.Run(run, fed, [.. buffers.Select(b => b.Value)], wanted));
                for (var i = 0; i < wanted.Length; i++)
                    Record(wanted[i], values[i], varying.Contains(wanted[i]));
            }
            finally
            {
                foreach (var buffer in buffers)
                    buffer.Dispose();
            }
            if (constants is null)
                return;
            foreach (var name in wanted)
                if (Integers(name) is { } contents)
                    constants.Initializer.Add(Type(name) == DataType.Int64 ? Tensors.Int64(name, contents, Shape(name))
                        : Tensors.Int32(name, [.. contents.Select(c => (int)c)], Shape(name)));
            var known = constants.Initializer.Select(t => t.Name).ToHashSet();
            foreach (var node in constants.Node.Where(n => n.Output.All(known.Contains)).ToArray())
                constants.Node.Remove(node);
            // A node of several outputs stays as long as one of them is asked for.
            var given = constants.Node.SelectMany(n => n.Output).ToHashSet();
            foreach (var tensor in constants.Initializer.Where(t => given.Contains(t.Name)).ToArray())
                constants.Initializer.Remove(tensor);
        }
    }

    /// <summary>Makes large weights inputs, as their contents say nothing about shapes: sessions are then small and
    /// quick to create.</summary>
    private IEnumerable<string> WeightsToInputs(GraphProto graph)
    {
        var all = graph.Initializer.ToLookup(t => IsReal(t.Name) && t.ElementCount() > LargestConstant);
        graph.Initializer.Clear();
        graph.Initializer.Add(all[false]);
        // Older models list their initializers among the inputs as well.
        var listed = graph.Input.Select(i => i.Name).ToHashSet();
        graph.Input.Add(all[true].Where(t => !listed.Contains(t.Name))
            .Select(t => GraphBuilder.ValueInfo(t.Name, Type(t.Name), [.. t.Dims.Cast<object>()])));
        return all[true].Select(t => t.Name);
    }

    /// <summary>Takes what the runtime infers about a value without running; false if that is not all.</summary>
    /// <remarks>It describes a tensor of unknown rank like one without dimensions.</remarks>
    private bool Describe(string name, NodeMetadata value, bool varies)
    {
        if (!value.IsTensor || value.Dimensions.Length == 0 || value.Dimensions.Any(d => d < 0))
            return false;
        Set(name, (DataType)(int)value.ElementDataType, [.. value.Dimensions.Select(d => (long)d)]);
        return varies || Type(name) is not (DataType.Int64 or DataType.Int32)
            || Tensors.Count(Shape(name)) > LargestConstant;
    }

    /// <summary>The values whose contents depend on what is fed in, and not only on its shape.</summary>
    private static HashSet<string> Varying(ModelProto model, ValueInfoProto[] inputs)
    {
        var varying = inputs.Select(i => i.Name).ToHashSet();
        foreach (var node in model.Graph.Node)
            if (node.OpType is not ("Shape" or "Size") && node.Input.Any(varying.Contains))
                varying.UnionWith(node.Output);
        return varying;
    }

    private void Record(string name, OrtValue value, bool varies)
    {
        if (value.OnnxType != OnnxValueType.ONNX_TYPE_TENSOR)
            return;
        var info = value.GetTensorTypeAndShape();
        Set(name, (DataType)(int)info.ElementDataType, info.Shape);
        if (varies || info.ElementCount > LargestConstant)
            return;
        if (Type(name) == DataType.Int64)
            _integers[name] = value.GetTensorDataAsSpan<long>().ToArray();
        else if (Type(name) == DataType.Int32)
            _integers[name] = [.. value.GetTensorDataAsSpan<int>().ToArray().Select(i => (long)i)];
    }
}
