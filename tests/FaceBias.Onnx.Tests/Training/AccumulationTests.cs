using FaceBias.Onnx.Training;
using FaceBias.Tests;

namespace FaceBias.Onnx.Tests.Training;

/// <summary>Several small steps in the place of a large one, and the moving average of the parameters.</summary>
public class AccumulationTests
{
    private const int Images = 8;

    private static TrainingSession Session(int batch, int accumulate, Optimizer optimizer, bool batchNorm = false)
    {
        var network = batchNorm ? Networks.ResNet(batch) : Networks.LabCnn(batch, 32);
        return new TrainingSession(network.Model, "loss", [.. network.Parameters], optimizer, new TrainingSessionOptions
        {
            Threads = 1,
            AccumulationSteps = accumulate,
            BatchNorm = batchNorm ? BatchNormMode.Training : BatchNormMode.Frozen,
        });
    }

    /// <summary>Fills rows of the batch from images counted on from <paramref name="first"/>.</summary>
    private static void Fill(TrainingSession session, int first)
    {
        var x = session.Input<float>("x");
        var labels = session.Input<long>("labels");
        var length = x.Length / labels.Length;
        for (var i = 0; i < labels.Length; i++)
        {
            var random = new Random(first + i);
            labels[i] = (first + i) % 2;
            foreach (ref var value in x.Slice(i * length, length))
                value = random.NextSingle();
        }
    }

    private static void Train(TrainingSession session, int from, int to)
    {
        var batch = session.Input<long>("labels").Length;
        for (var image = from; image < to; image += batch)
        {
            Fill(session, image);
            session.Step(1e-3);
        }
    }

    [Fact]
    public void Four_steps_of_two_images_move_the_parameters_as_one_of_eight_does()
    {
        var optimizer = new AdamW { WeightDecay = 0.01, ClipNorm = 1, EmaDecay = 0.7 };
        using var large = Session(Images, 1, optimizer);
        using var small = Session(2, 4, optimizer);
        Train(large, 0, 3 * Images);
        Train(small, 0, 3 * Images);
        Assert.Equal((3, 12, 3), (large.UpdateCount, small.StepCount, small.UpdateCount));
        foreach (var (expected, actual) in new[] { (large.GetParameters(), small.GetParameters()),
            (large.GetAverages(), small.GetAverages()) })
            foreach (var name in expected.Keys)
                for (var i = 0; i < expected[name].Length; i++)
                    Assert.Equal(expected[name][i], actual[name][i], 2e-4);
    }

    [Fact]
    public void Parameters_stand_still_until_the_last_step_and_statistics_do_not()
    {
        using var session = Session(2, 3, new Sgd(0.9), batchNorm: true);
        var before = session.GetParameters();
        Train(session, 0, 4);
        var between = session.GetParameters();
        Assert.Equal(before["conv1"], between["conv1"]);
        Assert.NotEqual(before["mean4"], between["mean4"]);
        Train(session, 4, 6);
        Assert.NotEqual(before["conv1"], session.GetParameter("conv1"));
    }

    [Fact]
    public void A_checkpoint_between_two_updates_goes_on_bit_for_bit()
    {
        var path = Path.Combine(TestPaths.NewFolder(), "last.safetensors");
        var optimizer = new Adam { EmaDecay = 0.9 };
        using var straight = Session(2, 4, optimizer);
        Train(straight, 0, 24);
        using (var first = Session(2, 4, optimizer))
        {
            Train(first, 0, 10);
            first.SaveCheckpoint(path, "ten");
        }
        Assert.Equal("ten", TrainingSession.ReadProgress(path));
        using var second = Session(2, 4, optimizer);
        second.LoadCheckpoint(path);
        Train(second, 10, 24);
        Assert.Equal(straight.GetParameters(), second.GetParameters());
        Assert.Equal(straight.GetAverages(), second.GetAverages());
    }

    [Fact]
    public void The_average_is_that_of_the_parameters_after_each_step()
    {
        const double Decay = 0.8;
        using var session = Session(Images, 1, new Sgd { EmaDecay = Decay });
        Assert.Equal(session.GetParameters(), session.GetAverages());
        double sum = 0, weights = 0;
        for (var step = 0; step < 5; step++)
        {
            Train(session, step, step + 1);
            sum = sum * Decay + session.GetParameter("conv1")[0] * (1 - Decay);
            weights = weights * Decay + (1 - Decay);
        }
        Assert.Equal(sum / weights, session.GetAverages()["conv1"][0], 1e-6);
        Assert.NotEqual(session.GetParameter("conv1")[0], session.GetAverages()["conv1"][0]);
    }
}
