using FaceBias.Core.Data;
using FaceBias.Primitives.Tables;
using Microsoft.ML.Trainers;

namespace FaceBias.MLNet.Vision;

/// <summary>What the trainer leaves to chance, or divides by zero for.</summary>
internal static class ClassificationPlan
{
    /// <summary>Which rows are validated on: the same share of every class (and group), and never all rows of a class.</summary>
    /// <param name="labels">The label of every row.</param>
    /// <param name="groups">The group of every row.</param>
    /// <param name="share">Share of the rows.</param>
    /// <param name="seed">One seed, one split.</param>
    /// <exception cref="FaceBiasException">There are too few rows, or one class.</exception>
    public static bool[] Validation(IReadOnlyList<string> labels, IReadOnlyList<string> groups, double share, int seed)
    {
        if (share is not (> 0 and < 1))
            throw new FaceBiasException(FormattableString.Invariant($"The share of validation rows must be above 0 and below 1, not {share}; rows of your own can be given to Fit."));
        var counts = labels.CountBy(l => l).ToDictionary();
        if (counts.Count < 2)
            throw new FaceBiasException($"The label has {(counts.Count == 0 ? "no rows" : $"the one class '{counts.Keys.Single()}'")}; a classifier needs two classes.");
        // So computed, the two leave nothing for a test.
        var train = 1 - share;
        // A class of one row is only of use in training.
        string[] ids = [.. Enumerable.Range(0, labels.Count).Select(i => $"{i}")];
        var splits = Splitter.Assign(ids, [.. labels.Select(l => counts[l] > 1)], [.. Enumerable.Range(0, labels.Count)],
            [Target.From(new TextColumn("cell", [.. labels.Zip(groups, (l, g) => $"{l}\n{g}")]), TargetKind.Categorical)],
            new() { Seed = seed, Train = train, Validation = 1 - train });
        var validation = splits.Select(s => s == Split.Validation).ToArray();
        var trained = labels.Where((_, i) => !validation[i]).CountBy(l => l).ToDictionary();
        for (var i = 0; i < validation.Length; i++)
        {
            if (validation[i] && !trained.ContainsKey(labels[i]))
                (validation[i], trained[labels[i]]) = (false, 1);
        }
        return validation.Contains(true) ? validation
            : throw new FaceBiasException($"{labels.Count} rows leave none to validate on; give more rows, a larger share, or validation rows of your own.");
    }

    /// <summary>Rows of a step: with fewer rows than a batch the trainer counts no batch in an epoch, and a schedule divides
    /// by that.</summary>
    public static int BatchSize(int wanted, int rows) => Math.Min(wanted, rows);

    /// <summary>Refuses a schedule that would decay within less than a batch, which the trainer computes as a division by
    /// zero.</summary>
    /// <exception cref="FaceBiasException">It would.</exception>
    public static void Check(LearningRateScheduler? schedule, int rows, int batchSize)
    {
        var epochs = schedule switch
        {
            ExponentialLRDecay e => e.NumEpochsPerDecay,
            PolynomialLRDecay p => p.NumEpochsPerDecay,
            _ => float.PositiveInfinity,
        };
        var batches = rows / batchSize;
        if (!(batches * epochs >= 1))
            throw new FaceBiasException(FormattableString.Invariant($"The schedule decays every {epochs} epochs, which is less than one of the {batches} batches of an epoch; let NumEpochsPerDecay be at least {1f / batches:0.###}."));
    }
}
