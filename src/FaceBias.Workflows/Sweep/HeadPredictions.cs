using FaceBias.Core.Heads.Model;

namespace FaceBias.Workflows.Sweep;

/// <summary>The predictions of a sweep's heads as a table.</summary>
internal static class HeadPredictions
{
    /// <summary>As a table that an audit reads: the run's table with these predictions in place of its own.</summary>
    public static Table ToTable(PredictionColumns columns, SweepData data)
    {
        string[] trained = [.. data.Targets.Select(t => t.Name)];
        bool Replaced(string name) =>
            Array.Exists(trained, t => name == t || name.StartsWith(t + "_p_", StringComparison.Ordinal));
        var own = data.Table.Columns.Where(c => !Replaced(c.Name)).ToList();
        string[] untrained = [.. own.Select(c => c.Name).Where(n => data.Table.Has($"{n}_true"))];
        // The run's predictions of targets that the sweep did not train are not the winner's; their truths stay as
        // groups.
        return new(
        [
            .. own.Take(3), .. columns.ToColumns(),
            .. own.Skip(3).Where(
                c => !Array.Exists(untrained,
                    t => c.Name == t || c.Name.StartsWith(t + "_p_", StringComparison.Ordinal))),
        ]);
    }
}
