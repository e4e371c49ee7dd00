using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace FaceBias.Core.Data;

/// <summary>An array from a NumPy <c>.npy</c> file, in C order whatever order the file has.</summary>
/// <param name="Shape">Its dimensions; none for a scalar.</param>
/// <param name="Kind">NumPy's type without byte order: f2, f4, f8, i1 ... i8, u1 ... u8, b1.</param>
/// <param name="Values">The values as double; integers beyond 2^53 are rounded.</param>
internal sealed record NpyArray(int[] Shape, string Kind, double[] Values);

/// <summary>Reads and writes NumPy's <c>.npy</c> files, versions 1 to 3.</summary>
internal static partial class Npy
{
    private const int Alignment = 64;

    /// <summary>Reads an array of any of the numeric types, of either byte order, in C or Fortran order.</summary>
    /// <exception cref="FaceBiasException">The file is missing, no .npy, cut off, or of another type.</exception>
    public static NpyArray Read(string path)
    {
        using var stream = OpenRead(path);
        var header = ReadHeader(stream, path);
        if (header.Count * sizeof(double) > Array.MaxLength)
            throw new FaceBiasException(
                $"'{path}' has {header.Count:N0} values, too many to read at once; save it in parts.");
        var bytes = new byte[header.Count * header.ItemSize];
        stream.ReadExactly(bytes);
        if (header.BigEndian)
        {
            for (var at = 0; at < bytes.Length; at += header.ItemSize)
                bytes.AsSpan(at, header.ItemSize).Reverse();
        }
        var values = ToDoubles(bytes, header.Kind);
        return new(header.Shape, header.Kind, header.Fortran ? FromFortran(values, header.Shape) : values);
    }

    /// <summary>Writes float32, float64 or int64 values in C order.</summary>
    public static void Write<T>(string path, T[] values, params int[] shape) where T : unmanaged =>
        AtomicFile.Write(path, temporary =>
    {
        using var stream = File.Create(temporary);
        WriteHeader(stream, default(T) switch
        {
            float => "<f4",
            double => "<f8",
            long => "<i8",
            _ => throw new NotSupportedException(typeof(T).Name),
        }, shape, values.Length);
        stream.Write(MemoryMarshal.AsBytes<T>(values));
    });

    /// <summary>Writes the header of a C-order array, padded so that the data begin at a multiple of 64
    /// bytes.</summary>
    internal static void WriteHeader(Stream stream, string type, int[] shape, long count)
    {
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("Arrays are written by little-endian processors only.");
        if (shape.Aggregate(1L, (product, d) => product * d) != count)
            throw new ArgumentException($"{count} values do not fill ({string.Join(", ", shape)}).", nameof(shape));
        var tuple = shape.Length == 1 ? $"({shape[0]},)" : $"({string.Join(", ", shape)})";
        var text = $"{{'descr': '{type}', 'fortran_order': False, 'shape': {tuple}, }}";
        var before = 6 + 2 + 2;
        var padded = text.PadRight((before + text.Length + 1 + Alignment - 1) / Alignment * Alignment - before - 1)
            + "\n";
        stream.WriteByte(0x93);
        stream.Write("NUMPY"u8);
        stream.Write([1, 0, (byte)padded.Length, (byte)(padded.Length >> 8)]);
        stream.Write(Encoding.ASCII.GetBytes(padded));
    }

