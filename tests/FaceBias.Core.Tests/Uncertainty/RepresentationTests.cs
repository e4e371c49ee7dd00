using FaceBias.Core.Uncertainty;
using FaceBias.Core.Uncertainty.Representation;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Runtime;
using FaceBias.Primitives.Randomness;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Core.Tests.Uncertainty;

public class RepresentationTests
{
    [Fact]
    public void Densities_are_shares_over_widths_in_deviations()
    {
        // Ten values, two bins: one narrow, one wide.
        float[] values = [0, 1, 2, 3, 4, 5, 25, 45, 65, 85];
        var mean = values.Average();
        var deviation = Math.Sqrt(values.Average(v => (v - mean) * (double)(v - mean)));
        var histograms = LatentHistograms.Fit(values, 1, 2, 0.01);
        var density = histograms.LogDensity([1, 80, -1000, 1000]);
        Assert.Equal(Math.Log(0.5 / (4.5 / deviation) + 0.01), density[0], 1e-9);
        Assert.Equal(Math.Log(0.5 / (80.5 / deviation) + 0.01), density[1], 1e-9);
        Assert.Equal((density[0], density[1]), (density[2], density[3]));
    }

    [Fact]
    public void Graph_gives_the_same_densities()
    {
        var random = new RandomSource(1).Stream("latents");
        const int Latents = 5, Rows = 300;
        var values = new float[Rows * Latents];
        for (var i = 0; i < values.Length; i++)
            values[i] = i % Latents == 3 ? 2 : i % Latents == 4 ? (float)Math.Max(0, random.NextNormal())
                : (float)random.NextNormal();
        var histograms = LatentHistograms.Fit(values, Latents, 10, 0.01);
        Assert.Equal([3], histograms.Collapsed);
        Assert.Contains("1 of 5 latents", histograms.Notice, StringComparison.Ordinal);
        Assert.EndsWith(": 4.", histograms.Notice, StringComparison.Ordinal);
        var g = new GraphBuilder("test");
        g.Input("latents", DataType.Float, "N", Latents);
        g.Output(g.Add("Identity", [histograms.AddTo(g, "latents")], [], "rarity"), DataType.Float, "N", 1);
        using var session = new OnnxSession(g.Model);
        using var batch = session.CreateBatch(Rows);
        values.CopyTo(batch.Input<float>("latents"));
        batch.Run();
        var expected = histograms.LogDensity(values);
        var actual = batch.Output<float>("rarity").ToArray();
        for (var r = 0; r < Rows; r++)
            Assert.Equal(-expected[r], actual[r], 1e-4);
    }

