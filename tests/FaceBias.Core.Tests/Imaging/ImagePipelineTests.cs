using FaceBias.Core.Imaging;
using FaceBias.Tests;

namespace FaceBias.Core.Tests.Imaging;

public class ImagePipelineTests
{
    private static readonly ImageSpec Spec = new(16, 16);

    private static string[] Files(int count)
    {
        var folder = TestPaths.NewFolder();
        var paths = Enumerable.Range(0, count).Select(i => Path.Combine(folder, $"{i}.png")).ToArray();
        for (var i = 0; i < count; i++)
        {
            if (i % 5 == 3)
                File.WriteAllText(paths[i], "not a picture");
            else
                File.WriteAllBytes(paths[i], TestImages.Png(16 + i, 16 + i % 3));
        }
        return paths;
    }

    private static IEnumerable<ImageBatch> Read(string[] paths, int batchSize, int threads,
        CancellationToken cancel = default)
    {
        var decoder = new ImageDecoder();
        return ImagePipeline.Read(
            paths.Length, Spec, batchSize, (i, pixels) => decoder.Decode(paths[i], Spec, pixels).Problem, threads,
            cancel);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 1)]
    [InlineData(7, 5)]
    [InlineData(64, 3)]
    public void Batches_come_in_order_with_what_the_decoder_gives(int batchSize, int threads)
    {
        var paths = Files(40);
        var next = 0;
        foreach (var batch in Read(paths, batchSize, threads))
        {
            Assert.Equal(Math.Min(batchSize, paths.Length - next), batch.Rows.Count);
            Assert.Equal(batch.Rows.Count * Spec.Length, batch.Pixels.Length);
            for (var i = 0; i < batch.Rows.Count; i++, next++)
            {
                Assert.Equal(next, batch.Rows[i]);
                var expected = new float[Spec.Length];
                Assert.Equal(new ImageDecoder().Decode(paths[next], Spec, expected).Problem, batch.Failures[i]);
                Assert.True(expected.AsSpan().SequenceEqual(batch.Pixels.Span.Slice(i * Spec.Length, Spec.Length)));
            }
        }
        Assert.Equal(paths.Length, next);
    }

    [Fact]
    public void No_files_give_no_batch() => Assert.Empty(Read([], 4, 2));

    [Fact]
    public void A_consumer_that_stops_early_ends_the_threads()
    {
        var paths = Files(60);
        for (var repeat = 0; repeat < 20; repeat++)
        {
            foreach (var batch in Read(paths, 2, 4))
            {
                if (batch.Rows[0] >= repeat)
                    break;
            }
        }
    }

    [Fact]
    public void Cancelling_ends_the_enumeration()
    {
        using var cancel = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (var batch in Read(Files(60), 2, 3, cancel.Token))
            {
                if (batch.Rows[0] >= 4)
                    cancel.Cancel();
            }
        });
    }
}