    internal static FileStream OpenRead(string path)
    {
        try
        {
            return File.OpenRead(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new FaceBiasException($"There is no file '{path}'; check the path.", e, ErrorKind.Missing);
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            throw FileFault.Of($"Cannot read '{path}'", e, "check its permissions");
        }
    }

    /// <summary>Reads and checks the header; the stream then stands at the data, of which there are enough.</summary>
    internal static NpyHeader ReadHeader(Stream stream, string path)
    {
        Span<byte> start = stackalloc byte[12];
        var got = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        if (got < 10 || start[0] != 0x93 || !start[1..6].SequenceEqual("NUMPY"u8))
            throw new FaceBiasException($"'{path}' is no .npy file; save the array with numpy.save.");
        var version = start[6];
        if (version is < 1 or > 3)
            throw new FaceBiasException(
                $"'{path}' is .npy version {version}, of which only 1 to 3 are known; save it with numpy.save.");
        var prefix = version == 1 ? 10 : 12;
        var length = version == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(start[8..])
            : BinaryPrimitives.ReadUInt32LittleEndian(start[8..]);
        if (prefix + length > stream.Length)
            throw new FaceBiasException($"'{path}' is cut off within its header; save it again.");
        stream.Position = prefix;
        var bytes = new byte[length];
        stream.ReadExactly(bytes);
        var header = Parse(Encoding.UTF8.GetString(bytes), path) with { DataOffset = prefix + length };
        if (stream.Length - header.DataOffset < header.Count * header.ItemSize)
        {
            throw new FaceBiasException(
                $"'{path}' is cut off: its header promises {header.Count * header.ItemSize:N0} bytes of data"
                + $" and {stream.Length - header.DataOffset:N0} follow; save it again.");
        }
        return header;
    }

    private static NpyHeader Parse(string text, string path)
    {
        FaceBiasException Bad(string what) =>
            new($"The header of '{path}' is damaged ({what}); save the array again with numpy.save.");
        var type = TypeField().Match(text);
        var fortran = OrderField().Match(text);
        var shape = ShapeField().Match(text);
        if (!type.Success || !fortran.Success || !shape.Success)
            throw Bad("it lacks descr, fortran_order or shape");
        var kind = type.Groups[2].Value;
        if (kind is not ("f2" or "f4" or "f8" or "i1" or "i2" or "i4" or "i8" or "u1" or "u2" or "u4" or "u8" or "b1"))
            throw new FaceBiasException(
                $"'{path}' holds values of type '{kind}'; only numbers and booleans can be read (astype('float32')).");
        var dimensions = new List<int>();
        var count = 1L;
        foreach (var part in shape.Groups[1].Value.Split(',',
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!int.TryParse(part.TrimEnd('L'), NumberStyles.None, CultureInfo.InvariantCulture, out var size))
                throw Bad($"'{part}' is no dimension");
            dimensions.Add(size);
            if (size > 0 && count > long.MaxValue / 8 / size)
                throw Bad("the array is impossibly large");
            count *= size;
        }
        return new([.. dimensions], kind, type.Groups[1].Value == ">", fortran.Groups[1].Value == "True", count,
            kind[1] - '0', 0);
    }

    private static double[] ToDoubles(byte[] bytes, string kind)
    {
        return kind switch
        {
            "f2" => Each<Half>(v => (double)v),
            "f4" => Each<float>(v => v),
            "f8" => Each<double>(v => v),
            "i1" => Each<sbyte>(v => v),
            "i2" => Each<short>(v => v),
            "i4" => Each<int>(v => v),
            "i8" => Each<long>(v => v),
            "u2" => Each<ushort>(v => v),
            "u4" => Each<uint>(v => v),
            "u8" => Each<ulong>(v => v),
            _ => Each<byte>(v => v),
        };
        double[] Each<T>(Func<T, double> convert) where T : unmanaged
        {
            var items = MemoryMarshal.Cast<byte, T>(bytes);
            var values = new double[items.Length];
            for (var i = 0; i < values.Length; i++)
                values[i] = convert(items[i]);
            return values;
        }
    }

    /// <summary>Reorders so that the last dimension runs fastest instead of the first.</summary>
    private static double[] FromFortran(double[] values, int[] shape)
    {
        var ordered = new double[values.Length];
        var index = new int[shape.Length];
        for (var at = 0; at < values.Length; at++)
        {
            long target = 0;
            for (var d = 0; d < shape.Length; d++)
                target = target * shape[d] + index[d];
            ordered[target] = values[at];
            for (var d = 0; d < shape.Length && ++index[d] == shape[d]; d++)
                index[d] = 0;
        }
        return ordered;
    }

    [GeneratedRegex(@"['""]descr['""]\s*:\s*['""]([<>|=])?([a-zA-Z]\d*)['""]")]
    private static partial Regex TypeField();

    [GeneratedRegex(@"['""]fortran_order['""]\s*:\s*(True|False)")]
    private static partial Regex OrderField();

    [GeneratedRegex(@"['""]shape['""]\s*:\s*\(([^)]*)\)")]
    private static partial Regex ShapeField();
}

/// <summary>What a .npy header says.</summary>
internal sealed record NpyHeader(int[] Shape, string Kind, bool BigEndian, bool Fortran, long Count, int ItemSize,
    long DataOffset);
