using FaceBias.Core.Auditing;

namespace FaceBias.Core.Mitigation.Methods;

/// <summary>
/// Deep feature reweighting: the last layer anew, as logistic regression on held-out rows in which all groups weigh the
/// same. The penalty is tuned on one half of the validation rows after fitting on the other, and the other way round.
/// </summary>
internal sealed class Dfr : MitigationMethod
{
    /// <summary>Weights of the penalty relative to the mean loss.</summary>
    private static readonly double[] Penalties = [0.1, 0.03, 0.01, 0.003, 0.001, 0.0003];

    public override string Name => "dfr";

    public override string Title => "DFR";

    public override string Source => "Kirichenko, Izmailov, Wilson 2023";

    public override string Departure =>
        "All rows take part with weights instead of averaging 20 balanced subsamples; the layer may also be L2-penalised, sit on ERM's hidden layer, or see the training rows too.";

    public override GroupUse Groups => GroupUse.Fitting;

    public override bool HandlesNumbers => true;

    public override IReadOnlyList<Hyperparameter> Space =>
    [
        Hyperparameter.Choice("hidden", 0, 0, 128),
        Hyperparameter.Choice("l1", 1, 0, 1),
        Hyperparameter.Choice("with-training", 0, 0, 1),
    ];

    public override TrainedHead Train(MitigationTask task, Settings settings)
    {
        HeadNetwork? net = null;
        try
        {
            if (settings.Count("hidden") > 0)
            {
                var erm = new Settings(new Dictionary<string, double> { ["rate"] = 1e-3, ["decay"] = 1e-3, ["hidden"] = settings["hidden"] });
                net = Erm.Network(task, erm);
                HeadFit.Run(task, net, Erm.Plan(task, erm, net) with { Stage = "first" });
            }
            return Fit(task, settings, net);
        }
        finally
        {
            net?.Dispose();
        }
    }

    private static TrainedHead Fit(MitigationTask task, Settings settings, HeadNetwork? net)
    {
        var withTraining = settings.Count("with-training") == 1;
        var validation = Layer(task.Validation, net);
        var pool = withTraining ? Join(validation, Layer(task.Train, net)) : validation;
        int[] groups = withTraining ? [.. task.ValidationGroups, .. task.TrainGroups] : task.ValidationGroups;
        var fold = Halves(task.ValidationGroups, task.Data.GroupCount, task.Seed);

        // Held-out outputs of both halves give one score per penalty.
        var best = (Score: double.NegativeInfinity, Penalty: Penalties[0]);
        var balanced = Enumerable.Range(0, 2).Select(half => Balanced(groups, task.Data.GroupCount, i => i >= fold.Length || fold[i] != half)).ToArray();
        var curvature = balanced.Select(w => ConvexFit.LargestEigenvalue(pool, w)).ToArray();
        foreach (var penalty in Penalties)
        {
            using var fit = Penalised(task, pool, settings, penalty);
            var heldOut = new float[validation.Rows * task.Data.Outputs];
            for (var half = 0; half < 2; half++)
            {
                var outputs = ConvexFit.Outputs(validation, fit.Run(balanced[half], curvature[half]), task.Data.Outputs);
                for (var i = 0; i < validation.Rows; i++)
                    if (fold[i] == half)
                        outputs.AsSpan(i * task.Data.Outputs, task.Data.Outputs).CopyTo(heldOut.AsSpan(i * task.Data.Outputs));
            }
            var score = task.Assess(heldOut).Score;
            if (score > best.Score)
                best = (score, penalty);
        }
        var all = Balanced(groups, task.Data.GroupCount, _ => true);
        using var last = Penalised(task, pool, settings, best.Penalty);
        var layer = last.Run(all, ConvexFit.LargestEigenvalue(pool, all));
        var parameters = new Dictionary<string, float[]>(layer);
        if (net is not null)
            foreach (var (name, values) in net.Parameters().Where(p => p.Key.StartsWith("hidden", StringComparison.Ordinal)))
                parameters[name] = values;
        var shape = net?.Main.Shape ?? new HeadShape(task.Data.Width, 0, task.Data.Outputs);
        return new(TrainedHead.Export(task.Data, task.Scaling, shape, parameters, task.Number), task.Data.Target, [], 0)
        {
            HeldOutScore = best.Score,
            Notes = new Dictionary<string, double> { ["penalty"] = best.Penalty },
        };
    }

    private static ConvexFit Penalised(MitigationTask task, HeadPart pool, Settings settings, double penalty) =>
        settings.Count("l1") == 1 ? new(task, pool, penalty, 0) : new(task, pool, 0, penalty);

    private static HeadPart Layer(HeadPart part, HeadNetwork? net) => net is null ? part
        : new(net.Hidden(part), net.Main.Shape.Hidden, part.Target, part.Values, part.Bias);

    private static HeadPart Join(HeadPart a, HeadPart b) =>
        new([.. a.Features, .. b.Features], a.Width, [.. a.Target, .. b.Target], [.. a.Values, .. b.Values], null);

    /// <summary>Weights that give every group the same sum, of the rows that take part.</summary>
    internal static double[] Balanced(int[] groups, int groupCount, Func<int, bool> takesPart)
    {
        var sizes = new int[groupCount];
        for (var i = 0; i < groups.Length; i++)
            if (takesPart(i))
                sizes[groups[i]]++;
        return [.. groups.Select((g, i) => takesPart(i) ? 1.0 / sizes[g] : 0)];
    }

    /// <summary>0 or 1 per row, alternating within each group in a random order.</summary>
    internal static int[] Halves(int[] groups, int groupCount, ulong seed)
    {
        var random = new SeededRandom(unchecked((long)seed), SeededRandom.Stream("halves", 0));
        var keys = groups.Select(_ => random.NextUInt64()).ToArray();
        var half = new int[groups.Length];
        for (var g = 0; g < groupCount; g++)
        {
            var place = 0;
            foreach (var i in Enumerable.Range(0, groups.Length).Where(i => groups[i] == g).OrderBy(i => keys[i]))
                half[i] = place++ % 2;
        }
        return half;
    }
}
