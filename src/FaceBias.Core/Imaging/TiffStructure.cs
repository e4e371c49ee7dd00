using System.Buffers.Binary;

namespace FaceBias.Core.Imaging;

/// <summary>The directories of a TIFF or BigTIFF: where each strip or tile lies. libtiff reads a strip that the file
/// does not hold as whatever is in memory, without an error.</summary>
internal readonly ref struct TiffStructure
{
    private const int MostPages = 10_000;

    private const ushort WidthTag = 256, HeightTag = 257, BitsTag = 258, CompressionTag = 259, PhotometricTag = 262,
        StripsTag = 273, SamplesTag = 277,
        RowsTag = 278, StripBytesTag = 279, PlanarTag = 284, TileWidthTag = 322, TileHeightTag = 323, TilesTag = 324,
        TileBytesTag = 325, SampleFormatTag = 339;

    private const int Uncompressed = 1, NewJpeg = 7, YCbCr = 6, Separate = 2;

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly bool _isBig, _isMotorola;

    private TiffStructure(ReadOnlySpan<byte> bytes)
    {
        _bytes = bytes;
        _isMotorola = bytes[0] == 'M';
        _isBig = bytes[_isMotorola ? 3 : 2] == 43;
    }

    /// <summary>Whether a directory, or a strip or tile that it names, lies beyond the end of the file or is too
    /// short.</summary>
    public static bool IsCutOff(ReadOnlySpan<byte> bytes)
    {
        var tiff = new TiffStructure(bytes);
        var offset = bytes.Length < (tiff._isBig ? 16 : 8) ? null : tiff.Offset(tiff._isBig ? 8 : 4);
        for (var page = 0; offset is { } at and not 0; page++)
        {
            if (page == MostPages || !tiff.IsWhole(at, out offset))
                return true;
        }
        return offset is null;
    }

    /// <summary>Whether samples of the first page are integers without sign of at most 16 bits.</summary>
    public static bool HasOrdinarySamples(ReadOnlySpan<byte> bytes)
    {
        var tiff = new TiffStructure(bytes);
        return tiff.Offset(tiff._isBig ? 8 : 4) is not { } at || tiff.Directory(at, out _) is not { } tags
            || tiff.Number(tags, BitsTag, 1) <= 16 && tiff.Number(tags, SampleFormatTag, 1) is 1 or 4;
    }

    private bool IsWhole(ulong at, out ulong? next)
    {
        if (Directory(at, out next) is not { } tags)
            return false;
        var tiled = tags.ContainsKey(TilesTag);
        ulong width = Number(tags, WidthTag, 0), height = Number(tags, HeightTag, 0),
            samples = Number(tags, SamplesTag, 1), bits = Number(tags, BitsTag, 1);
        ulong rows = tiled ? Number(tags, TileHeightTag, 0) : Math.Min(Number(tags, RowsTag, height), height);
        ulong columns = tiled ? Number(tags, TileWidthTag, 0) : width;
        // A directory without picture, such as one of EXIF tags alone, has nothing to be whole.
        if (!tags.TryGetValue(tiled ? TilesTag : StripsTag, out var offsets) || width == 0 || height == 0)
            return true;
        if (rows == 0 || columns == 0 || Math.Max(width, height) > int.MaxValue || samples is 0 or > ushort.MaxValue)
            return false;
        var planes = Number(tags, PlanarTag, 1) == Separate ? samples : 1;
        var parts = (UInt128)Ceiling(height, rows) * Ceiling(width, columns);
        if (offsets.Count < parts * planes)
            return false;
        var needed = (ulong)parts * planes;
        var compression = Number(tags, CompressionTag, Uncompressed);
        var hasLengths = tags.TryGetValue(tiled ? TileBytesTag : StripBytesTag, out var lengths)
            && lengths.Count >= needed;
        // Colour that is stored at half the size makes a row shorter than its width says.
        var isPlain = compression == Uncompressed && Number(tags, PhotometricTag, 0) != YCbCr;
        var row = (UInt128)columns * bits * (planes == 1 ? samples : 1);
        for (ulong i = 0; i < needed; i++)
        {
            var inPlane = i % (ulong)parts;
            var ownRows = tiled ? rows : Math.Min(rows, height - inPlane * rows);
            var expected = isPlain ? (row + 7) / 8 * ownRows : 1;
            UInt128 start = Element(offsets, i), length = hasLengths ? Element(lengths, i) : expected;
            if (length < expected || start + length > (UInt128)_bytes.Length)
                return false;
            if (compression == NewJpeg && hasLengths && !PictureEnd.HasJpegEnd(_bytes.Slice((int)start, (int)length)))
                return false;
        }
        return true;
    }

    private readonly record struct Tag(ushort Type, ulong Count, ulong At);

    /// <summary>The tags of a directory, and where the next one is; null where any of it lies beyond the end.</summary>
    private Dictionary<ushort, Tag>? Directory(ulong at, out ulong? next)
    {
        next = null;
        int entry = _isBig ? 20 : 12, word = _isBig ? 8 : 4, head = _isBig ? 8 : 2;
        if (!Fits(at, (ulong)head))
            return null;
        var count = _isBig ? UInt64((int)at) : UInt16((int)at);
        if (count > ushort.MaxValue || !Fits(at + (ulong)head, count * (ulong)entry + (ulong)word))
            return null;
        var tags = new Dictionary<ushort, Tag>();
        for (var i = 0; i < (int)count; i++)
        {
            var start = (int)at + head + i * entry;
            var type = UInt16(start + 2);
            var values = _isBig ? UInt64(start + 4) : UInt32(start + 4);
            var size = (UInt128)Size(type) * values;
            var inside = start + (_isBig ? 12 : 8);
            var place = size <= (UInt128)word ? (ulong)inside : Offset(inside)!.Value;
            if (size > (UInt128)_bytes.Length || !Fits(place, (ulong)size))
                return null;
            tags[UInt16(start)] = new(type, values, place);
        }
        next = Offset((int)at + head + (int)count * entry);
        return tags;
    }

    private ulong Number(Dictionary<ushort, Tag> tags, ushort tag, ulong standard) =>
        tags.TryGetValue(tag, out var found) && found.Count > 0 ? Element(found, 0) : standard;

    private ulong Element(Tag tag, ulong index) => tag.Type switch
    {
        1 => _bytes[(int)(tag.At + index)],
        3 => UInt16((int)(tag.At + 2 * index)),
        4 or 13 => UInt32((int)(tag.At + 4 * index)),
        16 or 18 => UInt64((int)(tag.At + 8 * index)),
        _ => 0,
    };

    private static int Size(ushort type) => type switch
    {
        1 or 2 or 6 or 7 => 1,
        3 or 8 => 2,
        4 or 9 or 11 or 13 => 4,
        5 or 10 or 12 or 16 or 17 or 18 => 8,
        _ => 0,
    };

    private static ulong Ceiling(ulong a, ulong b) => a / b + (a % b == 0 ? 0UL : 1);

    private bool Fits(ulong at, ulong length) => at <= (ulong)_bytes.Length && length <= (ulong)_bytes.Length - at;

    private ulong? Offset(int at) => _isBig ? UInt64(at) : UInt32(at);

    private ushort UInt16(int at) => _isMotorola ? BinaryPrimitives.ReadUInt16BigEndian(_bytes[at..])
        : BinaryPrimitives.ReadUInt16LittleEndian(_bytes[at..]);

    private uint UInt32(int at) => _isMotorola ? BinaryPrimitives.ReadUInt32BigEndian(_bytes[at..])
        : BinaryPrimitives.ReadUInt32LittleEndian(_bytes[at..]);

    private ulong UInt64(int at) => _isMotorola ? BinaryPrimitives.ReadUInt64BigEndian(_bytes[at..])
        : BinaryPrimitives.ReadUInt64LittleEndian(_bytes[at..]);
}
