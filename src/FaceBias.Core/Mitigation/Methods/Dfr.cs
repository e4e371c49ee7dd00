using FaceBias.Core.Auditing;

namespace FaceBias.Core.Mitigation.Methods;

/// <summary>
/// Deep feature reweighting: the last layer anew, as logistic regression on held-out rows in which all groups weigh the
/// same. Settings are scored on each half of the validation rows after fitting on the other.
/// </summary>
internal sealed class Dfr : MitigationMethod
{
    public override string Name => "dfr";

    public override string Title => "DFR";

    public override string Source => "Kirichenko, Izmailov, Wilson 2023";

    public override string Departure =>
        "All rows take part with weights instead of averaging 20 balanced subsamples; the layer may also be L2-penalised, sit on ERM's hidden layer, or see the training rows too.";

    public override GroupUse Groups => GroupUse.Fitting;

    public override bool HandlesNumbers => true;

    public override IReadOnlyList<Hyperparameter> Space =>
    [
        Hyperparameter.Log("penalty", 1e-2, 3e-4, 0.1),
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

        // The outputs of each half by the fit on the other make one held-out score.
        var heldOut = new float[validation.Rows * task.Data.Outputs];
        using var fit = settings.Count("l1") == 1 ? new ConvexFit(task, pool, settings["penalty"], 0) : new ConvexFit(task, pool, 0, settings["penalty"]);
        var everything = Balanced(groups, task.Data.GroupCount, _ => true);
        var curvature = ConvexFit.LargestEigenvalue(pool, everything);
        for (var half = 0; half < 2; half++)
        {
            var weights = Balanced(groups, task.Data.GroupCount, i => i >= fold.Length || fold[i] != half);
            // Half of the rows can curve more than all of them; a margin instead of a second power iteration.
            var outputs = ConvexFit.Outputs(validation, fit.Run(weights, 1.25 * curvature), task.Data.Outputs);
            for (var i = 0; i < validation.Rows; i++)
                if (fold[i] == half)
                    outputs.AsSpan(i * task.Data.Outputs, task.Data.Outputs).CopyTo(heldOut.AsSpan(i * task.Data.Outputs));
        }
        var layer = fit.Run(everything, curvature);
        var parameters = new Dictionary<string, float[]>(layer);
        if (net is not null)
            foreach (var (name, values) in net.Parameters().Where(p => p.Key.StartsWith("hidden", StringComparison.Ordinal)))
                parameters[name] = values;
        var shape = net?.Main.Shape ?? new HeadShape(task.Data.Width, 0, task.Data.Outputs);
        return new(TrainedHead.Export(task.Data, task.Scaling, shape, parameters, task.Number), task.Data.Target, [], 0)
        {
            HeldOutScore = task.Assess(heldOut).Score,
        };
    }

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
