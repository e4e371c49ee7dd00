using System.Text.Json;
using FaceBias.Core.Imaging;
using FaceBias.Onnx.Graphs;

namespace FaceBias.MLNet;

/// <summary>What a FaceBias model file says about itself: the metadata property <c>facebias.model</c>.</summary>
/// <param name="Input">Size and fitting of the pictures.</param>
/// <param name="Targets">What it predicts, in the order of the file.</param>
public sealed record FaceBiasModelInfo(ImageSpec Input, IReadOnlyList<FaceBiasTarget> Targets)
{
    private const string Key = "facebias.model";

    /// <summary>Reads it from a model file.</summary>
    /// <exception cref="FaceBiasException">The file is missing, is no FaceBias model, or of a later version.</exception>
    public static FaceBiasModelInfo Read(string modelFile)
    {
        var model = OnnxFile.Read(modelFile);
        var json = model.Metadata(Key) ?? throw new FaceBiasException(
            $"'{modelFile}' is an ONNX model but not one that facebias trained (no '{Key}' metadata); give the model.onnx of a run.");
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            if (root.GetProperty("version").GetInt32() is not 1 and var version)
                throw new FaceBiasException($"'{modelFile}' was written by a later version of facebias (format {version}); update facebias.");
            var input = root.GetProperty("input");
            var fit = input.GetProperty("fit").GetString() == "stretch" ? ImageFit.Stretch : ImageFit.Cover;
            return new FaceBiasModelInfo(
                new ImageSpec(input.GetProperty("width").GetInt32(), input.GetProperty("height").GetInt32(), fit),
                [.. root.GetProperty("targets").EnumerateArray().Select(Target)]);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new FaceBiasException($"The '{Key}' metadata of '{modelFile}' is damaged; train or download the model again.", e);
        }
    }

    /// <summary>Number of floats of one prediction.</summary>
    internal int OutputLength => Targets.Sum(t => t.Width);

    private static FaceBiasTarget Target(JsonElement target) => new(
        target.GetProperty("name").GetString()!,
        target.GetProperty("kind").GetString() == "categorical"
            ? [.. target.GetProperty("classes").EnumerateArray().Select(c => c.GetString()!)]
            : []);
}

/// <summary>Something a model predicts. Labels of people are perceived attributes.</summary>
/// <param name="Name">Name of the target, of the graph's output and of the column.</param>
/// <param name="Classes">Class names in the order of the output; empty for a number.</param>
public sealed record FaceBiasTarget(string Name, IReadOnlyList<string> Classes)
{
    /// <summary>Whether it is a number.</summary>
    public bool IsNumeric => Classes.Count == 0;

    /// <summary>Floats of the output: one per class, or one.</summary>
    public int Width => Math.Max(1, Classes.Count);
}
