using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using Microsoft.ML.OnnxRuntime;

namespace FaceBias.Onnx.Tests.Import;

/// <summary>Runs imported models and compares.</summary>
internal static class Running
{
    /// <summary>Pixels as they are: RGB, 0 to 255 times a factor that keeps numbers near one.</summary>
    public static PixelInput Plain(int height, int width, float scale = 1 / 255f) =>
        new(width, height, ChannelOrder.Rgb, PixelLayout.Nhwc, [0, 0, 0], [scale, scale, scale]);

    public static ModelProto ImportTfjs(string path, PixelInput input, string features, params NamedOutput[] outputs) =>
        ModelImporter.ImportTfjs(path, new ImportSpec(input, features, outputs));

    /// <summary>The values of an output for a batch of pictures.</summary>
    public static float[] Run(ModelProto model, string output, params Picture[] pictures)
    {
        using var session = new InferenceSession(OnnxFile.ToBytes(model));
        using var input = OrtValue.CreateTensorValueFromMemory(
            pictures.SelectMany(p => p.Planes()).ToArray(),
            [pictures.Length, 3, pictures[0].Height, pictures[0].Width]);
        using var options = new RunOptions();
        using var results = session.Run(options, [BackboneMetadata.Pixels], [input], [output]);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }

    /// <summary>Equal up to float32 rounding relative to the largest value.</summary>
    public static void AssertClose(double[] expected, float[] actual, double within = 2e-6)
    {
        Assert.Equal(expected.Length, actual.Length);
        var largest = expected.Max(Math.Abs);
        Assert.True(largest > 0, "The expected values are all zero and would prove nothing.");
        var difference = expected.Zip(actual).Max(p => Math.Abs(p.First - p.Second));
        Assert.True(difference <= within * largest, $"relative difference {difference / largest:E2}");
    }

    public static IReadOnlyList<string> Operators(ModelProto model) => [.. model.Graph.Node.Select(n => n.OpType)];
}
