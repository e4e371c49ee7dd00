namespace FaceBias.Clusters;

/// <summary>What a submitted job still does.</summary>
/// <param name="Active">Whether any of its tasks runs or waits.</param>
/// <param name="Problem">What the cluster says of tasks that it gave up, or null.</param>
internal readonly record struct JobProgress(bool Active, string? Problem = null);

/// <summary>A cluster that can run tasks.</summary>
internal interface ICluster
{
    /// <summary>The script or the manifest.</summary>
    string Text { get; }

    /// <returns>Its name there, for people.</returns>
    /// <exception cref="FaceBiasException">The cluster refuses it or does not answer.</exception>
    string Submit(CancellationToken cancel);

    JobProgress Look(CancellationToken cancel);
}
