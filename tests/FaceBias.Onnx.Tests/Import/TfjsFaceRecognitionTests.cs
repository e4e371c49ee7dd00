using FaceBias.Onnx.Import;
using FaceBias.Tests;

namespace FaceBias.Onnx.Tests.Import;

public class TfjsFaceRecognitionTests
{
    [Fact]
    public void Weights_of_another_network_are_refused_by_the_one_that_is_missing()
    {
        var folder = TestPaths.NewFolder();
        File.WriteAllBytes(Path.Combine(folder, "w.bin"), new byte[7 * 7 * 3 * 32 * 4]);
        var path = Path.Combine(folder, "manifest.json");
        File.WriteAllText(path, """
            [{"paths": ["w.bin"], "weights": [
              {"name": "conv32_down/conv/filters", "shape": [7, 7, 3, 32], "dtype": "float32"}]}]
            """);
        var spec = new ImportSpec(Running.Plain(150, 150), "fc", []);
        Assert.Contains("lacks the weight 'conv32_down/conv/bias'",
            Assert.Throws<FaceBiasException>(() => ModelImporter.ImportTfjs(path, spec)).Message,
            StringComparison.Ordinal);
        Assert.Contains("no output 'pool'",
            Assert.Throws<FaceBiasException>(
                () => ModelImporter.ImportTfjs(path, spec with { Features = "pool" })).Message,
            StringComparison.Ordinal);
    }
}
