using System.Globalization;
using System.Text;
using FaceBias.Core.Backbones;
using FaceBias.Core.Imaging;
using FaceBias.Onnx.Graphs;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Benchmarks.Robustness;

/// <summary>Damaged run folders and caches, used again: the same training, an audit of its predictions, its export, a
/// prediction.</summary>
internal sealed class RunCases : Cases
{
    private const int Side = 16, Faces = 60;

    private string _sound = "";
    private string[] _train = [];

    protected override void Prepare(string folder)
    {
        Environment.SetEnvironmentVariable(FaceBiasHome.Variable, Path.Combine(folder, "work", "home"));
        var pictures = Directory.CreateDirectory(Path.Combine(folder, "pictures")).FullName;
        var labels = new StringBuilder("image,gender,age\n");
        for (var i = 0; i < Faces; i++)
        {
            // Noise, of which no two are alike, brighter for one class.
            var rgb = new byte[24 * 24 * 3];
            new Random(i).NextBytes(rgb);
            for (var p = 0; p < rgb.Length; p++)
                rgb[p] = (byte)(rgb[p] / 2 + (i % 2 == 0 ? 40 : 90));
            File.WriteAllBytes(Path.Combine(pictures, $"{i}.png"), PictureCodecs.Default.Png(rgb, 24, 24));
            labels.Append(CultureInfo.InvariantCulture, $"{i}.png,{(i % 2 == 0 ? "f" : "m")},{20 + i % 30}\n");
        }
        File.WriteAllText(Path.Combine(folder, "labels.csv"), labels.ToString());
        var backbone = Path.Combine(folder, "tiny.onnx");
        OnnxFile.Write(Backbone(), backbone);
        ModelFileImport.Run(new ModelStore(), backbone, "tiny");
        _train = ["train", "--images", pictures, "--labels", Path.Combine(folder, "labels.csv"), "--targets", "gender",
            "--backbone", "tiny", "--epochs", "2",
            "--out", Path.Combine(folder, "work", "run")];
        var outcome = CommandCases.RunAsync(_train).GetAwaiter().GetResult();
        if (outcome.Kind != Kind.Ok)
            throw new InvalidOperationException($"The run to be damaged fails: {outcome.Text}");
        _sound = Path.Combine(folder, "sound");
        Copy(Path.Combine(folder, "work"), _sound);
    }

    private static ModelProto Backbone()
    {
        var g = new GraphBuilder("tiny");
        var random = new Random(5);
        float[] weights = [.. Enumerable.Range(0, 12 * 27).Select(_ => (float)(random.NextDouble() - 0.5))];
        var map = g.Add("Relu",
            g.Add("Conv", [g.Input("x", DataType.Float, "N", 3, Side, Side), g.Constant(weights, 12, 3, 3, 3)], []));
        g.Output(g.Add("Flatten", [g.Add("GlobalAveragePool", map)], [("axis", 1)], output: "features"), DataType.Float,
            "N", 12);
        return g.Model;
    }

    protected override Outcome Run(Random random, string folder)
    {
        var work = Path.Combine(folder, "work");
        Directory.Delete(work, recursive: true);
        Copy(_sound, work);
        for (var times = random.Next(1, 3); times > 0; times--)
        {
            var files = Directory.GetFiles(work, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                .ToArray();
            var file = files[random.Next(files.Length)];
            switch (random.Next(6))
            {
                case 0:
                    File.Delete(file);
                    break;
                case 1:
                    File.WriteAllBytes(file, []);
                    break;
                case 2:
                    var other = File.ReadAllBytes(files[random.Next(files.Length)]);
                    File.WriteAllBytes(file, other);
                    break;
                default:
                    File.WriteAllBytes(file, Damage.Of(File.ReadAllBytes(file), random));
                    break;
            }
        }
        var run = Path.Combine(work, "run");
        string[] arguments = random.Next(6) switch
        {
            0 => ["audit", "--predictions", Path.Combine(run, "predictions.parquet"), "--no-resampling", "--no-slices",
                "--out", Path.Combine(work, "audit")],
            1 => ["predict", "--model", Path.Combine(run, "model.onnx"), "--images", _train[2], "--out",
                Path.Combine(work, "p.csv")],
            2 => ["export", "--model", Path.Combine(run, "model.onnx"), "--dotnet", Path.Combine(work, "export")],
            _ => _train,
        };
        return CommandCases.RunAsync(arguments).GetAwaiter().GetResult();
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target, overwrite: true);
        }
    }
}
