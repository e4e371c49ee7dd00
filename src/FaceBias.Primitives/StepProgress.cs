namespace FaceBias;

/// <summary>How far a long step is. Reported through <see cref="IProgress{T}"/>; whoever shows it computes the
/// rate.</summary>
/// <param name="Step">What is being done, as a short phrase: "features (faceres)".</param>
/// <param name="Done">Units finished, those taken from a cache included.</param>
/// <param name="Total">Units in all, or 0 if unknown.</param>
/// <param name="Unit">The unit in plural: "images", "epochs".</param>
/// <param name="Cached">How many of <paramref name="Done"/> came from a cache, so that a rate can leave them
/// out.</param>
/// <param name="Note">A short value to show beside it, such as a validation loss.</param>
public readonly record struct StepProgress(
    string Step, long Done, long Total, string Unit, long Cached = 0, string? Note = null);
