using Google.FlatBuffers;

namespace FaceBias.Onnx.Import;

/// <summary>A table of a FlatBuffers file, read field by field: fields have the numbers of their order in the schema,
/// and an absent one has its standard value. Whatever points outside the file, or asks for more than it holds, is
/// refused.</summary>
internal sealed class FlatTable(string path, Table table)
{
    /// <summary>The root table of a file.</summary>
    public static FlatTable Root(string path, byte[] bytes)
    {
        var buffer = new ByteBuffer(bytes);
        return Checked(path, () => new FlatTable(path, new Table(Table.__indirect(0, buffer), buffer)));
    }

    public int Int32(int field, int standard = 0) => Scalar(field, table.bb.GetInt, standard);

    public byte Byte(int field) => Scalar<byte>(field, table.bb.Get, 0);

    public bool Flag(int field) => Byte(field) != 0;

    public float Single(int field) => Scalar(field, table.bb.GetFloat, 0f);

    public bool Has(int field) => Checked(path, () => Position(field)) != 0;

    public string Text(int field) => Scalar(field, table.__string, "");

    /// <summary>The table in a field, or null.</summary>
    public FlatTable? Inner(int field) =>
        Scalar<FlatTable?>(field, at => new FlatTable(path, new Table(table.__indirect(at), table.bb)), null);

    /// <summary>The numbers of a vector; none where it is absent.</summary>
    public int[] Integers(int field) =>
        Vector(field, sizeof(int), (start, count) => Items(start, count, table.bb.GetInt));

    /// <summary>The tables of a vector; none where it is absent.</summary>
    public FlatTable[] Tables(int field) => Vector(field, sizeof(int), (start, count) =>
        Items(start, count, at => new FlatTable(path, new Table(table.__indirect(at), table.bb))));

    /// <summary>The bytes of a vector, not copied; none where it is absent.</summary>
    public ArraySegment<byte> Bytes(int field) => Vector(field, 1, table.bb.ToArraySegment);

    private int Position(int field) => table.__offset(4 + 2 * field) is not 0 and var offset ? table.bb_pos + offset
        : 0;

    private T Scalar<T>(int field, Func<int, T> read, T standard) =>
        Checked(path, () => Position(field) is not 0 and var at ? read(at) : standard);

    private T Vector<T>(int field, int size, Func<int, int, T> read) => Checked(path, () =>
    {
        if (table.__offset(4 + 2 * field) is not (not 0 and var offset))
            return read(0, 0);
        var (start, count) = (table.__vector(offset), table.__vector_len(offset));
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        // Before anything is allocated for it.
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count,
            (uint)(Math.Max(table.bb.Length - start, 0) / size));
        return read(start, count);
    });

    private static T[] Items<T>(int start, int count, Func<int, T> read)
    {
        var items = new T[count];
        for (var i = 0; i < count; i++)
            items[i] = read(start + i * sizeof(int));
        return items;
    }

    private static T Checked<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new FaceBiasException(
                $"'{path}' points outside of itself: it is cut off or damaged; download it again.", e);
        }
    }
}
