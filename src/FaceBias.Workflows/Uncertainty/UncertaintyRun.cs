using FaceBias.Core.Uncertainty;
using FaceBias.Core.Uncertainty.Choosing;
using FaceBias.Core.Uncertainty.Conformal;
using FaceBias.Core.Uncertainty.Ensembles;
using FaceBias.Onnx.Graphs;
using FaceBias.Primitives.Options;
using FaceBias.Primitives.Randomness;

namespace FaceBias.Workflows.Uncertainty;

/// <summary>Lets the model of a finished run say what it does not know, without training it again: the run stays as it
/// is, and a model file is written that has the wrappers' outputs beside its own.</summary>
internal static class UncertaintyRun
{
    /// <summary>Fits the wrappers and writes the model.</summary>
    /// <returns>Lines for the console.</returns>
    /// <exception cref="FaceBiasException">The run is not finished, or a wrapper cannot be fitted; nothing is written
    /// then.</exception>
    public static IReadOnlyList<string> Execute(UncertaintyRunOptions options, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        OptionSchema.Check(options);
        if (options.Uncertainty.Count == 0)
            throw new FaceBiasException(
                "‹Uncertainty› names nothing; give at least one, such as ‹Uncertainty› conformal.");
        if (!options.Out.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase))
            throw new FaceBiasException($"‹Out› '{options.Out}' is a model file; give it a name that ends in .onnx.");
        if (File.Exists(options.Out) && !options.Force)
            throw new FaceBiasException(
                $"'{options.Out}' is there already; give another ‹Out›, or ‹Force› to replace it.");
        var wrappers = UncertaintyWrappers.Parse(options.Uncertainty, options.Conformal);
        var joined = options.Members.Count == 0 ? null : RunMembers.Join(options.Run, options.Members,
            wrappers.Any(w => w.Name == ModelEnsemble.Called) ? wrappers.Count > 1 : throw new FaceBiasException(
                "‹Members› are what 'ensemble' averages; add ensemble to ‹Uncertainty›."));
        wrappers = [.. wrappers.Select(w => w.Name == ModelEnsemble.Called && joined is not null
            ? joined.Disagreement : w)];
        using var run = RunRows.Read(options.Run, joined, joined is null || wrappers.Count > 1, options.Seed,
            options.Threads, progress, cancellationToken);
        if (Path.GetFullPath(options.Out) == Path.GetFullPath(run.Path))
            throw new FaceBiasException(
                $"'{options.Out}' is the run's own model, which its record vouches for; give another ‹Out›.");
        var heads = WholeModelHeads.Take(run.Model, run.Rows.Width);
        if (options.Uncertainty.Contains(UncertaintyWrappers.ConformalName))
            UncertaintyOutput.Remove(heads, UncertaintyWrappers.ConformalName);
        var model = wrappers.Aggregate(new UncertainModel(heads, run.Targets, Apart(run.Rows, options)),
            (m, w) => m.With(w));
        OnnxFile.Write(WholeModelHeads.Put(run.Model, model.Heads, run.Path), options.Out);
        return
        [
            .. joined?.Notices ?? [],
            .. model.Notices,
            .. model.Outputs.Where(o => wrappers.Any(w => w.Name == o.Wrapper)).Select(
                o => string.Create(CultureInfo.InvariantCulture,
                    $"{o.Name}: {o.Meaning.TrimEnd('.')}{(o.Passes > 1 ? $" ({o.Passes} passes)" : "")}.")),
            $"Model: {options.Out}; 'facebias predict --model {options.Out}' writes its columns, and an audit of them "
                + "reads them.",
        ];
    }

    private static FittingRows Apart(FittingRows rows, UncertaintyRunOptions options)
    {
        if (!options.Uncertainty.Contains(UncertaintyWrappers.ConformalName) || options.CalibrationShare == 1)
            return rows;
        int[] order = [.. rows.Validation];
        new RandomSource(options.Seed).Stream("calibration rows").Shuffle(order.AsSpan());
        var calibration = (int)Math.Ceiling(options.CalibrationShare * order.Length);
        return rows with { Validation = [.. order[calibration..].Order()],
            Calibration = [.. order[..calibration].Order()], EpochSawCalibration = true };
    }
}
