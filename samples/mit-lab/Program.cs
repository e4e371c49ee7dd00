// The lab "Debiasing facial detection" of the MIT course 6.S191 from start to end, on drawn faces of which few are
// dark: a classifier with an autoencoder, who is rare, resampling, and for whom it fails. dotnet run [FOLDER] writes
// its pictures there.
using FaceBias.Core.Imaging;
using FaceBias.Core.Uncertainty.Representation;
using FaceBias.Core.Uncertainty.Resampling;
using FaceBias.Samples;
using FaceBias.Synthesis;

const int Count = 1280, Side = PixelVaeOptions.Side, Epochs = 6;
var folder = args.Length > 0 ? args[0] : Path.Combine(Path.GetTempPath(), "facebias-mit-lab");
var spec = SynthSpec.Parse(
    """{ "size": 64, "skin_tone": { "monk_2": 0.6, "monk_3": 0.35, "monk_9": 0.05 }, "planted": { "non_faces": 0.4 } }""", "the example");
var planted = SynthDataSet.Write(spec, Count, 1, folder);
var files = Directory.GetFiles(Path.Combine(folder, "images")).Order(StringComparer.Ordinal).ToArray();
var tones = File.ReadLines(Path.Combine(folder, "labels.csv")).Select(line => line.Split(',')).ToArray();
var (fileAt, toneAt) = (Array.IndexOf(tones[0], "image"), Array.IndexOf(tones[0], "skin_tone"));
var toneOf = tones.Skip(1).ToDictionary(row => row[fileAt], row => row[toneAt], StringComparer.Ordinal);

// The pictures, and whether each shows a face: 4 of 5 for training.
var without = planted.NonFaces.ToHashSet();
int[] labels = [.. files.Select(f => without.Contains(Path.GetFileName(f)) ? 0 : 1)];
var (pictures, decoder) = (new byte[files.Length][], new ImageDecoder());
Parallel.For(0, files.Length, i =>
{
    var pixels = new float[3 * Side * Side];
    if (decoder.Decode(files[i], new ImageSpec(Side, Side), pixels).Problem is { } problem)
        throw new InvalidOperationException($"{files[i]}: {problem}");
    pictures[i] = Array.ConvertAll(pixels, p => (byte)p);
});
void Picture(int row, Span<float> pixels)
{
    for (var i = 0; i < pixels.Length; i++)
        pixels[i] = pictures[row][i];
}

int[] train = [.. Enumerable.Range(0, files.Length).Where(i => i % 5 != 0)],
    test = [.. Enumerable.Range(0, files.Length).Where(i => i % 5 == 0)];
bool IsDark(int row) =>
    toneOf.GetValueOrDefault(Path.GetFileName(files[row]), "").EndsWith("monk_9", StringComparison.Ordinal);

foreach (var resampled in new[] { false, true })
{
    using var vae = new PixelVae(Picture, labels, classes: 2, positive: 1, new PixelVaeOptions { Latents = 32 });
    var order = resampled
        ? PictureResampling.Of(vae, train,
            told: (epoch, t, share) =>
                Console.WriteLine($"  epoch {epoch}: exponent {t:0.000}, effective sample {share:P0}")) : null;
    var losses = vae.Train(train, Epochs, order);
    Console.WriteLine(
        $"{(resampled ? "resampled" : "every picture once")}: loss {losses[0]:0.000} to {losses[^1]:0.000}");
    Evaluate(vae);
    if (resampled)
        continue;
    Show(vae);
    vae.Export([.. train.Where(i => labels[i] == 1)], Path.Combine(folder, "histogram-vae.onnx"));
    AleatoricChallenge.Run(folder, pictures, labels, vae, Strip);
}

// For whom does it fail? Recall of faces, as the lab counts.
void Evaluate(PixelVae vae)
{
    var p = vae.Encode(test).Probabilities;
    string Recall(Func<int, bool> of)
    {
        int[] rows = [.. Enumerable.Range(0, test.Length).Where(i => labels[test[i]] == 1 && of(test[i]))];
        return $"{rows.Count(i => p[2 * i + 1] > 0.5)} of {rows.Length}";
    }

    Console.WriteLine(
        $"  faces found: light {Recall(i => !IsDark(i))}, dark {Recall(IsDark)}; errors in all "
            + $"{test.Where((row, i) => p[2 * i + 1] > 0.5 != (labels[row] == 1)).Count()} of {test.Length}");
}

// Who is rare? The rarest and the most usual faces, and the average face of each tenth.
void Show(PixelVae vae)
{
    int[] faces = [.. train.Where(i => labels[i] == 1)];
    var rarity = vae.Rarity(faces);
    int[] ranked = [.. Enumerable.Range(0, faces.Length).OrderBy(i => rarity[i]).Select(i => faces[i])];
    Strip("usual.png", ranked[..8].Select(i => Array.ConvertAll(pictures[i], b => (float)b)));
    Strip("rare.png", ranked[^8..].Select(i => Array.ConvertAll(pictures[i], b => (float)b)));
    Strip("averages.png",
        Enumerable.Range(0, 10).Select(t => ranked[(t * ranked.Length / 10)..((t + 1) * ranked.Length / 10)])
            .Select(tenth =>
        Enumerable.Range(0, 3 * Side * Side).Select(k => (float)tenth.Average(i => (double)pictures[i][k])).ToArray()));
    Console.WriteLine(
        $"  dark faces: {faces.Count(IsDark)} of {faces.Length} in training, "
            + $"{ranked[^(ranked.Length / 10)..].Count(IsDark)} of the {ranked.Length / 10} rarest; pictures in {folder}");
}

void Strip(string name, IEnumerable<float[]> row)
{
    var all = row.ToArray();
    var strip = new float[3 * Side * Side * all.Length];
    for (var n = 0; n < all.Length; n++)
        for (var c = 0; c < 3; c++)
            for (var y = 0; y < Side; y++)
                all[n].AsSpan((c * Side + y) * Side, Side).CopyTo(
                    strip.AsSpan((c * Side + y) * Side * all.Length + n * Side));
    File.WriteAllBytes(Path.Combine(folder, name), PictureEncoder.Png(strip, new ImageSpec(Side * all.Length, Side)));
}
