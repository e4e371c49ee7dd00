using FaceBias.Workflows.Predict;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias predict</c>: a table of predictions for a folder of images.</summary>
internal static class PredictCommand
{
    public static Command Create() =>
        Job.Command<PredictRunOptions>("predict", "Writes the predictions of a model for a folder of images.",
        "predict --model runs/first/model.onnx --images new-faces --out predictions.csv",
        (options, job) => job.Run(progress =>
        [
            .. PredictRun.Execute(options, progress, job.Cancel),
            options.Labels is null ? "Next: with ‹Labels› the table can be audited: facebias audit --predictions FILE"
                : $"Next: facebias audit --predictions {options.Out} --out audit",
        ]));
}
