using System.Buffers.Binary;
using System.Text;

namespace FaceBias.Server.Tensors;

/// <summary>A tensor of a request or an answer.</summary>
/// <param name="Raw">Its elements row-major and little-endian; of BYTES each with its length before it, as the binary
/// extension has them.</param>
internal sealed record InferTensor(string Name, TensorType Type, long[] Shape, ReadOnlyMemory<byte> Raw)
{
    /// <summary>Elements of a shape; null where a dimension is negative or they are too many.</summary>
    public static long? Count(IReadOnlyList<long> shape)
    {
        long count = 1;
        foreach (var d in shape)
        {
            if (d < 0 || (d > 0 && count > int.MaxValue / d))
                return null;
            count *= d;
        }
        return count;
    }

    public static InferTensor OfTexts(string name, IReadOnlyList<string> texts) =>
        OfElements(name, [texts.Count], [.. texts.Select(Encoding.UTF8.GetBytes)]);

    public static InferTensor OfElements(string name, long[] shape, IReadOnlyList<byte[]> elements)
    {
        var raw = new byte[elements.Sum(e => e.Length + sizeof(int))];
        var at = 0;
        foreach (var element in elements)
        {
            BinaryPrimitives.WriteInt32LittleEndian(raw.AsSpan(at), element.Length);
            element.CopyTo(raw, at + sizeof(int));
            at += sizeof(int) + element.Length;
        }
        return new(name, TensorType.Find(TensorType.Bytes)!, shape, raw);
    }

    /// <summary>The elements of a tensor of BYTES; null where lengths and count do not fit the data.</summary>
    public IReadOnlyList<byte[]>? Elements()
    {
        var elements = new List<byte[]>();
        var rest = Raw.Span;
        while (rest.Length > 0)
        {
            if (rest.Length < sizeof(int))
                return null;
            var length = BinaryPrimitives.ReadUInt32LittleEndian(rest);
            rest = rest[sizeof(int)..];
            if (length > rest.Length)
                return null;
            elements.Add(rest[..(int)length].ToArray());
            rest = rest[(int)length..];
        }
        return elements.Count == Count(Shape) ? elements : null;
    }
}
