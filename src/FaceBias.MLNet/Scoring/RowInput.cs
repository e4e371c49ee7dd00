using FaceBias.Core.Imaging;

namespace FaceBias.MLNet.Scoring;

/// <summary>What one row gives to a graph: a picture that is still to be decoded, or numbers.</summary>
internal readonly record struct RowInput
{
    private static readonly ImageDecoder s_decoder = new();

    /// <summary>The picture's file.</summary>
    public string? Path { get; private init; }

    /// <summary>The picture's bytes.</summary>
    public byte[]? Bytes { get; init; }

    /// <summary>What goes into the graph as it is.</summary>
    public float[]? Values { get; private init; }

    /// <summary>Why there is nothing.</summary>
    public string? Problem { get; private init; }

    /// <summary>The picture's name in a sentence.</summary>
    public string Name => Path is null ? "A picture" : $"'{Path}'";

    /// <summary>Writes what goes into the graph.</summary>
    /// <returns>Null, or why it cannot be done, as the end of a sentence.</returns>
    public string? Prepare(ScoringSpec spec, Span<float> destination, ImageDecoder? decoder = null)
    {
        if (Problem is not null)
            return Problem;
        if (Values is { } values)
        {
            values.CopyTo(destination);
            return null;
        }
        decoder ??= s_decoder;
        return (Path is null ? decoder.Decode(Bytes!, spec.Image!, destination)
            : decoder.Decode(Path, spec.Image!, destination)).Problem;
    }

    /// <summary>What reads the input column of a row; values are the row's only until it moves.</summary>
    /// <exception cref="ArgumentException">The column is of a type that cannot go in.</exception>
    public static Func<RowInput> Reader(ScoringSpec spec, DataViewRow row, DataViewSchema.Column column)
    {
        Check(spec, column);
        if (spec.Image is null)
        {
            Func<float>[] further =
            [
                .. spec.Further.Select(f => Number(row, row.Schema[f])),
                .. spec.Groups.Select(g => GroupLevel.Reader(row, g)).Select(l => (Func<float>)(() => l())),
            ];
            if (column.Type is NumberDataViewType)
            {
                var number = Number(row, column);
                return () => new() { Values = [number(), .. further.Select(f => f())] };
            }
            var features = row.GetGetter<VBuffer<float>>(column);
            VBuffer<float> vector = default;
            return () =>
            {
                features(ref vector);
                return new() { Values = [.. vector.DenseValues(), .. further.Select(f => f())] };
            };
        }
        if (column.Type is TextDataViewType)
        {
            var path = row.GetGetter<ReadOnlyMemory<char>>(column);
            ReadOnlyMemory<char> text = default;
            return () =>
            {
                path(ref text);
                return text.IsEmpty ? new() { Problem = "the row names no picture" }
                    : new() { Path = System.IO.Path.Combine(spec.ImageFolder, text.ToString()) };
            };
        }
        if (column.Type is VectorDataViewType)
        {
            var bytes = row.GetGetter<VBuffer<byte>>(column);
            VBuffer<byte> buffer = default;
            return () =>
            {
                bytes(ref buffer);
                return new() { Bytes = [.. buffer.DenseValues()] };
            };
        }
        var image = row.GetGetter<MLImage>(column);
        MLImage picture = null!;
        return () =>
        {
            image(ref picture);
            return picture is null ? new() { Problem = "the row has no picture" } : Of(picture, spec.Image);
        };
    }

    private static Func<float> Number(DataViewRow row, DataViewSchema.Column column)
    {
        var get = row.GetGetter<float>(column);
        var value = 0f;
        return () =>
        {
            get(ref value);
            return value;
        };
    }

    /// <summary>The pixels of an image of ML.NET, fitted.</summary>
    public static RowInput Of(MLImage picture, ImageSpec spec)
    {
        var pixels = picture.Pixels;
        var rgb = new byte[picture.Width * picture.Height * 3];
        var (red, blue) = picture.PixelFormat == MLPixelFormat.Rgba32 ? (0, 2) : (2, 0);
        for (int from = 0, to = 0; to < rgb.Length; from += 4, to += 3)
        {
            // ML.NET's pixels are multiplied by their opacity; what is left of it shows white, as in files.
            var white = byte.MaxValue - pixels[from + 3];
            rgb[to] = (byte)Math.Min(pixels[from + red] + white, byte.MaxValue);
            rgb[to + 1] = (byte)Math.Min(pixels[from + 1] + white, byte.MaxValue);
            rgb[to + 2] = (byte)Math.Min(pixels[from + blue] + white, byte.MaxValue);
        }
        var planes = new float[spec.Length];
        ImageDecoder.Fit(rgb, picture.Width, picture.Height, spec, planes);
        return new() { Values = planes };
    }

    /// <summary>Refuses a column that cannot go in.</summary>
    /// <exception cref="ArgumentException">Its type is another one.</exception>
    public static void Check(ScoringSpec spec, DataViewSchema.Column column)
    {
        if (spec.Image is null)
        {
            var width = spec.InputLength - spec.Further.Count - spec.Groups.Count;
            if (!(column.Type is VectorDataViewType { ItemType: NumberDataViewType { RawType: var item },
                Size: var size } && item == typeof(float) && size == width
                || width == 1 && column.Type.RawType == typeof(float)))
                throw new ArgumentException(
                    $"Column '{column.Name}' is of type {column.Type}; it must be a vector of {width} Single, the "
                        + "features that the model was trained on.");
        }
        else if (!IsPicture(column.Type))
        {
            throw new ArgumentException(
                $"Column '{column.Name}' is of type {column.Type}; pictures are text (paths), vectors of Byte (whole "
                    + "files) or MLImage.");
        }
    }

    /// <summary>Whether a column can hold pictures.</summary>
    public static bool IsPicture(DataViewType type) =>
        type is TextDataViewType || type is VectorDataViewType { ItemType: NumberDataViewType { RawType: var item } }
            && item == typeof(byte) || type.RawType == typeof(MLImage);
}
