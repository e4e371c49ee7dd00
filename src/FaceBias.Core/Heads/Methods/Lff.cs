using FaceBias.Core.Heads.Model;
using FaceBias.Core.Search.Spaces;
using FaceBias.Onnx.Training;

namespace FaceBias.Core.Heads.Methods;

/// <summary>Learning from failure: a biased head is fed by generalised cross-entropy, which favours easy samples; the
/// other head weighs each sample by its relative difficulty W = Lb / (Lb + Ld), with both losses smoothed per sample
/// and divided by the largest of its class.</summary>
internal sealed class Lff() : MitigationMethod("lff", "LfF", "Nam et al. 2020")
{
    private const string Biased = "biased.", Debiased = "debiased.";

    internal override IReadOnlyList<Parameter> Space =>
    [
        .. Common(),
        Choice("q", 0.7, 0.5, 0.7, 0.9),
        Choice("smoothing", 0.7, 0.5, 0.7, 0.9),
    ];

    internal override TrainedModel Train(MitigationTask task, Settings settings)
    {
        var (batch, classes, target) = (Batch(task), task.Data.Outputs, task.Train.Target);
        var shape = Shape(task, settings);
        Names names = default;
        using var net = new HeadNetwork(task, batch, [(Biased, shape), (Debiased, shape)], Optimizer(settings),
            v => Loss(v, settings["q"], out names), _ => [names.Biased, names.Debiased, names.Weights]);
        var smoothed = new[] { new float[task.Train.Rows], new float[task.Train.Rows] };
        var visited = new bool[task.Train.Rows];
        var inBatch = new bool[task.Train.Rows];
        var plan = new FitPlan
        {
            Sampler = BatchSampler.Shuffled(AllRows(task), task.Seed),
            Rate = settings["rate"],
            Before = rows =>
            {
                foreach (var r in rows)
                    inBatch[r] = true;
                for (var side = 0; side < 2; side++)
                {
                    var before = net.Session.Input<float>($"before.{side}");
                    var largest = net.Session.Input<float>($"largest.{side}");
                    largest.Clear();
                    for (var r = 0; r < target.Length; r++)
                        if (!inBatch[r])
                            largest[target[r]] = Math.Max(largest[target[r]], smoothed[side][r]);
                    for (var i = 0; i < rows.Length; i++)
                        before[i] = smoothed[side][rows[i]];
                }
                var keep = net.Session.Input<float>("keep");
                for (var i = 0; i < rows.Length; i++)
                    keep[i] = visited[rows[i]] ? (float)settings["smoothing"] : 0;
            },
            After = rows =>
            {
                var b = net.Session.Output<float>(names.Biased);
                var d = net.Session.Output<float>(names.Debiased);
                for (var i = 0; i < rows.Length; i++)
                {
                    (smoothed[0][rows[i]], smoothed[1][rows[i]]) = (b[i], d[i]);
                    (visited[rows[i]], inBatch[rows[i]]) = (true, false);
                }
            },
        };
        return Finish(task, net,
            HeadFit.Run(task, net,
                plan with { RowWeight = (_, place) => net.Session.Output<float>(names.Weights)[place] }));
    }

    /// <summary>Names of the smoothed losses and of the weights.</summary>
    internal readonly record struct Names(string Biased, string Debiased, string Weights);

    /// <summary>The sum of both heads' losses. Inputs: what each sample's smoothed losses were (before.0, before.1),
    /// how much of that is kept (keep), and the largest smoothed loss per class outside the batch (largest.0,
    /// largest.1).</summary>
    internal static string Loss(HeadValues v, double q, out Names names)
    {
        var g = v.G;
        string biased = v.Heads[Biased].Logits, debiased = v.Heads[Debiased].Logits;
        var keep = v.Input("keep", v.Batch);
        var each = v.Each(debiased);
        var (b, b1) = Relative(v, v.Each(biased), 0, keep);
        var (d, d1) = Relative(v, each, 1, keep);
        var weights = g.StopGradient(g.Add("Div", b, g.Add("Add", g.Add("Add", b, d), g.Constant(1e-8f))));
        names = new(b1, d1, weights);
        var easy = Losses.GeneralizedCrossEntropy(g, biased, v.Truth, v.Outputs, q);
        return Losses.Combine(g, (easy, 1), (Losses.Mean(g, g.Add("Mul", weights, each)), 1));
    }

    /// <summary>A smoothed loss, and that divided by the largest of the sample's class.</summary>
    private static (string Relative, string Smoothed) Relative(HeadValues v, string each, int side, string keep)
    {
        var g = v.G;
        string before = v.Input($"before.{side}", v.Batch), largest = v.Input($"largest.{side}", v.Outputs);
        var smoothed = g.StopGradient(
            g.Add("Add", g.Add("Mul", keep, before), g.Add("Mul", g.Add("Sub", g.Constant(1f), keep), each)));
        var member = g.Add("OneHot", v.Truth, g.Constant((long)v.Outputs), g.Constant([0f, 1f], 2));
        var column = g.Add("Reshape", smoothed, g.Constant(v.Batch, 1L));
        var here = g.Add("ReduceMax", [g.Add("Mul", member, column), g.Constant(0L)], [("keepdims", 0L)]);
        var top = g.Add("Gather", g.Add("Max", here, largest), v.Truth);
        return (g.Add("Div", smoothed, g.Add("Max", top, g.Constant(1e-12f))), smoothed);
    }
}
