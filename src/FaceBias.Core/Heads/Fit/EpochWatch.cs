using FaceBias.Core.Heads.Model;

namespace FaceBias.Core.Heads.Fit;

/// <summary>An epoch that has ended.</summary>
/// <param name="Epoch">From 1; 0 for the state that fine-tuning starts from.</param>
/// <param name="Loss">Validation loss; the training loss without validation images.</param>
/// <param name="Validation">Outputs for the validation images, in their order.</param>
internal sealed record EpochReport(int Epoch, double Loss, PredictionColumns Validation);

/// <summary>What is to come of an epoch.</summary>
/// <param name="Stop">Whether training ends here; the best epoch so far is kept.</param>
/// <param name="Score">By what epochs are compared instead of the loss; smaller is better.</param>
internal readonly record struct EpochVerdict(bool Stop, double Score);

/// <summary>Looks at every epoch of a training and may end it.</summary>
internal delegate EpochVerdict EpochWatch(EpochReport report);

/// <summary>Chooses the training images of an epoch from 1, and says how.</summary>
internal delegate (int[] Images, string Note) EpochOrder(int epoch);
