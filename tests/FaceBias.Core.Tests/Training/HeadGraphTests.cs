using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Heads.Model;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Runtime;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Core.Tests.Training;

public class HeadGraphTests
{
    [Fact]
    public void A_number_is_the_median_of_its_distribution()
    {
        // Bins 10, 12, 14, 16, 18, each a rectangle two wide.
        Assert.Equal(14, Median(0.2, 0.2, 0.2, 0.2, 0.2), 1e-4);
        Assert.Equal(16, Median(0, 0, 0, 1, 0), 1e-4);
        Assert.Equal(10, Median(1, 0, 0, 0, 0), 1e-4);
        Assert.Equal(18, Median(0, 0, 0, 0, 1), 1e-4);
        // 0.4 lies below 13; a third of the bin of 14 is missing to one half.
        Assert.Equal(13 + 2 * 0.1 / 0.3, Median(0.3, 0.1, 0.3, 0.2, 0.1), 1e-4);
        // Far from the expectation (12.4), which the tail pulls up.
        Assert.Equal(9 + 2 * 0.5 / 0.7, Median(0.7, 0, 0, 0, 0.3), 1e-4);
    }

    [Fact]
    public void Members_are_averaged_as_distributions()
    {
        // One sees 10, the other 18 and 16: half of the mass is at 10, so the median is its upper end.
        Assert.Equal(11, Median([1, 0, 0, 0, 0], [0, 0, 0, 0.5, 0.5]), 0.01);
        Assert.Equal(9 + 2 * 0.5 / 0.7, Median([1, 0, 0, 0, 0], [0.4, 0, 0, 0.3, 0.3]), 1e-4);
    }

    [Fact]
    public void Whole_numbers_have_a_whole_median()
    {
        var whole = new NumericOutput("age", 10, 14, 5, null);
        var random = new Random(4);
        for (var i = 0; i < 200; i++)
        {
            var weights = Enumerable.Range(0, 5).Select(_ => Math.Pow(random.NextDouble(), 3)).ToArray();
            var probabilities = weights.Select(w => w / weights.Sum()).ToArray();
            // The smallest value that at least half of the mass does not exceed.
            var sum = 0.0;
            var expected = 10 + probabilities.TakeWhile(p => (sum += p) < 0.5).Count();
            Assert.Equal(expected, Median(whole, probabilities));
        }
        Assert.False(new NumericOutput("score", 10.5, 14.5, 5, null).IsWhole);
    }

    private static double Median(params double[] probabilities) => Median([probabilities]);

    private static double Median(params double[][] members) =>
        Median(new NumericOutput("age", 10, 18, 5, null), members);

    private static double Median(NumericOutput output, params double[][] members)
    {
        var g = new GraphBuilder("test");
        var names = members.Select((_, m) => g.Input($"logits{m}", DataType.Float, "N", 5)).ToArray();
        HeadGraph.AddOutput(g, output, names);
        using var session = new OnnxSession(g.Model);
        using var batch = session.CreateBatch(1);
        for (var m = 0; m < members.Length; m++)
            members[m].Select(p => (float)Math.Log(Math.Max(p, 1e-20))).ToArray().CopyTo(batch.Input<float>(names[m]));
        batch.Run();
        return batch.Output<float>("age")[0];
    }
}
