using System.Text;
using FaceBias.Synthesis;

namespace FaceBias.Workflows.Bounty;

/// <summary>Drawn faces in the competition's layout: Monk tones 1 to 10, four ages, a fifth of the pictures without a
/// face and with random labels.</summary>
internal static class BountyRendering
{
    private const int Size = 160;

    private static readonly SynthSpec s_spec = new()
    {
        Description = "Drawn faces as the 8-bit Bias Bounty has them.",
        Size = Size,
        Format = SynthFormat.Png,
        Age = [new(1, 17, 0.15), new(18, 30, 0.42), new(31, 60, 0.33), new(61, 90, 0.10)],
        Split = new Dictionary<string, double> { ["train"] = 0.8, ["test"] = 0.2 },
        Planted = new() { NonFaces = 0.2 },
    };

    /// <summary>Draws them, or finds them drawn.</summary>
    /// <returns>The folders of training and test images.</returns>
    public static (string Train, string Test) Write(int count, ulong seed, string folder, int threads,
        IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        var (train, test) = (Path.Combine(folder, "train"), Path.Combine(folder, "test"));
        var drawn = Path.Combine(folder, "drawn");
        if (File.Exists(Path.Combine(train, BountyImages.LabelsFile))
            && File.Exists(Path.Combine(test, BountyImages.LabelsFile)))
            return (train, test);
        var planted = SynthDataSet.Write(s_spec, count, unchecked((long)seed), drawn, progress, threads, cancel);
        var noise = planted.NonFaces.ToHashSet(StringComparer.Ordinal);
        var table = Core.Data.TableFile.Read(Path.Combine(drawn, "labels.csv"));
        var (image, split, tone, gender) =
            (table.Text("image"), table.Text("split"), table.Text("skin_tone"), table.Text("gender"));
        var age = table.Number("age");
        foreach (var (name, to) in new[] { ("train", train), ("test", test) })
        {
            Directory.CreateDirectory(to);
            var labels = new StringBuilder("name,skin_tone,gender,age,real_face\n");
            var number = 0;
            for (var row = 0; row < table.RowCount; row++)
            {
                if (split[row] != name)
                    continue;
                var file = FormattableString.Invariant($"{name.ToUpperInvariant()}{number++:0000}.png");
                File.Copy(Path.Combine(drawn, "images", image[row]!), Path.Combine(to, file), overwrite: true);
                labels.Append(FormattableString.Invariant(
                    $"{file},{tone[row]},{gender[row]},{Band(age[row])},{(noise.Contains(image[row]!) ? "0.0" : "1.0")}\n"));
            }
            // Last: a folder with labels is whole.
            AtomicFile.WriteText(Path.Combine(to, BountyImages.LabelsFile), labels.ToString());
        }
        return (train, test);
    }

    private static string Band(double age) =>
        age switch { <= 17 => "0_17", <= 30 => "18_30", <= 60 => "31_60", _ => "61_100" };
}