    [Fact]
    public void Bad_latents_are_refused_by_one_sentence()
    {
        Assert.Contains("3 rows cannot fill",
            Assert.Throws<FaceBiasException>(() => LatentHistograms.Fit([1, 2, 3], 1, 5, 0.01)).Message,
            StringComparison.Ordinal);
        Assert.Contains("not a number",
            Assert.Throws<FaceBiasException>(() => LatentHistograms.Fit([1, float.NaN, 3], 1, 2, 0.01)).Message,
            StringComparison.Ordinal);
        Assert.Contains("collapsed",
            Assert.Throws<FaceBiasException>(() => LatentHistograms.Fit([1, 1, 1], 1, 2, 0.01)).Message,
            StringComparison.Ordinal);
        // An alpha of 0 adds nothing and is defined.
        Assert.All(LatentHistograms.Fit([1, 2, 3, 4, 9], 1, 2, 0).LogDensity([1, 9]),
            v => Assert.True(double.IsFinite(v)));
        var rows = WrappedRows.Two.Rows;
        Assert.Contains("too few", Assert.Throws<FaceBiasException>(
            () => new FeatureVae(rows.Features, rows.Width, [1, 2, 3], new VaeOptions(), 1, 1)).Message,
            StringComparison.Ordinal);
        float[] broken = [float.NaN, 1, 2, 3, 4, 5, 6, 7];
        using var vae = new FeatureVae(_ => broken, 8, [.. Enumerable.Range(0, 20)],
            new VaeOptions { Latents = 2, Hidden = 4 }, 1, 1);
        Assert.Contains("not finite",
            Assert.Throws<FaceBiasException>(() => vae.Train([.. Enumerable.Range(0, 20)], 1, null, default)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_rare_kind_of_row_is_rarer_and_worse_reconstructed()
    {
        var random = new RandomSource(9).Stream("rows");
        const int Count = 1000, Width = 12;
        var values = new float[Count * Width];
        for (var i = 0; i < Count; i++)
            for (var d = 0; d < Width; d++)
                values[i * Width + d] =
                    (float)(random.NextNormal() * (d < 3 ? 3 : 0.3) + (i % 20 == 0 && d < 3 ? 7 : 0));
        var world = WrappedRows.Two;
        int[] rows = [.. Enumerable.Range(0, Count)];
        using var vae = new FeatureVae(i => values.AsSpan(i * Width, Width), Width, rows,
            new VaeOptions { Latents = 6, Hidden = 32 }, 3, 1);
        var first = vae.Train(rows, 1, null, default)[^1];
        var last = vae.Train(rows, 30, null, default)[^1];
        Assert.True(last < first, $"{first} {last}");
        var (means, logs, errors) = vae.Encode(rows, default);
        var histograms = LatentHistograms.Fit(means, 6, 10, 0.01, VaeTerms.Divergences(means, logs, 6), 0.01);
        Assert.True(WrapperTests.Auc([.. histograms.LogDensity(means).Select(d => (float)-d)], i => i % 20 == 0) > 0.8);
        Assert.Equal(Count, errors.Length);
        Assert.NotNull(world);
    }

    [Fact]
    public void Pixel_network_learns_and_its_model_gives_everything_in_one_pass()
    {
        // A bright square left or right, and its brightness.
        var options = new PixelVaeOptions { Latents = 4, Filters = 2, BatchSize = 16, Bins = 4, LearningRate = 2e-3,
            Threads = 1 };
        var labels = Enumerable.Range(0, 64).Select(i => i % 2).ToArray();
        void Picture(int row, Span<float> pixels)
        {
            pixels.Fill(20);
            for (var c = 0; c < 3; c++)
                for (var y = 16; y < 48; y++)
                    pixels.Slice(c * 4096 + y * 64 + (row % 2 == 0 ? 0 : 32), 32).Fill(100 + row * 2);
        }

        using var vae = new PixelVae(Picture, labels, 2, positive: 1, options);
        int[] rows = [.. Enumerable.Range(0, 64)];
        var losses = vae.Train(rows, 12, cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(losses[^1] < 0.8 * losses[0], $"{losses[0]} {losses[^1]}");
        int[] positive = [.. rows.Where(r => labels[r] == 1)];
        using var session = new OnnxSession(vae.Export(positive, TestContext.Current.CancellationToken));
        using var batch = session.CreateBatch(8);
        for (var i = 0; i < 8; i++)
            Picture(i, batch.Input<float>("pixels").Slice(i * 12288, 12288));
        batch.Run();
        var codes = vae.Encode([.. Enumerable.Range(0, 8)], TestContext.Current.CancellationToken);
        var (classes, errors, rarity) = (batch.Output<float>("classes").ToArray(),
            batch.Output<float>("uncertainty_reconstruction").ToArray(),
            batch.Output<float>("uncertainty_representation").ToArray());
        for (var i = 0; i < 8; i++)
        {
            Assert.True(classes[2 * i + i % 2] > 0.5);
            Assert.Equal(codes.Errors[i], errors[i], 1e-4f);
            Assert.True(float.IsFinite(rarity[i]));
        }
        Assert.Equal(8 * 12288, batch.Output<float>("reconstruction").Length);
    }
}
