using System.Buffers.Binary;

namespace FaceBias.Primitives.Hashing;

/// <summary>A SHA-256 as a value of 32 bytes.</summary>
internal readonly record struct Digest(UInt128 High, UInt128 Low) : IComparable<Digest>
{
    /// <summary>Number of bytes.</summary>
    public const int Size = 32;

    public Digest(ReadOnlySpan<byte> bytes)
        : this(BinaryPrimitives.ReadUInt128BigEndian(bytes), BinaryPrimitives.ReadUInt128BigEndian(bytes[16..])) { }

    /// <summary>Writes the 32 bytes.</summary>
    public void CopyTo(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt128BigEndian(bytes, High);
        BinaryPrimitives.WriteUInt128BigEndian(bytes[16..], Low);
    }

    /// <summary>A digest from 64 hexadecimal digits.</summary>
    public static Digest Parse(string hex) =>
        TryParse(hex, out var digest) ? digest : throw new FormatException($"'{hex}' is no SHA-256.");

    /// <summary>A digest from 64 hexadecimal digits, if they are.</summary>
    public static bool TryParse(string? hex, out Digest digest)
    {
        digest = default;
        if (hex is not { Length: 2 * Size }
            || !UInt128.TryParse(hex.AsSpan(0, Size), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture,
                out var high)
            || !UInt128.TryParse(hex.AsSpan(Size), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture,
                out var low))
            return false;
        digest = new(high, low);
        return true;
    }

    public int CompareTo(Digest other) => High.CompareTo(other.High) is var c and not 0 ? c : Low.CompareTo(other.Low);

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public override string ToString() => $"{High:x32}{Low:x32}";

    /// <summary>Order of the bytes.</summary>
    public static bool operator <(Digest a, Digest b) => a.CompareTo(b) < 0;
    /// <summary>Order of the bytes.</summary>
    public static bool operator >(Digest a, Digest b) => a.CompareTo(b) > 0;
    /// <summary>Order of the bytes.</summary>
    public static bool operator <=(Digest a, Digest b) => a.CompareTo(b) <= 0;
    /// <summary>Order of the bytes.</summary>
    public static bool operator >=(Digest a, Digest b) => a.CompareTo(b) >= 0;
}
