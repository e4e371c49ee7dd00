using FaceBias.Onnx.Graphs;
using Microsoft.ML.OnnxRuntime;

namespace FaceBias.Onnx.Import;

/// <summary>Runs a model with the common interface on made-up pictures, to prove that it runs and what it gives.</summary>
internal sealed class OnnxProbe : IDisposable
{
    /// <summary>How much a picture's values may change when other pictures are in the batch, relative to the largest
    /// value: kernels sum in another order for another batch, no more.</summary>
    private const double SameWithin = 1e-4;

    private readonly InferenceSession _session;
    private readonly string[] _outputs;
    private readonly PixelInput _input;

    private OnnxProbe(InferenceSession session, string[] outputs, PixelInput input) => (_session, _outputs, _input) = (session, outputs, input);

    /// <summary>Loads a model; what ONNX Runtime does not accept becomes one sentence.</summary>
    public static OnnxProbe Load(ModelProto model, PixelInput input, string file)
    {
        try
        {
            using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
            return new OnnxProbe(new InferenceSession(OnnxFile.ToBytes(model), options), [.. model.Graph.Output.Select(o => o.Name)], input);
        }
        catch (OnnxRuntimeException e)
        {
            throw new FaceBiasException($"ONNX Runtime cannot load '{file}': {FirstLine(e)}", e);
        }
    }

    /// <summary>The outputs of a run: shape and values, in the order of the model's outputs.</summary>
    public (long[] Shape, float[] Values)[] Run(params ReadOnlySpan<int> pictures)
    {
        var length = 3 * _input.Width * _input.Height;
        var pixels = new float[pictures.Length * length];
        for (var i = 0; i < pictures.Length; i++)
            Paint(pixels.AsSpan(i * length, length), pictures[i]);
        using var value = OrtValue.CreateTensorValueFromMemory(pixels, [pictures.Length, 3, _input.Height, _input.Width]);
        using var options = new RunOptions();
        using var results = _session.Run(options, [BackboneMetadata.Pixels], [value], _outputs);
        return [.. results.Select(r => (r.GetTensorTypeAndShape().Shape, r.GetTensorDataAsSpan<float>().ToArray()))];
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

    public void Dispose() => _session.Dispose();

    public static string FirstLine(Exception e) => $"{e.Message.Split('\n')[0].Trim().TrimEnd('.')}.";

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
            pixels[i] = (float)Math.Round(127.5 + 120 * Math.Sin(x * (0.05 + 0.04 * picture) + c) * Math.Cos(y * (0.11 - 0.03 * picture) + 2 * c + picture));
        }
    }
}
