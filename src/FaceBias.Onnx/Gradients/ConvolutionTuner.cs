using System.Diagnostics;
using System.Text.Json;
using FaceBias.Onnx.Runtime;
using Microsoft.ML.OnnxRuntime;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Gradients;

/// <summary>Measures the formulations of a convolution's gradients, shape by shape, and keeps the fastest in a file. A
/// shape is measured once per machine and number of threads.</summary>
internal sealed class ConvolutionTuner(string path, int threads) : ConvolutionChoices
{
    private const int Runs = 3;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Milliseconds of each formulation, by shape.</summary>
    private readonly Dictionary<string, Dictionary<string, double>> _times = Load(path);

    public override string ForInput(ConvolutionShape s) => Choose("input", s,
        ConvolutionGradients.ForInput.Where(f => f.Value.Fits(s)).ToDictionary(f => f.Key, f => f.Value.Build),
        [s.Out, s.In / s.Groups, s.Kernel.H, s.Kernel.W], [s.Batch, s.Out, s.Output.H, s.Output.W],
        (build, w, dy) => build(s, w, dy));

    public override string ForWeights(ConvolutionShape s) => Choose("weights", s,
        ConvolutionGradients.ForWeights.Where(f => f.Value.Fits(s)).ToDictionary(f => f.Key, f => f.Value.Build),
        [s.Batch, s.In, s.Input.H, s.Input.W], [s.Batch, s.Out, s.Output.H, s.Output.W],
        (build, x, dy) => build(s, x, dy));

    private string Choose<T>(
        string kind, ConvolutionShape s, Dictionary<string, T> formulations, long[] first, long[] second,
        Func<T, Expression, Expression, Expression> build)
    {
        if (formulations.Count == 1)
            return formulations.Keys.First();
        var key = string.Create(CultureInfo.InvariantCulture, $"{kind} {threads} {Block} {s}");
        if (!_times.TryGetValue(key, out var times) || !formulations.Keys.All(times.ContainsKey))
        {
            _times[key] = times =
                formulations.ToDictionary(f => f.Key, f => Measure(first, second, (a, b) => build(f.Value, a, b)));
            AtomicFile.WriteText(path, JsonSerializer.Serialize(_times, Indented));
        }
        return formulations.Keys.MinBy(name => times[name])!;
    }

    /// <summary>The shortest of some runs in milliseconds: whatever else the machine does only makes a run
    /// longer.</summary>
    private double Measure(long[] first, long[] second, Func<Expression, Expression, Expression> build)
    {
        var g = new GraphBuilder("tuning");
        g.Input("first", DataType.Float, [.. first.Cast<object>()]);
        g.Input("second", DataType.Float, [.. second.Cast<object>()]);
        var facts = new ValueFacts();
        var backward = new Backward(g, facts);
        var result = build(new(backward, "first", DataType.Float, first),
            new(backward, "second", DataType.Float, second));
        g.Output(result.Name, DataType.Float, [.. result.Shape.Cast<object>()]);
        BlockedLayout.Apply(g, facts, Block);
        using var options = OrtEnvironment.Options(threads);
        using var session = OrtEnvironment.Create(OnnxFile.ToBytes(g.Model), options, "a convolution's gradient");
        using var a = Noise("first", first);
        using var b = Noise("second", second);
        using var c = new TensorBuffer(result.Name, DataType.Float, result.Shape);
        using var binding = session.CreateIoBinding();
        using var run = new RunOptions();
        binding.BindInput(a.Name, a.Value);
        binding.BindInput(b.Name, b.Value);
        binding.BindOutput(c.Name, c.Value);
        session.RunWithBinding(run, binding);
        var best = double.PositiveInfinity;
        for (var i = 0; i < Runs; i++)
        {
            var start = Stopwatch.GetTimestamp();
            session.RunWithBinding(run, binding);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        return best;
    }

    private static TensorBuffer Noise(string name, long[] shape)
    {
        var buffer = new TensorBuffer(name, DataType.Float, shape);
        // Zeros or denormal numbers would not take the usual time.
        var i = 0;
        foreach (ref var value in buffer.Span<float>())
            value = 0.5f + i++ % 7 * 0.1f;
        return buffer;
    }

    private static Dictionary<string, Dictionary<string, double>> Load(string path)
    {
        try
        {
            return File.Exists(path)
                ? JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, double>>>(File.ReadAllText(path))
                    ?? [] : [];
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            // A cache that cannot be read costs only the measurements.
            return [];
        }
    }
}
