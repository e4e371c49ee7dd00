using System.Globalization;
using FaceBias.Core.Imaging;
using FaceBias.Core.Uncertainty.Representation;

namespace FaceBias.Benchmarks.Uncertainty;

/// <summary>The question of <see cref="RareGroup"/>, asked of the lab's autoencoder of 64x64 pixels: it learns the
/// training images, a group thinned to 5% of them, and scores the test images.</summary>
internal static class RarePixels
{
    private const int Side = PixelVaeOptions.Side;

    public static void Run(string run, string images, int seeds, int epochs)
    {
        using var world = RunWorld.Of(run);
        var pictures = Pictures(world, images);
        void Picture(int row, Span<float> pixels)
        {
            for (var i = 0; i < pixels.Length; i++)
                pixels[i] = pictures[row][i];
        }

        var gender = world.Labels("gender").Codes;
        var labels = Enumerable.Range(0, gender.Length).Select(r => Math.Max(0, gender[r])).ToArray();
        (double[] Representation, double[] Reconstruction) Scores(IReadOnlyList<int> train, int seed)
        {
            using var vae = new PixelVae(Picture, labels, classes: 2, positive: null,
                new PixelVaeOptions { Seed = (ulong)seed + 7, Epochs = epochs });
            vae.Train(train, epochs);
            var test = vae.Encode(world.Test);
            return ([.. vae.Histograms(vae.Encode(train)).LogDensity(test.Means).Select(d => -d)],
                [.. test.Errors.Select(e => (double)e)]);
        }

        Console.WriteLine(
            $"AUC of the thinned group against the others among {world.Test.Count:N0} test images, mean of {seeds} "
                + $"seeds, {epochs} epochs, in brackets the same group not thinned\n");
        Console.WriteLine("| group, 5% of training | representation (pixels) | reconstruction (pixels) |");
        Console.WriteLine("|---|---|---|");
        var whole = Scores(world.Rows.Train, 0);
        foreach (var (name, has) in RareGroup.Groups())
        {
            var of = has(world);
            double Auc(double[] scores) => RunWorld.Auc(scores, i => of(world.Test[i]));
            var thinned = Enumerable.Range(0, seeds)
                .Select(s => Scores(world.Thinned(of, RareGroup.Share, s), s)).ToArray();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {name} | {thinned.Average(t => Auc(t.Representation)):0.000} ({Auc(whole.Representation):0.000}) "
                    + $"| {thinned.Average(t => Auc(t.Reconstruction)):0.000} ({Auc(whole.Reconstruction):0.000}) |"));
        }
    }

    private static byte[][] Pictures(RunWorld world, string images)
    {
        var pictures = new byte[world.Ids.Count][];
        Parallel.For(0, pictures.Length, () => new ImageDecoder(), (row, _, decoder) =>
        {
            var pixels = new float[3 * Side * Side];
            var file = Path.Combine(images, world.Ids[row]);
            if (decoder.Decode(file, new ImageSpec(Side, Side), pixels).Problem is { } problem)
                throw new InvalidOperationException($"{file}: {problem}");
            pictures[row] = Array.ConvertAll(pixels, p => (byte)p);
            return decoder;
        }, _ => { });
        return pictures;
    }
}
