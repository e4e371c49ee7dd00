using System.Globalization;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Opsets;
using FaceBias.Onnx.Runtime;
using Microsoft.ML.OnnxRuntime;

namespace FaceBias.Onnx.Import;

/// <summary>An ONNX file in the operator set of the graphs that are built here, so that nodes of both mean the same.</summary>
/// <param name="Original">As the file has it.</param>
/// <param name="Model">In <see cref="GraphBuilder.Opset"/>, or the original where it cannot be written in that.</param>
/// <param name="Note">What was done, for people; null if there was nothing to do.</param>
internal sealed record RaisedFile(ModelProto Original, ModelProto Model, string? Note)
{
    /// <summary>Kernels are the same on both sides, but for those of operators that were put in place of one.</summary>
    private const double SameWithin = 1e-6;

    /// <summary>More than rounding: the original is used.</summary>
    private const double CloseWithin = 1e-4;

    /// <summary>Converts what was read from a file.</summary>
    /// <exception cref="FaceBiasException">It is older than ONNX Runtime accepts.</exception>
    public static RaisedFile Of(ModelProto original, string path)
    {
        var opset = OpsetConverter.OpsetOf(original);
        if (opset is > 0 and < OpsetConverter.Oldest)
            throw new FaceBiasException(
                $"'{path}' uses operator set {opset}, which is too old; export it with operator set {OpsetConverter.Oldest} or later.");
        try
        {
            var model = OpsetConverter.Convert(original, GraphBuilder.Opset);
            return new RaisedFile(original, model, opset == GraphBuilder.Opset ? null : $"operator set {opset} converted to {GraphBuilder.Opset}");
        }
        catch (FaceBiasException e)
        {
            return Kept(original, e.Message.TrimEnd('.'));
        }
    }

    /// <summary>Runs the file as it was and as it is now on the same picture.</summary>
    /// <param name="pixels">What the model takes.</param>
    /// <param name="input">The declaration of that.</param>
    /// <returns>This with what was found, or the original where the two differ by more than rounding.</returns>
    public RaisedFile Proved(PixelInput pixels, PictureInput input)
    {
        if (OpsetConverter.OpsetOf(Original) == OpsetConverter.OpsetOf(Model))
            return this;
        using var picture = input.Sample(pixels);
        var difference = Difference(input.Name, picture);
        var said = difference?.ToString("0.#e0", CultureInfo.InvariantCulture);
        return difference switch
        {
            null => this with { Note = $"{Note}; the runtime does not run the original, so the two were not compared" },
            <= SameWithin => this with { Note = $"{Note}; outputs are the same" },
            <= CloseWithin => this with { Note = $"{Note}; outputs differ by {said} of the largest value" },
            _ => Kept(Original, $"outputs would differ by {said} of the largest value"),
        };
    }

    private static RaisedFile Kept(ModelProto original, string why)
    {
        var folded = original.Clone();
        ConstantFolding.Run(folded);
        return new RaisedFile(original, folded, $"operator set {OpsetConverter.OpsetOf(original)} is kept: {why}");
    }

    private double? Difference(string input, OrtValue picture)
    {
        var (before, after) = (Run(Original, input, picture), Run(Model, input, picture));
        if (before is null)
            return null;
        return after is null ? double.PositiveInfinity : before.Zip(after).Select(p => Difference(p.First, p.Second)).DefaultIfEmpty(0).Max();
    }

    private static double Difference(float[] a, float[] b)
    {
        if (a.Length != b.Length)
            return double.PositiveInfinity;
        var largest = Math.Max(a.Where(float.IsFinite).Select(Math.Abs).DefaultIfEmpty(0).Max(), 1e-12f);
        return a.Zip(b).Select(p => p.First.Equals(p.Second) ? 0 : Math.Abs((double)p.First - p.Second) / largest)
            .Select(d => double.IsNaN(d) ? double.PositiveInfinity : d).DefaultIfEmpty(0).Max();
    }

    /// <summary>The float outputs, or null if the runtime cannot run the model.</summary>
    private static List<float[]>? Run(ModelProto model, string input, OrtValue picture)
    {
        try
        {
            using var options = OrtEnvironment.TrialOptions();
            using var session = new InferenceSession(OnnxFile.ToBytes(model), options);
            using var run = new RunOptions();
            using var stop = new Timer(_ => run.Terminate = true, null, OnnxProbe.Limit, Timeout.InfiniteTimeSpan);
            using var results = session.Run(run, [input], [picture], [.. model.Graph.Output.Select(o => o.Name)]);
            return [.. results.Where(r => r.OnnxType == OnnxValueType.ONNX_TYPE_TENSOR
                && r.GetTensorTypeAndShape().ElementDataType == Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float)
                .Select(r => r.GetTensorDataAsSpan<float>().ToArray())];
        }
        catch (OnnxRuntimeException)
        {
            return null;
        }
    }
}
