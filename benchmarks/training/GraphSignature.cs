using System.Security.Cryptography;
using System.Text;
using FaceBias.Onnx.Graphs;
using Google.Protobuf;

namespace FaceBias.Benchmarks.Training;

/// <summary>A hash over what a graph computes, whatever its values are called: two files with the same one need to be
/// compared with PyTorch only once.</summary>
internal static class GraphSignature
{
    public static string Of(ModelProto model)
    {
        var ids = new Dictionary<string, string> { [""] = "" };
        foreach (var input in model.Graph.Input)
            ids[input.Name] = "input";
        foreach (var tensor in model.Graph.Initializer)
            ids[tensor.Name] =
                Hash([.. Encoding.UTF8.GetBytes($"{tensor.DataType} {string.Join(',', tensor.Dims)}"),
                    .. Content(tensor)]);
        foreach (var node in model.Graph.Node)
        {
            var attributes = node.Attribute.OrderBy(a => a.Name, StringComparer.Ordinal)
                .Select(a => $"{a.Name}={Convert.ToHexString(a.ToByteArray())}");
            var id = Hash(Encoding.UTF8.GetBytes(
                $"{node.Domain}.{node.OpType} {string.Join(' ', attributes)} "
                    + $"{string.Join(' ', node.Input.Select(i => ids[i]))}"));
            for (var i = 0; i < node.Output.Count; i++)
                ids[node.Output[i]] = $"{id}{i}";
        }
        return string.Join(' ', model.Graph.Output.Select(o => ids[o.Name]));
    }

    private static byte[] Content(TensorProto tensor)
    {
        if (tensor.HasRawData)
            return tensor.RawData.ToByteArray();
        var data = tensor.Clone();
        data.Name = "";
        return data.ToByteArray();
    }

    private static string Hash(byte[] bytes) => Convert.ToHexString(SHA256.HashData(bytes));
}
