namespace FaceBias.MLNet.Scoring;

/// <summary>The classes of a label in order, with the type that they had: the values of a key.</summary>
/// <param name="Type">The type of the key's values: text, or the type of numbers that labels were.</param>
internal sealed record ClassNames(IReadOnlyList<string> Texts, string Type = "String")
{
    public int Count => Texts.Count;

    /// <summary>The values of a key column; its numbers from 1 where it has none.</summary>
    public static ClassNames Of(DataViewSchema.Column column)
    {
        var count = (int)((KeyDataViewType)column.Type).Count;
        if (column.Annotations.Schema.GetColumnOrNull(Kind) is not { Type: VectorDataViewType { ItemType: var item } })
            return new([.. Enumerable.Range(1, count).Select(i => i.ToString(CultureInfo.InvariantCulture))]);
        if (item is TextDataViewType)
            return new(Values<ReadOnlyMemory<char>>(t => t.ToString()));
        return item.RawType.Name switch
        {
            nameof(Boolean) => new(Values<bool>(v => v ? "true" : "false")),
            nameof(Single) => Numbers<float>(),
            nameof(Double) => Numbers<double>(),
            nameof(SByte) => Numbers<sbyte>(),
            nameof(Byte) => Numbers<byte>(),
            nameof(Int16) => Numbers<short>(),
            nameof(UInt16) => Numbers<ushort>(),
            nameof(Int32) => Numbers<int>(),
            nameof(UInt32) => Numbers<uint>(),
            nameof(Int64) => Numbers<long>(),
            nameof(UInt64) => Numbers<ulong>(),
            _ => throw new ArgumentException(
                $"The classes of column '{column.Name}' are of type {item}; map text or numbers to keys.",
                nameof(column)),
        };

        ClassNames Numbers<T>() where T : IFormattable =>
            new(Values<T>(v => v.ToString(null, CultureInfo.InvariantCulture)), typeof(T).Name);

        string[] Values<T>(Func<T, string> text)
        {
            VBuffer<T> values = default;
            column.Annotations.GetValue(Kind, ref values);
            return [.. values.DenseValues().Select(text)];
        }
    }

    /// <summary>Annotations of a key column.</summary>
    public DataViewSchema.Annotations KeyValues()
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        AddKeyValues(annotations);
        return annotations.ToAnnotations();
    }

    /// <summary>Adds them to a column's annotations as the values of a key.</summary>
    public void AddKeyValues(DataViewSchema.Annotations.Builder to)
    {
        switch (Type)
        {
            case nameof(Single): Add<float>(NumberDataViewType.Single); break;
            case nameof(Double): Add<double>(NumberDataViewType.Double); break;
            case nameof(SByte): Add<sbyte>(NumberDataViewType.SByte); break;
            case nameof(Byte): Add<byte>(NumberDataViewType.Byte); break;
            case nameof(Int16): Add<short>(NumberDataViewType.Int16); break;
            case nameof(UInt16): Add<ushort>(NumberDataViewType.UInt16); break;
            case nameof(Int32): Add<int>(NumberDataViewType.Int32); break;
            case nameof(UInt32): Add<uint>(NumberDataViewType.UInt32); break;
            case nameof(Int64): Add<long>(NumberDataViewType.Int64); break;
            case nameof(UInt64): Add<ulong>(NumberDataViewType.UInt64); break;
            default: AddTexts(to, Kind); break;
        }

        void Add<T>(PrimitiveDataViewType type) where T : IParsable<T>
        {
            T[] values = [.. Texts.Select(t => T.Parse(t, CultureInfo.InvariantCulture))];
            to.Add(Kind, new VectorDataViewType(type, Count),
                (ref VBuffer<T> v) => v = new(values.Length, [.. values]));
        }
    }

    /// <summary>Adds them to a column's annotations as names of slots, or as the labels that training saw.</summary>
    public void AddTexts(DataViewSchema.Annotations.Builder to, string kind)
    {
        ReadOnlyMemory<char>[] texts = [.. Texts.Select(t => t.AsMemory())];
        to.Add(kind, new VectorDataViewType(TextDataViewType.Instance, Count),
            (ref VBuffer<ReadOnlyMemory<char>> v) => v = new(texts.Length, [.. texts]));
    }

    private const string Kind = "KeyValues";
}
