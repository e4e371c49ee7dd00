using FaceBias.Onnx.Runtime;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using static FaceBias.Onnx.Graphs.AttributeProto.Types;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Opsets;

/// <summary>Computes what no input has influence on, so that every weight, axis and limit of a graph is an initializer:
/// Constant nodes, weights behind Identity, Transpose, Cast or DequantizeLinear, shapes that are put together, and
/// conditions of If.</summary>
internal static class ConstantFolding
{
    /// <summary>A node may enlarge what it is given; what becomes larger than this stays a node.</summary>
    private const long LargestGrown = 1 << 20;

    /// <summary>Floats of at least this many elements are taken for weights: a row picked twice stays one
    /// parameter.</summary>
    private const long SmallestWeight = 64;

    /// <summary>Folds all that can be folded. Values keep their names, and outputs of the graph stay results of
    /// nodes.</summary>
    /// <param name="model">The model, which is changed.</param>
    /// <returns>Nodes that are gone.</returns>
    public static int Run(ModelProto model)
    {
        var before = model.Graph.Node.Count;
        TakeWeightInputs(model);
        var failed = new HashSet<string>();
        while (TakeConstants(model.Graph) | PassOn(model.Graph) | Compute(model, failed) | ConstantConditions.Inline(
            model.Graph))
        {
        }
        var gone = before - model.Graph.Node.Count;
        if (gone > 0)
            model.Graph.RemoveUnused();
        return gone;
    }

    /// <summary>The tensor of a Constant node, or null for strings and sparse tensors.</summary>
    internal static TensorProto? Value(NodeProto constant) => constant.Attribute is not [var a] ? null : a.Name switch
    {
        "value" => a.T?.Clone(),
        "value_float" => Tensors.Float("", [a.F]),
        "value_floats" => Tensors.Float("", [.. a.Floats], a.Floats.Count),
        "value_int" => Tensors.Int64("", [a.I]),
        "value_ints" => Tensors.Int64("", [.. a.Ints], a.Ints.Count),
        _ => null,
    };

    /// <summary>Weights are no inputs any more, as old exporters declare them: one that is folded away would be left as
    /// an input without a value.</summary>
    private static void TakeWeightInputs(ModelProto model)
    {
        var initial = model.Graph.Initializer.Select(t => t.Name).ToHashSet(StringComparer.Ordinal);
        var inputs = model.Graph.Input.Where(i => !initial.Contains(i.Name)).ToArray();
        if (inputs.Length == model.Graph.Input.Count)
            return;
        model.Graph.Input.Clear();
        model.Graph.Input.Add(inputs);
        // Version 3 of the format still demands that every weight is an input.
        model.IrVersion = Math.Max(4, model.IrVersion);
    }

    /// <summary>Constant nodes become initializers.</summary>
    private static bool TakeConstants(GraphProto graph)
    {
        var outputs = graph.Output.Select(o => o.Name).ToHashSet();
        var taken = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        foreach (var node in graph.Node.Where(
            n => n.OpType == "Constant" && IsStandard(n) && !outputs.Contains(n.Output[0])))
            if (Value(node) is { } tensor)
            {
                tensor.Name = node.Output[0];
                graph.Initializer.Add(tensor);
                taken.Add(node);
            }
        return Remove(graph, taken);
    }

    /// <summary>Whoever takes an initializer through an Identity takes it directly, so that a shared weight stays
    /// one.</summary>
    private static bool PassOn(GraphProto graph)
    {
        var initial = graph.Initializer.Select(t => t.Name).ToHashSet();
        var outputs = graph.Output.Select(o => o.Name).ToHashSet();
        var sources = new Dictionary<string, string>();
        var passed = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        foreach (var node in graph.Node.Where(
            n => n.OpType == "Identity" && IsStandard(n) && n.Input.Count == 1 && !outputs.Contains(n.Output[0])))
        {
            var source = sources.GetValueOrDefault(node.Input[0], node.Input[0]);
            if (!initial.Contains(source))
                continue;
            sources[node.Output[0]] = source;
            passed.Add(node);
        }
        if (sources.Count > 0)
            graph.ReplaceInputs(sources);
        return Remove(graph, passed);
    }

