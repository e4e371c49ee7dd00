namespace FaceBias.Core.Heads.Model;

/// <summary>A value of a series after an epoch, the first epoch being 1.</summary>
internal sealed record TrainingPoint(int Epoch, string Series, double Value);
