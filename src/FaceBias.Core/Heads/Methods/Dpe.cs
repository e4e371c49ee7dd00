using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Search.Spaces;
using FaceBias.Onnx.Graphs;
using FaceBias.Primitives.Randomness;

namespace FaceBias.Core.Heads.Methods;

/// <summary>
/// Diversified prototypical ensembles: classifiers by distance to prototypes, each on a fresh balanced sample of
/// held-out rows and pushed away from those before it; their probabilities are averaged. One half of the validation
/// rows is what members are fitted on; epochs and the number of members are chosen on the other.
/// </summary>
/// <param name="byGroup">Whether samples are balanced by group, or by class alone.</param>
internal sealed class Dpe(bool byGroup) : MitigationMethod(byGroup ? "dpe-groups" : "dpe",
    byGroup ? "DPE with groups" : "DPE", "To et al. 2025, diversified prototypical ensembles",
    deviation: "Epochs and members are chosen on rows that they are not fitted on (the authors choose epochs on the "
        + "rows they fit), so half of the validation rows are fitted on; features are brought to one scale first, or "
        + "are ERM's hidden vectors.",
    groups: byGroup ? GroupUse.Fitting : GroupUse.None)
{
    public override bool FitsOnValidation => true;

    internal override IReadOnlyList<Parameter> Space =>
    [
        Log("rate", 1e-3, 1e-4, 1e-2),
        Log("diversity", 5e4, 5e3, 5e5),
        Choice("entropic-scale", 30, 10, 20, 30),
        Choice("members", 15, 15),
        Choice("member-epochs", 20, 20, 60),
        Choice("hidden", 0, 0, 128),
    ];

    internal override TrainedModel Train(MitigationTask task, Settings settings)
    {
        if (settings.Count("hidden") == 0)
            return Fit(task, settings, task.Validation, null);
        var erm = new Settings(
            new Dictionary<string, double> { ["rate"] = 1e-3, ["decay"] = 1e-3, ["hidden"] = settings["hidden"] });
        using var net = Erm.Network(task, erm);
        HeadFit.Run(task, net, Erm.Plan(task, erm, net) with { Stage = "first" });
        var hidden = new HeadPart(net.Hidden(task.Validation), net.Main.Shape.Hidden, task.Validation.Target, [],
            task.Validation.Bias);
        return Fit(task, settings, hidden, net);
    }

    private TrainedModel Fit(MitigationTask task, Settings settings, HeadPart layer, HeadNetwork? net)
    {
        var (unit, classes) = (Prototypes.Unit(layer), task.Data.Outputs);
        var byGroups = Groups != GroupUse.None;
        var strata = byGroups ? task.ValidationGroups : task.Validation.Target;
        var half = CrossFit.Halves(strata, byGroups ? task.Data.GroupCount : classes, task.Seed);
        int[][] pools = [
            .. Enumerable.Range(0, half.Length).Where(i => half[i] == 0).GroupBy(i => strata[i]).OrderBy(g => g.Key)
                .Select(g => g.ToArray())];
        var each = pools.Min(p => p.Length);
        using var session = new Prototypes(unit.Width, classes, Math.Min(task.Batch, each * pools.Length),
            settings["entropic-scale"]);
        var random = new RandomSource(task.Seed);
        var members = new List<PrototypeMember>();
        var (others, sum) = (new float[unit.Width * classes], new float[unit.Rows * classes]);
        var drawn = new double[unit.Rows];
        var history = new List<TrainingPoint>();
        (double Score, int Count, double[] Drawn) best = (double.NegativeInfinity, 0, drawn);
        for (var stage = 1; stage <= settings.Count("members"); stage++)
        {
            var sample = Sample(pools, each, random.Stream("sample", stage));
            var diversity = settings["diversity"] / (1 + 0.05 * Math.Max(0, stage - 2))
                / ((unit.Width - 1) * stage * classes);
            session.Begin(Start(random.Stream("points", stage), others.Length), others, diversity);
            if (Member(task, settings, session, unit, sample, half, random.Stream("order", stage)) is not { } member)
                throw new TrainingDivergedException();
            members.Add(member);
            for (var i = 0; i < others.Length; i++)
                others[i] += member.Points[i];
            foreach (var row in sample)
                drawn[row]++;
            var given = session.Probabilities(unit, member);
            for (var i = 0; i < sum.Length; i++)
                sum[i] += given[i];
            var (metrics, score) = task.Assess(sum, i => half[i] == 1);
            history.Add(new(stage, "worst group/validation", metrics.Worst));
            history.Add(new(stage, "group average/validation", metrics.GroupAverage));
            if (score > best.Score)
                best = (score, stage, [.. drawn]);
        }
        var kept = members.Take(best.Count).ToArray();
        var head = TrainedHead.Of(task,
            (g, x) => Prototypes.AddEnsemble(g, Hidden(g, x, net), kept, unit.Width, classes),
            new(history, best.Count));
        return head with
        {
            HeldOutScore = best.Score,
            Weights = new(null, best.Drawn),
            Notes = new Dictionary<string, double> { ["members"] = best.Count },
        };
    }

    /// <summary>One member at its best epoch on the other half of the rows; null where no epoch has finite
    /// parameters.</summary>
    private static PrototypeMember? Member(
        MitigationTask task, Settings settings, Prototypes session, HeadPart unit, int[] sample, int[] half,
        SeededRandom random)
    {
        (double Score, PrototypeMember? Member) best = (double.NegativeInfinity, null);
        for (var epoch = 1; epoch <= settings.Count("member-epochs"); epoch++)
        {
            random.Shuffle(sample.AsSpan());
            for (var start = 0; start + session.Batch <= sample.Length; start += session.Batch)
            {
                task.Cancel.ThrowIfCancellationRequested();
                if (!float.IsFinite(session.Step(unit, sample.AsSpan(start, session.Batch), settings["rate"])))
                    return best.Member;
            }
            var member = session.Member();
            var score = task.Assess(session.Probabilities(unit, member), i => half[i] == 1).Score;
            // The later of equals, as the authors keep it.
            if (score >= best.Score)
                best = (score, member);
        }
        return best.Member;
    }

    private static string Hidden(GraphBuilder g, string x, HeadNetwork? net)
    {
        if (net is null)
            return x;
        var parameters = net.Parameters();
        foreach (var (name, dims) in net.Main.Shape.Parameters().Where(
            p => p.Name.StartsWith("hidden", StringComparison.Ordinal)))
            g.Initializer(Tensors.Float(name, parameters[name], dims));
        return g.Add("Relu", DenseLayer.Add(g, x, "hidden"));
    }

    /// <summary>As many rows of each pool, drawn without replacement.</summary>
    internal static int[] Sample(int[][] pools, int each, SeededRandom random)
    {
        var sample = new List<int>();
        foreach (var pool in pools)
        {
            var order = (int[])pool.Clone();
            random.Shuffle(order.AsSpan());
            sample.AddRange(order[..each]);
        }
        return [.. sample];
    }

    private static float[] Start(SeededRandom random, int count)
    {
        var points = new float[count];
        for (var i = 0; i < count; i++)
            points[i] = (float)(0.01 * random.NextNormal());
        return points;
    }
}
