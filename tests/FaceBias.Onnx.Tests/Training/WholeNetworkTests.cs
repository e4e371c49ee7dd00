using System.Text.Json.Nodes;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Training;

namespace FaceBias.Onnx.Tests.Training;

/// <summary>Gradients and training of whole networks against PyTorch.</summary>
public class WholeNetworkTests
{
    public static TheoryData<string, bool> Cases => new()
    {
        { "resnet", true }, { "mobilenet", true }, { "lab", true }, { "resnet18", false }, { "mobilenetv1", false },
        { "vae", true },
    };

    private static Networks.Network Build(string name) => name switch
    {
        "resnet" => Networks.ResNet(),
        "mobilenet" => Networks.MobileNet(),
        "resnet18" => Networks.ResNet18(),
        "mobilenetv1" => Networks.MobileNetV1(),
        "vae" => Networks.Vae(),
        _ => Networks.LabCnn(),
    };

    private static TrainingSession Session(Networks.Network network, bool training, Optimizer optimizer,
        int threads = 2)
    {
        var session = new TrainingSession(network.Model, "loss", [.. network.Parameters], optimizer,
            new TrainingSessionOptions
        {
            Threads = threads,
            BatchNorm = training ? BatchNormMode.Training : BatchNormMode.Frozen,
        });
        foreach (var (name, values) in network.Batch)
            if (values is float[] floats)
                floats.CopyTo(session.Input<float>(name));
            else
                ((long[])values).CopyTo(session.Input<long>(name));
        return session;
    }

    /// <summary>The graph that evaluates is laid out by what is known of its own values: nodes that only the graph with
    /// gradients has may have the same names.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(6)]
    public void Evaluating_gives_the_loss_of_a_step(int blocks)
    {
        var network = Networks.Depthwise(blocks);
        using var session = Session(network, training: false, new Sgd());
        var evaluated = session.Evaluate();
        Assert.Equal(session.Step(1e-6), evaluated, 1e-5);
    }

    [Theory, MemberData(nameof(Cases))]
    public void Gradients_agree_with_float64(string name, bool training)
    {
        var network = Build(name);
        var (expectedLoss, expected) =
            TorchPeer.Gradients(network.Model, "loss", network.Parameters, network.Batch, training);
        using var session = Session(network, training, new Sgd());
        // A plain step of rate 1 moves every parameter by its gradient.
        var before = session.GetParameters();
        var loss = session.Step(1);
        Assert.Equal(expectedLoss, loss, 1e-5);
        var errors = new List<double>();
        foreach (var parameter in network.Parameters)
        {
            var actual = before[parameter].Zip(session.GetParameter(parameter), (b, a) => (double)b - a).ToArray();
            errors.Add(TorchPeer.RelativeError(expected[parameter], actual));
        }
        errors.Sort();
        Assert.True(errors[^1] < 1e-3, $"largest relative error {errors[^1]}");
        Assert.True(errors[errors.Count / 2] < 1e-5, $"median relative error {errors[errors.Count / 2]}");
    }

    [Fact]
    public void Twenty_steps_of_the_lab_network_follow_PyTorch()
    {
        var network = Networks.LabCnn();
        var (expected, parameters) = TorchPeer.Train(
            network.Model, "loss", network.Parameters, network.Batch, 20, "SGD",
            new JsonObject { ["lr"] = 0.01, ["momentum"] = 0.9 }, training: true);
        using var session = Session(network, true, new Sgd(0.9));
        foreach (var loss in expected)
            Assert.Equal(loss, session.Step(0.01), Math.Max(1e-4, 0.01 * Math.Abs(loss)));
        foreach (var name in network.Parameters)
            Assert.True(TorchPeer.RelativeError(parameters[name],
                [.. session.GetParameter(name).Select(v => (double)v)]) < 1e-2, name);
    }

    [Fact]
    public void Sixty_four_images_are_learnt_by_heart()
    {
        using var session = Session(Networks.LabCnn(batch: 64), true, new Adam());
        var first = session.Step(1e-3);
        for (var i = 0; i < 40; i++)
            session.Step(1e-3);
        var loss = session.Step(0);
        Assert.True(first > 0.5 && loss < 1e-2, $"{first} fell to {loss}");
    }

    [Theory, InlineData("resnet"), InlineData("mobilenet"), InlineData("lab")]
    public void The_same_seed_and_threads_give_the_same_weights(string name)
    {
        var network = Build(name);
        var weights = new[] { 2, 2 }.Select(threads => Trained(network, true, threads)).ToArray();
        Assert.Equal(weights[0], weights[1]);
    }

    /// <summary>Convolutions are summed in an order that depends on the threads; dense layers are not.</summary>
    [Fact]
    public void Weights_of_dense_layers_do_not_depend_on_the_number_of_threads()
    {
        var network = Networks.Dense();
        var one = Trained(network, false, 1);
        Assert.Equal(one, Trained(network, false, 2));
        Assert.Equal(one, Trained(network, false, 3));
    }

    private static Dictionary<string, float[]> Trained(Networks.Network network, bool training, int threads)
    {
        using var session = Session(network, training, new AdamW { WeightDecay = 0.01, ClipNorm = 1 }, threads);
        for (var i = 0; i < 3; i++)
            session.Step(1e-3);
        return session.GetParameters();
    }
}
