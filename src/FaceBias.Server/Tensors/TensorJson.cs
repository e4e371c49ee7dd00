using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace FaceBias.Server.Tensors;

/// <summary>Tensors in JSON: elements flat or nested, row-major.</summary>
internal static class TensorJson
{
    /// <summary>Deeper nesting than any shape has.</summary>
    private const int MostDimensions = 16;

    /// <summary>The elements of a JSON array as bytes.</summary>
    public static byte[] Read(string name, TensorType type, long count, JsonElement data)
    {
        using var raw = new MemoryStream();
        Span<byte> element = stackalloc byte[sizeof(ulong)];
        long seen = 0;
        foreach (var value in Flat(data, 0))
        {
            if (++seen > count)
                break;
            if (type.Size == 0)
            {
                var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong(name, type);
                var bytes = Encoding.UTF8.GetBytes(text);
                BinaryPrimitives.WriteInt32LittleEndian(element, bytes.Length);
                raw.Write(element[..sizeof(int)]);
                raw.Write(bytes);
            }
            else if (TryWrite(type, value, element))
            {
                raw.Write(element[..type.Size]);
            }
            else
            {
                throw Wrong(name, type);
            }
        }
        return seen == count ? raw.ToArray() : throw new RequestProblem(StatusCodes.Status400BadRequest,
            $"'{name}' has {(seen > count ? "more" : seen.ToString(System.Globalization.CultureInfo.InvariantCulture))} elements where its shape says {count}.");
    }

    /// <summary>Writes the elements as a flat JSON array; what JSON has no number for becomes null.</summary>
    public static void Write(Utf8JsonWriter json, InferTensor tensor)
    {
        json.WriteStartArray();
        if (tensor.Type.Size == 0)
        {
            foreach (var element in tensor.Elements() ?? [])
                json.WriteStringValue(Encoding.UTF8.GetString(element));
        }
        else
        {
            for (var rest = tensor.Raw.Span; rest.Length > 0; rest = rest[tensor.Type.Size..])
                WriteElement(json, tensor.Type.Name, rest);
        }
        json.WriteEndArray();
    }

    private static void WriteElement(Utf8JsonWriter json, string type, ReadOnlySpan<byte> at)
    {
        switch (type)
        {
            case "BOOL": json.WriteBooleanValue(at[0] != 0); break;
            case "UINT8": json.WriteNumberValue(at[0]); break;
            case "INT8": json.WriteNumberValue((sbyte)at[0]); break;
            case "UINT16": json.WriteNumberValue(MemoryMarshal.Read<ushort>(at)); break;
            case "INT16": json.WriteNumberValue(MemoryMarshal.Read<short>(at)); break;
            case "UINT32": json.WriteNumberValue(MemoryMarshal.Read<uint>(at)); break;
            case "INT32": json.WriteNumberValue(MemoryMarshal.Read<int>(at)); break;
            case "UINT64": json.WriteNumberValue(MemoryMarshal.Read<ulong>(at)); break;
            case "INT64": json.WriteNumberValue(MemoryMarshal.Read<long>(at)); break;
            case "FP64": Number(MemoryMarshal.Read<double>(at)); break;
            case "FP16": Single((float)MemoryMarshal.Read<Half>(at)); break;
            default: Single(MemoryMarshal.Read<float>(at)); break;
        }

        void Number(double value)
        {
            if (double.IsFinite(value))
                json.WriteNumberValue(value);
            else
                json.WriteNullValue();
        }

        void Single(float value)
        {
            if (float.IsFinite(value))
                json.WriteNumberValue(value);
            else
                json.WriteNullValue();
        }
    }

    private static IEnumerable<JsonElement> Flat(JsonElement data, int depth)
    {
        if (data.ValueKind != JsonValueKind.Array)
            return [data];
        if (depth > MostDimensions)
            throw new RequestProblem(StatusCodes.Status400BadRequest, "The data of a tensor are nested too deeply.");
        return data.EnumerateArray().SelectMany(e => Flat(e, depth + 1));
    }

    private static bool TryWrite(TensorType type, JsonElement value, Span<byte> to)
    {
        if (type.Name == "BOOL")
        {
            to[0] = value.ValueKind == JsonValueKind.True ? (byte)1 : (byte)0;
            return value.ValueKind is JsonValueKind.True or JsonValueKind.False;
        }
        if (value.ValueKind != JsonValueKind.Number)
            return false;
        switch (type.Name)
        {
            case "UINT8": return value.TryGetByte(out to[0]);
            case "INT8": return value.TryGetSByte(out var i8) && Put(i8, to);
            case "UINT16": return value.TryGetUInt16(out var u16) && Put(u16, to);
            case "INT16": return value.TryGetInt16(out var i16) && Put(i16, to);
            case "UINT32": return value.TryGetUInt32(out var u32) && Put(u32, to);
            case "INT32": return value.TryGetInt32(out var i32) && Put(i32, to);
            case "UINT64": return value.TryGetUInt64(out var u64) && Put(u64, to);
            case "INT64": return value.TryGetInt64(out var i64) && Put(i64, to);
            case "FP16": return value.TryGetSingle(out var half) && Put((Half)half, to);
            case "FP32": return value.TryGetSingle(out var single) && float.IsFinite(single) && Put(single, to);
            default: return value.TryGetDouble(out var number) && double.IsFinite(number) && Put(number, to);
        }
    }

    private static bool Put<T>(T value, Span<byte> to) where T : unmanaged
    {
        MemoryMarshal.Write(to, in value);
        return true;
    }

    private static RequestProblem Wrong(string name, TensorType type) =>
        new(StatusCodes.Status400BadRequest, $"The data of '{name}' have an element that is no {type.Name}.");
}