    private static bool Compute(ModelProto model, HashSet<string> failed)
    {
        var graph = model.Graph;
        var initial = graph.Initializer.ToDictionary(t => t.Name, StringComparer.Ordinal);
        var outputs = graph.Output.Select(o => o.Name).ToHashSet();
        var constant = initial.Keys.ToHashSet(StringComparer.Ordinal);
        constant.ExceptWith(graph.Input.Select(i => i.Name).Where(name => !initial.ContainsKey(name)));
        var folded = new List<NodeProto>();
        foreach (var node in graph.Node)
            if (node.Input.All(i => i.Length == 0 || constant.Contains(i)) && CanFold(node, initial)
                && !node.Output.Any(o => outputs.Contains(o) || failed.Contains(o)))
            {
                constant.UnionWith(node.Output.Where(o => o.Length > 0));
                folded.Add(node);
            }
        if (folded.Count == 0)
            return false;
        var gone = new HashSet<NodeProto>(folded, ReferenceEqualityComparer.Instance);
        var wanted = graph.Node.Where(n => !gone.Contains(n)).SelectMany(GraphEditing.Inputs).ToHashSet();
        string[] results = [.. folded.SelectMany(n => n.Output).Where(wanted.Contains)];
        if (results.Length > 0 && TryCompute(model, folded, results, initial) is { } tensors)
            graph.Initializer.Add(tensors);
        else if (results.Length > 0)
        {
            // One that cannot be computed must not keep the others from it: node by node.
            gone.Clear();
            foreach (var node in folded)
                if (node.Input.All(i => i.Length == 0 || initial.ContainsKey(i))
                    && TryCompute(model, [node], [.. node.Output.Where(o => o.Length > 0)], initial) is { } own)
                {
                    graph.Initializer.Add(own);
                    foreach (var tensor in own)
                        initial[tensor.Name] = tensor;
                    gone.Add(node);
                }
                else
                    failed.UnionWith(node.Output);
        }
        return Remove(graph, gone);
    }

    private static bool CanFold(NodeProto node, Dictionary<string, TensorProto> initial)
    {
        if (!IsStandard(node) || node.Input.Count == 0
            || node.Attribute.Any(a => a.G is not null || a.Graphs.Count > 0))
            return false;
        // What is computed itself is known in the next round.
        bool IsSmall(string value) => initial.TryGetValue(value, out var t)
            && ((DataType)t.DataType is not (DataType.Float or DataType.Double or DataType.Float16)
                || t.ElementCount() < SmallestWeight);
        return node.OpType switch
        {
            "RandomNormal" or "RandomUniform" or "RandomNormalLike" or "RandomUniformLike" or "Multinomial"
                or "Bernoulli" or "Dropout"
                or "Loop" or "Scan" or "If" => false,
            "Identity" => false,
            "Gather" or "GatherElements" or "GatherND" or "Pad" or "Resize" or "Upsample" => IsSmall(node.Input[0]),
            "ConstantOfShape" => Elements(node.Input[0]) <= LargestGrown,
            "Expand" or "Tile" => IsSmall(node.Input[0]) && node.Input.Count > 1
                && Elements(node.Input[1]) <= LargestGrown,
            "Range" or "OneHot" or "EyeLike" =>
                node.Input.All(i => initial.TryGetValue(i, out var t) && t.ElementCount() <= 4096),
            _ => true,
        };

        long Elements(string shape)
        {
            if (!initial.TryGetValue(shape, out var t) || (DataType)t.DataType != DataType.Int64)
                return long.MaxValue;
            double count = t.ToInt64s().Aggregate(1.0, (a, d) => a * d);
            return count is >= 0 and < LargestGrown * 16.0 ? (long)count : long.MaxValue;
        }
    }

    /// <summary>Runs nodes on initializers; null if the runtime cannot.</summary>
    private static List<TensorProto>? TryCompute(ModelProto model, IReadOnlyList<NodeProto> nodes, string[] results,
        Dictionary<string, TensorProto> initial)
    {
        var part = new ModelProto { IrVersion = Math.Max(model.IrVersion, 4),
            Graph = new GraphProto { Name = "constants" } };
        part.OpsetImport.Add(model.OpsetImport.Select(o => o.Clone()));
        part.Graph.Node.Add(nodes);
        part.Graph.Initializer.Add(
            nodes.SelectMany(n => n.Input).Distinct().Where(initial.ContainsKey).Select(i => initial[i]));
        part.Graph.Output.Add(results.Select(r => new ValueInfoProto { Name = r }));
        try
        {
            using var options = OrtEnvironment.Options(1, GraphOptimizationLevel.ORT_DISABLE_ALL);
            using var session = new InferenceSession(OnnxFile.ToBytes(part), options);
            using var run = new RunOptions();
            using var values = session.Run(run, [], [], results);
            var tensors = new List<TensorProto>();
            for (var i = 0; i < results.Length; i++)
            {
                if (values[i].OnnxType != OnnxValueType.ONNX_TYPE_TENSOR
                    || values[i].GetTensorTypeAndShape()
                        is not { ElementDataType: not Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.String } info)
                    return null;
                var tensor = new TensorProto
                {
                    Name = results[i],
                    DataType = (int)info.ElementDataType,
                    RawData = ByteString.CopyFrom(values[i].GetTensorMutableRawData()),
                };
                tensor.Dims.Add(info.Shape);
                tensors.Add(tensor);
            }
            return tensors;
        }
        catch (OnnxRuntimeException)
        {
            return null;
        }
    }

    private static bool IsStandard(NodeProto node) => node.Domain is "" or "ai.onnx";

    private static bool Remove(GraphProto graph, HashSet<NodeProto> nodes)
    {
        if (nodes.Count == 0)
            return false;
        var kept = graph.Node.Where(n => !nodes.Contains(n)).ToList();
        graph.Node.Clear();
        graph.Node.Add(kept);
        return true;
    }
}
