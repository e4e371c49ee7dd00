namespace FaceBias.Core.Search.Trials;

/// <summary>Which trials are better. Feasible ones come first by their loss; then those that break constraints, by how
/// much (Deb 2000); then pruned ones, the further the earlier; failed ones last. With several losses feasible trials go
/// by nondomination and then crowding (Deb et al. 2002).</summary>
internal static class TrialOrder
{
    /// <summary>The trials from best to worst; equal ones in the order of their numbers.</summary>
    public static IReadOnlyList<Trial> Sort(IEnumerable<Trial> trials)
    {
        var all = trials.OrderBy(t => t.Number).ToList();
        var feasible = all.Where(t => t.IsFeasible).ToList();
        var sorted = feasible.Count > 0 && feasible[0].Result!.Losses.Count > 1
            ? Fronts(feasible).SelectMany(f => f.Zip(Crowding(f)).OrderByDescending(x => x.Second).Select(x => x.First))
            : feasible.OrderBy(t => t.Loss).ThenBy(t => t.Result!.TieBreak);
        return
        [
            .. sorted,
            .. all.Where(t => t.State == TrialState.Complete && !t.IsFeasible).OrderBy(t => t.Result!.Violation),
            .. all.Where(t => t.State == TrialState.Pruned)
                .OrderByDescending(t => t.Reports.Count == 0 ? 0 : t.Reports[^1].Step)
                .ThenBy(t => t.Reports.Count == 0 ? double.PositiveInfinity : t.Reports[^1].Loss),
            .. all.Where(t => t.State == TrialState.Failed),
        ];
    }

    /// <summary>The best feasible trial, or null.</summary>
    public static Trial? Best(IEnumerable<Trial> trials) => Sort(trials).FirstOrDefault(t => t.IsFeasible);

    /// <summary>The feasible trials that no other betters in every loss, by the first loss.</summary>
    public static IReadOnlyList<Trial> Frontier(IEnumerable<Trial> trials) =>
        Fronts([.. trials.Where(t => t.IsFeasible)]).FirstOrDefault()?.OrderBy(t => t.Loss).ThenBy(t => t.Number)
            .ToList() ?? [];

    /// <summary>Whether one trial is nowhere worse and somewhere better than the other.</summary>
    public static bool Dominates(Trial a, Trial b)
    {
        var better = false;
        for (var i = 0; i < a.Result!.Losses.Count; i++)
        {
            if (a.Result.Losses[i] > b.Result!.Losses[i])
                return false;
            better |= a.Result.Losses[i] < b.Result.Losses[i];
        }
        return better;
    }

    /// <summary>Trials in nondominated fronts, the best front first.</summary>
    internal static List<List<Trial>> Fronts(List<Trial> trials)
    {
        var fronts = new List<List<Trial>>();
        for (var left = trials; left.Count > 0; left = [.. left.Except(fronts[^1])])
            fronts.Add([.. left.Where(t => !left.Any(o => Dominates(o, t)))]);
        return fronts;
    }

    /// <summary>How far the neighbours in the front are, summed over losses; infinite at its ends.</summary>
    internal static double[] Crowding(List<Trial> front)
    {
        var distance = new double[front.Count];
        for (var m = 0; m < front[0].Result!.Losses.Count; m++)
        {
            var objective = m;
            var order = Enumerable.Range(0, front.Count).OrderBy(i => front[i].Result!.Losses[objective]).ToArray();
            double Value(int at) => front[order[at]].Result!.Losses[objective];
            distance[order[0]] = distance[order[^1]] = double.PositiveInfinity;
            var range = Value(front.Count - 1) - Value(0);
            for (var i = 1; i < front.Count - 1 && range > 0; i++)
                distance[order[i]] += (Value(i + 1) - Value(i - 1)) / range;
        }
        return distance;
    }
}
