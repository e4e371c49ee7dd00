using FaceBias.Core.Heads.Methods;
using FaceBias.Core.Search.Trials;

namespace FaceBias.Workflows.Sweep;

/// <summary>What the winner has to keep to, beside being good.</summary>
public sealed record SweepConstraints
{
    /// <summary>Largest size of the exported model in bytes, its backbone included.</summary>
    [Option("Largest size of model.onnx in bytes.", Name = "max-size", ValueName = "BYTES", Group = OptionGroup.Search)]
    public long? MaximumBytes { get; init; }

    /// <summary>Longest time of the exported model for one image on one thread, decoding left out. It is measured, so a
    /// trial close to the bound may pass once and fail once.</summary>
    [Option("Longest time of model.onnx for one image on one thread, in milliseconds.", Name = "max-latency",
        ValueName = "MS", Group = OptionGroup.Search)]
    public double? MaximumMilliseconds { get; init; }

    /// <summary>Smallest share of right answers over all validation rows, or for a number the largest mean absolute
    /// error.</summary>
    [Option("Accuracy that the winner must reach on the validation images (for a number: largest mean absolute error).",
        Name = "min-average", Group = OptionGroup.Search)]
    public double? Average { get; init; }

    /// <summary>Refuses bounds that nothing can keep to.</summary>
    /// <param name="isError">Whether the judged target is a number.</param>
    /// <exception cref="FaceBiasException">A bound is out of its range.</exception>
    internal void Check(bool isError)
    {
        if (MaximumBytes is <= 0)
            throw new FaceBiasException("‹MaximumBytes› must be above 0.");
        if (MaximumMilliseconds is <= 0)
            throw new FaceBiasException("‹MaximumMilliseconds› must be above 0 milliseconds.");
        if (!isError && Average is <= 0 or > 1)
            throw new FaceBiasException("‹Average› is a share of right answers; it must be above 0 and at most 1.");
        if (isError && Average is <= 0)
            throw new FaceBiasException("‹Average› is a mean absolute error for a number; it must be above 0.");
    }

    /// <summary>By how much bounds are broken, each relative to itself, summed; 0 if none is.</summary>
    internal double Violation(GroupMetrics estimates, TrialMetrics metrics)
    {
        var violation = 0.0;
        if (MaximumBytes is { } bytes)
            violation += Math.Max(0, ((double)metrics.Bytes!.Value - bytes) / bytes);
        if (MaximumMilliseconds is { } limit && metrics.Milliseconds is { } time)
            violation += Math.Max(0, (time - limit) / limit);
        if (Average is { } average)
            violation += Math.Max(0,
                (estimates.IsError ? estimates.RowAverage - average : average - estimates.RowAverage) / average);
        return violation;
    }
}
