namespace FaceBias.MLNet.Scoring;

/// <summary>The values of a column that a cursor has passed.</summary>
internal abstract class ColumnStore
{
    /// <summary>A store for a column of any type.</summary>
    public static ColumnStore For(DataViewSchema.Column column) => (ColumnStore)Activator.CreateInstance(
        column.Type is VectorDataViewType vector
            ? typeof(VectorStore<>).MakeGenericType(vector.ItemType.RawType)
            : typeof(ColumnStore<>).MakeGenericType(column.Type.RawType))!;

    /// <summary>Names the cursor that <see cref="Add"/> reads.</summary>
    public abstract void Open(DataViewRow row, DataViewSchema.Column column);

    /// <summary>Keeps the value of the cursor's row.</summary>
    public abstract void Add();
}

/// <summary>The values of a column that a cursor has passed.</summary>
/// <typeparam name="T">Their type.</typeparam>
internal class ColumnStore<T> : ColumnStore
{
    private ValueGetter<T> _get = null!;

    /// <summary>The values by row.</summary>
    public List<T> List { get; } = [];

    public override void Open(DataViewRow row, DataViewSchema.Column column) => _get = row.GetGetter<T>(column);

    public override void Add()
    {
        T value = default!;
        _get(ref value);
        // Text lies in a buffer of the reader's.
        List.Add(value is ReadOnlyMemory<char> text ? (T)(object)text.ToString().AsMemory() : value);
    }

    /// <summary>The value of a row, in a cursor's manner.</summary>
    public virtual void Get(int row, ref T value) => value = List[row];
}

/// <summary>Vectors, handed out as copies: who reads one may write into it.</summary>
/// <typeparam name="T">The type of their items.</typeparam>
internal sealed class VectorStore<T> : ColumnStore<VBuffer<T>>
{
    public override void Get(int row, ref VBuffer<T> value) => List[row].CopyTo(ref value);
}
