using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Import;

/// <summary>Makes a float16 model a float32 one: a processor computes float16 by casting before and after every node,
/// and training has float32 alone. The input becomes float32, too.</summary>
internal static class HalfPrecision
{
    public static void ToFloat(ModelProto model)
    {
        var graph = model.Graph;
        var halves = graph.AllTensors().Where(t => t.DataType == (int)DataType.Float16).ToList();
        if (halves.Count == 0 && !graph.Input.Any(i => i.Type?.TensorType?.ElemType == (int)DataType.Float16))
            return;
        foreach (var tensor in halves)
        {
            var values = Tensors.Float(tensor.Name, tensor.ToFloats(), [.. tensor.Dims]);
            tensor.Int32Data.Clear();
            (tensor.DataType, tensor.RawData) = (values.DataType, values.RawData);
        }
        foreach (var attribute in graph.AllNodes().SelectMany(n => n.Attribute)
            .Where(a => a.Name is "to" or "dtype" && a.I == (int)DataType.Float16))
            attribute.I = (int)DataType.Float;
        foreach (var value in graph.Input.Concat(graph.Output).Concat(graph.ValueInfo)
            .Where(v => v.Type?.TensorType?.ElemType == (int)DataType.Float16))
            value.Type.TensorType.ElemType = (int)DataType.Float;
    }
}
