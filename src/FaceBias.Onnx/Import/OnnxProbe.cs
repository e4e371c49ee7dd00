using FaceBias.Onnx.Runtime;
using Microsoft.ML.OnnxRuntime;

namespace FaceBias.Onnx.Import;

/// <summary>Runs a model with the common interface on made-up pictures, to prove that it runs and what it
/// gives.</summary>
internal sealed class OnnxProbe : IDisposable
{
    /// <summary>How much a picture's values may change when other pictures are in the batch, relative to the largest
    /// value: kernels sum in another order for another batch, no more.</summary>
    private const double SameWithin = 1e-4;

    /// <summary>Longest time of one run; a backbone takes less than a second.</summary>
    internal static TimeSpan Limit { get; set; } = TimeSpan.FromSeconds(60);

    private readonly InferenceSession _session;
    private readonly SessionOptions _options;
    private readonly string[] _outputs;
    private readonly PixelInput _input;
    private readonly int _batch;

    private OnnxProbe(InferenceSession session, SessionOptions options, ModelProto model, PixelInput input)
    {
        (_session, _options, _input) = (session, options, input);
        _outputs = [.. model.Graph.Output.Select(o => o.Name)];
        _batch = model.Graph.Input[0].Type.TensorType.Shape.Dim[0] is { HasDimValue: true } fixedBatch
            ? (int)fixedBatch.DimValue : 1;
    }

    /// <summary>Loads a model; what ONNX Runtime does not accept becomes one sentence.</summary>
    public static OnnxProbe Load(ModelProto model, PixelInput input, string file)
    {
        var options = OrtEnvironment.TrialOptions();
        try
        {
            return new OnnxProbe(OrtEnvironment.Create(OnnxFile.ToBytes(model), options, $"'{file}'"), options, model,
                input);
        }
        catch
        {
            options.Dispose();
            throw;
        }
    }

    /// <summary>The element type of an output; null where it is no tensor.</summary>
    public TensorProto.Types.DataType? TypeOf(string output) =>
        _session.OutputMetadata[output] is { IsTensor: true } tensor
            ? (TensorProto.Types.DataType)(int)tensor.ElementDataType
        : _session.OutputMetadata[output].IsString ? TensorProto.Types.DataType.String : null;

    /// <summary>The outputs of a run: shape and values, in the order of the model's outputs. A fixed batch is filled
    /// up, and the rows of what filled it are left out.</summary>
    public (long[] Shape, float[] Values)[] Run(params ReadOnlySpan<int> pictures)
    {
        var length = 3 * _input.Width * _input.Height;
        var count = Math.Max(_batch, pictures.Length);
        var pixels = new float[count * length];
        for (var i = 0; i < count; i++)
            Paint(pixels.AsSpan(i * length, length), pictures[Math.Min(i, pictures.Length - 1)]);
        using var value = OrtValue.CreateTensorValueFromMemory(pixels, [count, 3, _input.Height, _input.Width]);
        using var options = new RunOptions();
        using var stop = new Timer(_ => options.Terminate = true, null, Limit, Timeout.InfiniteTimeSpan);
        using var results = _session.Run(options, [BackboneMetadata.Pixels], [value], _outputs);
        var rows = pictures.Length;
        return [.. results.Select(
            r => Take(r.GetTensorTypeAndShape().Shape, r.GetTensorDataAsSpan<float>().ToArray()))];

        (long[], float[]) Take(long[] shape, float[] values) =>
            count == rows || shape.Length < 2 || shape[0] != count ? (shape, values)
                : ([rows, .. shape[1..]], values[..(values.Length / count * rows)]);
    }

    /// <summary>Whether three pictures in one batch give what each gives alone.</summary>
    public bool TakesAnyBatch()
    {
        try
        {
            var alone = new[] { Run(0), Run(1), Run(2) };
            var together = Run(0, 1, 2);
            return Enumerable.Range(0, together.Length).All(o => together[o].Shape is [3, ..]
                && together[o].Values.Length == 3 * alone[0][o].Values.Length
                && Same(together[o].Values, [.. alone.SelectMany(a => a[o].Values)]));
        }
        catch (OnnxRuntimeException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        _session.Dispose();
        _options.Dispose();
    }

    private static bool Same(float[] a, float[] b)
    {
        var largest = b.Max(Math.Abs);
        return a.Zip(b).All(p => Math.Abs(p.First - p.Second) <= SameWithin * largest);
    }

    /// <summary>Waves of 0 to 255 that differ from picture to picture.</summary>
    private void Paint(Span<float> pixels, int picture)
    {
        for (var i = 0; i < pixels.Length; i++)
        {
            var (x, y, c) = (i % _input.Width, i / _input.Width % _input.Height, i / (_input.Width * _input.Height));
            pixels[i] = (float)Math.Round(
                127.5 + 120 * Math.Sin(x * (0.05 + 0.04 * picture) + c)
                    * Math.Cos(y * (0.11 - 0.03 * picture) + 2 * c + picture));
        }
    }
}
