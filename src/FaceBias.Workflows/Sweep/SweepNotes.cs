using FaceBias.Core.Search.Results;
using FaceBias.Core.Search.Trials;

namespace FaceBias.Workflows.Sweep;

/// <summary>What a reader of a sweep has to know beside its metrics.</summary>
internal static class SweepNotes
{
    public static IReadOnlyList<string> Of(SweepOptions options, SweepData data, IReadOnlyList<Trial> trials,
        Trial winner, SweepTest test, SweepOptimism? optimism)
    {
        string Figure(double value) => data.IsError ? value.ToString("0.00", CultureInfo.InvariantCulture)
            : (100 * value).ToString("0.0", CultureInfo.InvariantCulture) + "%";
        var notes = new List<string>
        {
            $"The winner was chosen from {trials.Count} trials on "
                + $"{data.Validation.Length.ToString("N0", CultureInfo.InvariantCulture)} validation images, and what "
                + "is chosen from many looks better than it is: its worst group is "
                + $"{Figure(winner.Metrics.Worst ?? double.NaN)} there and {Figure(test.Worst.Value)} on test. Only "
                + "the test metrics are estimates, and only as long as nothing is chosen by them.",
            optimism is null ? "By how much is not estimable: fewer than two trials could have won."
                : $"By a bootstrap of the validation images, the best of the {optimism.Trials} trials that could have "
                    + $"won looks {(data.IsError ? Figure(optimism.Optimism) : (100 * optimism.Optimism).ToString("0.0", CultureInfo.InvariantCulture) + " points")} better there than on other images: the winner's objective is {Figure(optimism.Validation)} there and about {Figure(optimism.Corrected)} corrected by that.",
            "The test metric of a worst group is the smallest of several noisy estimates and tends to be too low; the "
                + "interval shows how noisy it is.",
            "Labels are perceived attributes as annotators saw them, not what people are.",
        };
        var small = Enumerable.Range(0, data.Cells.Names.Count)
            .Select(g => (Name: data.Cells.Names[g], N: data.Validation.Count(r => data.Cells.Codes[r] == g)))
            .Where(g => g.N < Objective.MinimumCount).ToList();
        if (small.Count > 0)
            notes.Add($"Groups with fewer than {Objective.MinimumCount} validation images took no part in the "
                + $"objective: {string.Join("; ", small.Take(12).Select(g => $"{g.Name} (n = {g.N})"))}{(small.Count > 12 ? $" and {small.Count - 12} more" : "")}. On test they are compared wherever they have {Objective.MinimumCount} images.");
        if (options.Objective.Kind == ObjectiveKind.Pareto)
            notes.Add("The frontier has no single best trial; the winner is the one that serves its worst validation "
                + "group best.");
        if (options.Minutes is not null)
            notes.Add("The sweep had a time budget: the same seed gives the same trials, but another machine may get "
                + "further or less far.");
        if (trials.Count(t => t.State == TrialState.Failed) is > 0 and var failed)
            notes.Add($"{failed} trials failed; the first because "
                + $"{trials.First(t => t.State == TrialState.Failed).Reason!.TrimEnd('.')}.");
        return notes;
    }
}
