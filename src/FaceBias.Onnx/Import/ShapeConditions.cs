using FaceBias.Onnx.Opsets;
using Microsoft.ML.OnnxRuntime;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Import;

/// <summary>Conditions of If that only ask for the shape of values ("is the last dimension 1?", as exporters write a
/// squeeze) are decided once the size of the picture is fixed: the branch that is taken stands in the graph.</summary>
internal static class ShapeConditions
{
    /// <summary>Decides those that are the same for any batch.</summary>
    /// <param name="model">A model with the common input, which is changed.</param>
    /// <param name="canOpen">Whether it may take more pictures than one.</param>
    public static void Resolve(ModelProto model, PixelInput input, string path, bool canOpen)
    {
        var graph = model.Graph;
        var makers = graph.Node.SelectMany(n => n.Output.Where(o => o.Length > 0).Select(o => (o, n)))
            .ToDictionary(p => p.o, p => p.n);
        var constants = graph.Initializer.Select(t => t.Name).ToHashSet();
        var known = new Dictionary<string, bool>();
        var open = graph.Node
            .Where(n => n.OpType == "If" && OpsetConverter.IsStandard(n) && OfShapes(n.Input[0])).ToList();
        if (open.Count == 0)
            return;
        var probed = model.Clone();
        probed.Graph.Output.Clear();
        var g = new GraphBuilder(probed);
        foreach (var node in open)
            g.Output(g.Add("Cast", [node.Input[0]], [("to", (long)DataType.Float)]), DataType.Float);
        foreach (var output in probed.Graph.Output)
            output.Type.TensorType.Shape = null;
        try
        {
            using var probe = OnnxProbe.Load(probed, input, path);
            var (one, two) = (probe.Run(0), canOpen ? probe.Run(0, 1) : probe.Run(0));
            var builder = new GraphBuilder(model);
            for (var i = 0; i < open.Count; i++)
                if (one[i].Values is [var value] && two[i].Values is [var other] && value == other)
                    open[i].Input[0] = builder.Initializer(Tensors.Bool("", [value != 0]));
        }
        catch (Exception e) when (e is OnnxRuntimeException or FaceBiasException)
        {
            // The graph is left as it is.
            return;
        }
        ConstantFolding.Run(model);

        bool OfShapes(string value)
        {
            if (constants.Contains(value))
                return true;
            if (known.TryGetValue(value, out var answer))
                return answer;
            known[value] = false;
            return known[value] = makers.TryGetValue(value, out var node) && (node.OpType is "Shape" or "Size"
                || node.Attribute.All(a => a.G is null) && node.Input.Where(v => v.Length > 0).All(OfShapes));
        }
    }
}
