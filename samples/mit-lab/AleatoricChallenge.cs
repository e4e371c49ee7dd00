using FaceBias.Core.Data;
using FaceBias.Core.Imaging;
using FaceBias.Core.Uncertainty.Representation;
using FaceBias.Primitives.Tables;
using FaceBias.Workflows;
using FaceBias.Workflows.Train;

namespace FaceBias.Samples;

/// <summary>The lab's challenge about noise that no data removes: every fourth picture is faded until little is left of
/// it, and its label is the throw of a coin. Does the model know which pictures it cannot know?</summary>
internal static class AleatoricChallenge
{
    private const int Side = PixelVaeOptions.Side, Every = 4, Shown = 8;
    private const string Score = "face_uncertainty_mve";

    /// <summary>Runs it.</summary>
    /// <param name="folder">Where pictures, labels and the run go.</param>
    /// <param name="pictures">RGB planes of the pictures, 64 x 64.</param>
    /// <param name="labels">1 for a face, 0 for none.</param>
    /// <param name="network">The lab's network: its layer before the classes serves as a backbone.</param>
    /// <param name="strip">Writes a row of pictures.</param>
    public static void Run(string folder, byte[][] pictures, int[] labels, PixelVae network,
        Action<string, IEnumerable<float[]>> strip)
    {
        var random = new Random(3);
        var images = Directory.CreateDirectory(Path.Combine(folder, "challenge", "images")).FullName;
        var table = new List<string> { "image,face" };
        var shown = new float[pictures.Length][];
        for (var i = 0; i < pictures.Length; i++)
        {
            var fades = i % Every == 1;
            shown[i] = [.. pictures[i].Select(p => fades ? MathF.Round(0.1f * p + 0.9f * 128) : (float)p)];
            File.WriteAllBytes(Path.Combine(images, Name(i)), PictureEncoder.Png(shown[i], new ImageSpec(Side, Side)));
            table.Add($"{Name(i)},{((fades ? random.Next(2) : labels[i]) == 1 ? "yes" : "no")}");
        }
        var (file, backbone) = (Path.Combine(folder, "challenge", "labels.csv"),
            Path.Combine(folder, "challenge", "network.onnx"));
        File.WriteAllLines(file, table);
        network.ExportBackbone(backbone);
        var run = Path.Combine(folder, "challenge", "run");
        Jobs.Train(new TrainRunOptions
        {
            Images = [images], Labels = file, Targets = ["face"], Backbone = backbone, Out = run, NearDistance = 0,
            Uncertainty = ["mve"], Home = Path.Combine(folder, "challenge", "home"),
        });

        var predictions = TableFile.Read(Path.Combine(run, "predictions.parquet"));
        int[] test = [.. Enumerable.Range(0, predictions.RowCount).Where(r => predictions.Text("split")[r] == "test")];
        var score = predictions.Number(Score).Values;
        int Picture(int row) => int.Parse(Path.GetFileNameWithoutExtension(predictions.Text("id")[row]!),
            System.Globalization.CultureInfo.InvariantCulture);
        bool Faded(int row) => Picture(row) % Every == 1;
        int[] ranked = [.. test.OrderBy(r => score[r])];
        // The area under the ROC curve: how often a faded picture has the higher score of a pair.
        var above = ranked.Select((row, rank) => Faded(row) ? rank + 1.0 : 0).Sum();
        double faded = test.Count(Faded), clear = test.Length - faded;
        Console.WriteLine($"aleatoric: faded pictures rank above clear ones with an area of "
            + $"{(above - (faded * (faded + 1) / 2)) / (faded * clear):0.000} under the ROC curve "
            + $"({faded:0} and {clear:0} test pictures)");
        string Right(IEnumerable<int> rows)
        {
            int[] all = [.. rows];
            return $"{all.Count(r => predictions.Text("face")[r] == predictions.Text("face_true")[r])} of {all.Length}";
        }

        Console.WriteLine($"  labels found: {Right(test)}; of the surest three quarters "
            + $"{Right(ranked[..(3 * ranked.Length / 4)])}");
        strip("aleatoric-low.png", ranked[..Shown].Select(r => shown[Picture(r)]));
        strip("aleatoric-high.png", ranked[^Shown..].Select(r => shown[Picture(r)]));
    }

    private static string Name(int picture) => $"{picture:0000}.png";
}
