using System.Numerics.Tensors;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Search.Spaces;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Training;

namespace FaceBias.Core.Heads.Methods;

/// <summary>DebiAN: a discoverer splits each class into two parts s and 1 - s between which the classifier's
/// probability of the truth differs most; the classifier weighs the worse part more, by 1 + s. Both learn in turns on
/// every batch.</summary>
internal sealed class Debian() : MitigationMethod("debian", "DebiAN", "Li, Hoogs, Xu 2022")
{
    private const float Epsilon = 1e-6f;

    internal override IReadOnlyList<Parameter> Space =>
    [
        .. Common(decay: 1e-4),
        Log("discoverer-rate", 1e-3, 1e-4, 1e-2),
        Choice("lambda", 1, 0.3, 1, 3),
    ];

    internal override TrainedModel Train(MitigationTask task, Settings settings)
    {
        var (batch, classes) = (Batch(task), task.Data.Outputs);
        using var net = new HeadNetwork(task, batch, [("", Shape(task, settings))], Optimizer(settings));
        var part = "";
        using var discoverer = new HeadNetwork(task, batch, [("", Shape(task, settings) with { Outputs = 1 })],
            Optimizer(settings),
            v => Discovery(v, classes, settings["lambda"], out part), _ => [part]);
        var p = new float[batch];
        var plan = new FitPlan
        {
            Sampler = BatchSampler.Shuffled(AllRows(task), task.Seed),
            Rate = settings["rate"],
            Before = rows =>
            {
                net.FillWeights(rows, null);
                net.Session.Evaluate();
                Probabilities(net.Session.Output<float>(net.Logits[""]), task.Train.Target, rows, classes, p);
                discoverer.Fill(task.Train, rows);
                p.CopyTo(discoverer.Session.Input<float>("p"));
                discoverer.Session.Step(settings["discoverer-rate"]);
                var weights = Weights(p, discoverer.Session.Output<float>(part), Truth(rows), classes);
                weights.CopyTo(net.Session.Input<float>(HeadNetwork.WeightInput));
            },
        };
        return Finish(task, net, HeadFit.Run(task, net, plan));

        int[] Truth(ReadOnlySpan<int> rows)
        {
            var truth = new int[rows.Length];
            for (var i = 0; i < truth.Length; i++)
                truth[i] = task.Train.Target[rows[i]];
            return truth;
        }
    }

    /// <summary>Σ over classes of -ln(ε + |P+ - P-|) - λ ln(ε + 1 - |mean s - mean (1 - s)|).</summary>
    internal static string Discovery(HeadValues v, int classes, double lambda, out string part)
    {
        var g = v.G;
        part = g.Add("Reshape", g.Add("Sigmoid", v.Heads[""].Logits), g.Constant(1L, v.Batch));
        var p = g.Add("Reshape", v.Input("p", v.Batch), g.Constant(1L, v.Batch));
        // [classes, N]: which samples are of which class.
        var member = g.Add("OneHot", [v.Truth, g.Constant((long)classes), g.Constant([0f, 1f], 2)], [("axis", 0L)]);
        var small = g.Constant(Epsilon);
        string Sum(string each) => g.Add("ReduceSum", [each, g.Constant(1L)], [("keepdims", 0L)]);
        var here = g.Add("Mul", member, part);
        var there = g.Add("Sub", member, here);
        string Mean(string weights) => g.Add("Div", Sum(g.Add("Mul", weights, p)), g.Add("Add", Sum(weights), small));
        var difference = g.Add("Abs", g.Add("Sub", Mean(here), Mean(there)));
        var count = g.Add("Max", Sum(member), g.Constant(1f));
        var imbalance = g.Add("Abs", g.Add("Div", g.Add("Sub", Sum(here), Sum(there)), count));
        var apart = g.Add("Log", g.Add("Add", difference, small));
        var even = g.Add("Log", g.Add("Add", g.Add("Sub", g.Constant(1f), imbalance), small));
        var gain = g.Add("Add", apart, g.Add("Mul", even, g.Constant((float)lambda)));
        return g.Add("Neg", g.Add("ReduceSum", [gain], [("keepdims", 0L)]));
    }

    /// <summary>1 + s per sample, with s turned round in classes where the part s has the higher probability of the
    /// truth.</summary>
    internal static float[] Weights(ReadOnlySpan<float> p, ReadOnlySpan<float> s, int[] truth, int classes)
    {
        double[] here = new double[classes], there = new double[classes], sumHere = new double[classes],
            sumThere = new double[classes];
        for (var i = 0; i < truth.Length; i++)
        {
            here[truth[i]] += s[i] * p[i];
            sumHere[truth[i]] += s[i];
            there[truth[i]] += (1 - s[i]) * p[i];
            sumThere[truth[i]] += 1 - s[i];
        }
        var weights = new float[truth.Length];
        for (var i = 0; i < truth.Length; i++)
        {
            var y = truth[i];
            var turned = here[y] / Math.Max(sumHere[y], Epsilon) > there[y] / Math.Max(sumThere[y], Epsilon);
            weights[i] = 1 + (turned ? 1 - s[i] : s[i]);
        }
        return weights;
    }

    private static void Probabilities(ReadOnlySpan<float> logits, int[] target, ReadOnlySpan<int> rows, int classes,
        float[] p)
    {
        for (var i = 0; i < rows.Length; i++)
        {
            var row = logits.Slice(i * classes, classes);
            double top = row[TensorPrimitives.IndexOfMax(row)], sum = 0;
            foreach (var l in row)
                sum += Math.Exp(l - top);
            p[i] = (float)(Math.Exp(row[target[rows[i]]] - top) / sum);
        }
    }
}
