using FaceBias.Core.Heads.Data;
using FaceBias.Core.Heads.Methods;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Runtime;
using FaceBias.Workflows.Sweep;

namespace FaceBias.Core.Tests.Mitigation;

/// <summary>Every method removes a planted shortcut that ERM takes, on data small enough for seconds.</summary>
public class MethodTests
{
    private static readonly HeadData Data =
        SyntheticBias.Create(new() { Train = 1200, Width = 20, Validation = 60, Test = 200, Correlation = 0.97 });
    private static readonly MitigationTask Prepared =
        MitigationTask.Prepare(Data).With(epochs: 25, patience: 25, batch: 128);
    private static readonly HeadData Small =
        SyntheticBias.Create(new() { Train = 160, Width = 6, Validation = 12, Test = 12, Correlation = 0.8 });
    private static readonly Lazy<double> Erm = new(() => Worst("erm", Prepared).Worst);

    public static TheoryData<string> Names =>
        [.. MitigationMethods.All.Select(m => m.Name).Where(n => n is not ("erm" or "class-balanced"))];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_method_serves_the_worst_group_better_than_ERM(string name)
    {
        var metrics = Worst(name, Prepared);
        Assert.True(metrics.Worst > Erm.Value + 0.03,
            $"{name}: worst group {metrics.Worst:0.000}, ERM {Erm.Value:0.000}");
    }

    [Fact]
    public void A_batch_larger_than_the_rows_that_AFR_keeps_for_its_first_stage_is_made_smaller()
    {
        var method = MitigationMethods.Find(["afr"])[0];
        var head = method.Train(MitigationTask.Prepare(Small).With(epochs: 2, batch: 160),
            Settings.Defaults(method.Space));
        Assert.All(head.Predict(Small.Test), v => Assert.True(float.IsFinite(v)));
    }

    [Fact]
    public void A_linear_head_of_two_classes_tells_them_apart_as_its_weights_say()
    {
        var shape = new HeadShape(3, 0, 2);
        var g = new GraphBuilder("linear");
        g.Input("x", TensorProto.Types.DataType.Float, 1, 3);
        float[] weight = [0.5f, -1, 2, 0.25f, -0.5f, 1], bias = [0.1f, -0.3f];
        g.Initializer(Tensors.Float("out.weight", weight, 3, 2));
        g.Initializer(Tensors.Float("out.bias", bias, 2));
        g.Output(shape.AddTo(g, "x").Logits, TensorProto.Types.DataType.Float, 1, 2);
        using var session = new OnnxSession(g.Model, new OnnxSessionOptions { Threads = 1 });
        using var run = session.CreateBatch(1);
        float[] x = [1, 2, -3];
        x.CopyTo(run.Input<float>("x"));
        run.Run();
        var logits = run.Output<float>(g.Graph.Output[0].Name);
        // 1 (-1 - 0.5) + 2 (0.25 - 2) - 3 (1 + 0.5) - 0.3 - 0.1 = -9.9.
        Assert.Equal(-9.9, logits[1] - logits[0], 1e-5);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_same_seed_gives_the_same_head(string name)
    {
        var method = MitigationMethods.Find([name])[0];
        var task = MitigationTask.Prepare(Small).With(epochs: 2, batch: 64);
        var (a, b) = (method.Train(task, Settings.Defaults(method.Space)),
            method.Train(task, Settings.Defaults(method.Space)));
        Assert.Equal(a.Predict(Small.Test), b.Predict(Small.Test));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Other_numbers_for_the_levels_change_nothing_for_anybody(string name)
    {
        static HeadPart Swap(HeadPart p) =>
            new(p.Features, p.Width, p.Target, p.Values, [.. p.Bias!.Select(b => 1 - b)]);
        var swapped = Small with { Train = Swap(Small.Train), Validation = Swap(Small.Validation),
            Test = Swap(Small.Test) };
        var method = MitigationMethods.Find([name])[0];
        float[] Outputs(HeadData data)
        {
            var task = MitigationTask.Prepare(data).With(epochs: 2, batch: 64);
            return method.Train(task, Settings.Defaults(method.Space)).Predict(data.Test);
        }
        var (a, b) = (Outputs(Small), Outputs(swapped));
        // Sums over groups are added in another order, so the last digits may differ.
        Assert.True(a.Zip(b, (x, y) => Math.Abs(x - y)).Max() < 2e-3);
    }

    public static TheoryData<string> Refittable =>
        [.. MitigationMethods.All.Where(m => MethodSpace.CanSweep(m) && !m.FitsOnValidation).Select(m => m.Name)];

    [Theory]
    [MemberData(nameof(Refittable))]
    public void The_epochs_that_were_best_give_the_same_head_without_a_look_at_validation(string name)
    {
        var method = MitigationMethods.Find([name])[0];
        var task = MitigationTask.Prepare(Small).With(epochs: 6, batch: 64);
        var kept = method.Train(task, Settings.Defaults(method.Space));
        var again = method.Train(task.With(finalEpochs: kept.BestEpoch), Settings.Defaults(method.Space));
        Assert.Equal(kept.BestEpoch, again.BestEpoch);
        Assert.Equal(kept.Predict(Small.Test), again.Predict(Small.Test));
    }

    private static GroupMetrics Worst(string name, MitigationTask task)
    {
        var method = MitigationMethods.Find([name])[0];
        var head = method.Train(task, Settings.Defaults(method.Space));
        return GroupMetrics.Of(GroupMetrics.Outcomes(Data.Test, head.Predict(Data.Test), 2), Data.Groups(Data.Test), 4,
            false);
    }
}
