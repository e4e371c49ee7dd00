using FaceBias.Primitives.Options;

namespace FaceBias.Workflows.Features;

/// <summary>A backbone's features of pictures as a matrix: <c>NAME.npy</c>, and <c>NAME.rows.parquet</c> with the
/// columns row, id, path and sha256. Pictures that cannot be read are left out.</summary>
internal static class FeatureRun
{
    /// <summary>Computes and writes.</summary>
    /// <returns>Lines for the console.</returns>
    /// <exception cref="FaceBiasException">There is no such model, or none of the pictures can be read.</exception>
    public static IReadOnlyList<string> Execute(FeatureRunOptions options, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        OptionSchema.Check(options);
        FeatureStep.CheckName(options.Out);
        using var step = new FeatureStep(options, progress, cancellationToken);
        return step.Execute(options.Out, progress, cancellationToken);
    }
}
