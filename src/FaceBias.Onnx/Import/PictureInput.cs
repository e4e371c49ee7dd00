using Microsoft.ML.OnnxRuntime;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Import;

/// <summary>The input of a graph that takes the picture.</summary>
/// <param name="Dims">Its dimensions behind the batch, 0 where they are open: [C, H, W] or [H, W, C].</param>
/// <param name="Batch">The batch that it declares; 0 where it is open, null where there is no such dimension.</param>
internal sealed record PictureInput(ValueInfoProto Value, DataType Type, int[] Dims, long? Batch)
{
    public string Name => Value.Name;

    /// <summary>The order of the dimensions by where 3, else 1, channels stand; null where that is nowhere or
    /// ambiguous.</summary>
    public PixelLayout? Layout => (Dims[0], Dims[2]) switch
    {
        (3, not 3) => PixelLayout.Nchw,
        (not 3, 3) => PixelLayout.Nhwc,
        (1, not 1) => PixelLayout.Nchw,
        (not 1, 1) => PixelLayout.Nhwc,
        _ => null,
    };

    public int Channels(PixelLayout layout) => layout == PixelLayout.Nchw ? Dims[0] : Dims[2];

    public (int Width, int Height) Size(PixelLayout layout) =>
        layout == PixelLayout.Nchw ? (Dims[2], Dims[1]) : (Dims[1], Dims[0]);

    /// <summary>Finds it: the only input that is no constant and can hold a picture.</summary>
    /// <exception cref="FaceBiasException">There is none, or further inputs have no value.</exception>
    public static PictureInput Of(ModelProto model, string path)
    {
        var inputs = Inputs(model.Graph).ToList();
        var pictures = inputs.Select(Picture).OfType<PictureInput>().ToList();
        if (pictures is [var picture])
        {
            if (inputs.Count == 1)
                return picture;
            var other = inputs.First(i => i != picture.Value);
            throw new FaceBiasException(
                $"'{path}' takes '{other.Name}' ({Words(other)}) beside the picture '{picture.Name}'; give its value "
                    + $"with ‹Constants› {other.Name}=VALUE.");
        }
        var all = string.Join(", ", inputs.Select(i => $"'{i.Name}' ({Words(i)})"));
        throw new FaceBiasException(pictures.Count == 0
            ? $"'{path}' takes {(all.Length > 0 ? all : "nothing")}; a picture of 1 or 3 channels is needed, [N, C, "
                + "H, W], [N, H, W, C] or the same without N."
            : $"'{path}' takes {pictures.Count} inputs that could be a picture: {all}; give all but one a value with "
                + "‹Constants› NAME=VALUE.");
    }

    /// <summary>Inputs of a graph that are no weights, which old exporters list among them.</summary>
    public static IEnumerable<ValueInfoProto> Inputs(GraphProto graph)
    {
        var constants = graph.Initializer.Select(t => t.Name).ToHashSet(StringComparer.Ordinal);
        return graph.Input.Where(i => !constants.Contains(i.Name));
    }

    /// <summary>A made-up picture as the model takes it, normalised; the batch that it declares, or one.</summary>
    public OrtValue Sample(PixelInput pixels)
    {
        var channels = Channels(pixels.Layout) is 0 ? pixels.Channels == ChannelOrder.Grey ? 1 : 3
            : Channels(pixels.Layout);
        long[] shape = pixels.Layout == PixelLayout.Nchw ? [channels, pixels.Height, pixels.Width]
            : [pixels.Height, pixels.Width, channels];
        if (Batch is { } batch)
            shape = [Math.Max(1, batch), .. shape];
        var random = new Random(1);
        var values = new float[shape.Aggregate(1L, (a, d) => a * d)];
        for (var i = 0; i < values.Length; i++)
        {
            var c = pixels.Layout == PixelLayout.Nhwc ? i % channels : i / (pixels.Height * pixels.Width) % channels;
            values[i] = (random.Next(256) - pixels.Mean[c]) * pixels.Scale[c];
        }
        return Type switch
        {
            DataType.Uint8 =>
                OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(values, v => (byte)Math.Clamp(v, 0, 255)), shape),
            DataType.Int32 => OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(values, v => (int)v), shape),
            DataType.Int64 => OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(values, v => (long)v), shape),
            DataType.Double => OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(values, v => (double)v), shape),
            _ => OrtValue.CreateTensorValueFromMemory(values, shape),
        };
    }

    private static PictureInput? Picture(ValueInfoProto input)
    {
        var type = input.Type?.TensorType;
        if (type?.Shape is not { Dim.Count: 3 or 4 } shape
            || (DataType)type.ElemType
                is not (DataType.Float or DataType.Float16 or DataType.Double or DataType.Uint8 or DataType.Int32
                    or DataType.Int64))
            return null;
        int[] dims = [.. shape.Dim.Select(
            d => d.HasDimValue && d.DimValue is > 0 and <= int.MaxValue ? (int)d.DimValue : 0)];
        var picture = new PictureInput(input, (DataType)type.ElemType, dims[^3..], dims.Length == 4 ? dims[0] : null);
        return picture.Layout is { } layout ? picture.Channels(layout) is 1 or 3 ? picture : null
            : dims[^3..].Contains(0) || dims[^3] == dims[^1] ? picture : null;
    }

    private static string Words(ValueInfoProto input) =>
        ModelSummary.Value(input) is var v ? $"{v.Type} {v.Shape}" : "";
}
