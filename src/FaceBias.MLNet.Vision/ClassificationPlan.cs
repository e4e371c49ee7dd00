using Microsoft.ML.Trainers;

namespace FaceBias.MLNet.Vision;

/// <summary>What the trainer leaves to chance, or divides by zero for.</summary>
internal static class ClassificationPlan
{
    /// <summary>Rows of a step: with fewer rows than a batch the trainer counts no batch in an epoch, and a schedule
    /// divides by that.</summary>
    public static int BatchSize(int wanted, int rows) => Math.Min(wanted, rows);

    /// <summary>Refuses a schedule that would decay within less than a batch, which the trainer computes as a division
    /// by zero.</summary>
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
            throw new FaceBiasException(
                FormattableString.Invariant(
                    $"The schedule decays every {epochs} epochs, which is less than one of the {batches} batches of an epoch; let NumEpochsPerDecay be at least {1f / batches:0.###}."));
    }
}
