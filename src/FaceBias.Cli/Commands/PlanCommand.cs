using System.CommandLine;
using FaceBias.Cli.Binding;
using FaceBias.Workflows.Features;
using FaceBias.Workflows.Plans;
using FaceBias.Workflows.Predict;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias plan STEP</c>, <c>run</c> and <c>merge</c>: a heavy step as shards for many workers.</summary>
internal static class PlanCommand
{
    private const string Folder = "Folder or URL of the plan.";

    public static Command Create() => new("plan", "Divides a heavy step into shards for many workers and machines.")
    {
        Step<PredictRunOptions>("predict", "Plans predictions of a model for images.",
            "plan predict --model runs/first/model.onnx --images faces --shard-rows 10000 --out plans/predict"),
        Step<FeatureRunOptions>("features", "Plans a backbone's features of images.",
            "plan features --images faces --backbone faceres --shard-rows 10000 --out plans/features"),
    };

    private static Command Step<T>(string name, string description, string example) where T : class =>
        Job.Command<PlanRunOptions<T>>(name, description, example,
            (options, job) => job.Run(progress => PlanRun.Execute(options, progress, job.Cancel)));

    public static Command CreateRun()
    {
        var plan = new Argument<string>("plan") { Description = Folder };
        var command = Job.Command<ShardRunOptions>("run", "Computes shards of a plan: one, or all that are not done.",
            "run plans/predict --workers 4", (options, job) => job.Run(progress => ShardRun.Execute(
                options with { Plan = job.Parsed.GetValue(plan)! }, progress, job.Cancel)));
        command.Arguments.Add(plan);
        return command;
    }

    public static Command CreateMerge()
    {
        var plan = new Argument<string>("plan") { Description = Folder };
        var command = Job.Command<ShardMergeOptions>("merge",
            "Joins the shards of a plan to the files that one machine would have written.",
            "merge plans/predict --out predictions.parquet", (options, job) => job.Run(progress => ShardMerge.Execute(
                options with { Plan = job.Parsed.GetValue(plan)! }, progress, job.Cancel)));
        command.Arguments.Add(plan);
        return command;
    }
}
