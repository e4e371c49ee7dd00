using FaceBias.Onnx.Graphs;

namespace FaceBias.Server.Tensors;

/// <summary>An element type of the Open Inference Protocol: its name there, in ONNX, and the bytes of an
/// element.</summary>
internal sealed record TensorType(string Name, TensorProto.Types.DataType Onnx, int Size)
{
    public const string Bytes = "BYTES";

    private static readonly TensorType[] s_all =
    [
        new("BOOL", TensorProto.Types.DataType.Bool, 1), new("UINT8", TensorProto.Types.DataType.Uint8, 1),
        new("UINT16", TensorProto.Types.DataType.Uint16, 2),
        new("UINT32", TensorProto.Types.DataType.Uint32, 4), new("UINT64", TensorProto.Types.DataType.Uint64, 8),
        new("INT8", TensorProto.Types.DataType.Int8, 1),
        new("INT16", TensorProto.Types.DataType.Int16, 2), new("INT32", TensorProto.Types.DataType.Int32, 4),
        new("INT64", TensorProto.Types.DataType.Int64, 8),
        new("FP16", TensorProto.Types.DataType.Float16, 2), new("FP32", TensorProto.Types.DataType.Float, 4),
        new("FP64", TensorProto.Types.DataType.Double, 8),
        new(Bytes, TensorProto.Types.DataType.String, 0),
    ];

    public static TensorType? Find(string name) => Array.Find(s_all, t => t.Name == name);

    public static TensorType? Find(TensorProto.Types.DataType type) => Array.Find(s_all, t => t.Onnx == type);
}
