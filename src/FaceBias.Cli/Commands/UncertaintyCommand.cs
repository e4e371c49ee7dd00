using FaceBias.Workflows.Uncertainty;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias uncertainty</c>: the model of a finished run says what it does not know.</summary>
internal static class UncertaintyCommand
{
    public static Command Create() =>
        Job.Command<UncertaintyRunOptions>("uncertainty",
            "Adds uncertainties, prediction sets and intervals to the model of a finished run.",
        "uncertainty --run runs/first --uncertainty conformal --conformal mondrian --conformal-groups race --out "
            + "runs/first/calibrated.onnx",
        (options, job) => job.Run(progress => [.. UncertaintyRun.Execute(options, progress, job.Cancel),
            $"Next: facebias predict --model {options.Out} --images DIR --out predictions.csv"]));
}
