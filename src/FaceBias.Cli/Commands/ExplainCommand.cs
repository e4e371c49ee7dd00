using FaceBias.Workflows.Explain;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias explain</c>: heat maps of a model's answers, and how far they can be relied on.</summary>
internal static class ExplainCommand
{
    public static Command Create() =>
        Job.Command<ExplainRunOptions>("explain",
            "Explains predictions by heat maps, compares them between groups, and measures how reliable they are.",
        "explain --model runs/first/model.onnx --images faces --target gender --method lime,gradcam --out explained",
        (options, job) => job.Run(progress => ExplainRun.Execute(options, progress, job.Cancel)));
}
