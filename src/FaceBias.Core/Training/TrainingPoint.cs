namespace FaceBias.Core.Training;

/// <summary>A point of a training curve.</summary>
/// <param name="Epoch">Passes over the training images, from 1.</param>
/// <param name="Series">What it is: <c>train/loss</c>, <c>validation/gender accuracy</c>.</param>
/// <param name="Value">Its value.</param>
public readonly record struct TrainingPoint(int Epoch, string Series, double Value);
