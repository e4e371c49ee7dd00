using FaceBias.Workflows.Audit;
using FaceBias.Workflows.Curate;
using FaceBias.Workflows.Features;
using FaceBias.Workflows.Plans;
using FaceBias.Workflows.Predict;
using FaceBias.Workflows.Sweep;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias plan STEP</c>, <c>run</c> and <c>merge</c>: a heavy step as shards for many workers.</summary>
internal static class PlanCommand
{
    private const string Folder = "Folder or URL of the plan.";

    public static Command Create() => Job.WithExample(new Command("plan",
        "Divides a long step into shards for many workers and machines.")
        {
            Step<CurateRunOptions>("curate", "Plans the curation of images: a shard looks at files, the merge compares them.",
                "plan curate --images faces --labels labels.csv --shard-rows 10000 --out plans/curate"),
            Step<PredictRunOptions>("predict", "Plans predictions of a model for images.",
                "plan predict --model runs/first/model.onnx --images faces --shard-rows 10000 --out plans/predict"),
            Step<FeatureRunOptions>("features", "Plans a backbone's features of images.",
                "plan features --images faces --backbone faceres --shard-rows 10000 --out plans/features"),
            Step<AuditRunOptions>("audit", "Plans an audit: a shard draws the bootstrap and permutations of some groupings.",
                "plan audit --predictions predictions.parquet --shard-rows 10 --out plans/audit"),
            Step<SweepOptions>("sweep", "Plans a sweep: a shard measures some trials, the merge tests the winner.",
                "plan sweep --run runs/first --groups race --trials 200 --shard-rows 10 --out plans/sweep"),
        }, "plan predict --model runs/first/model.onnx --images faces --shard-rows 10000 --out plans/predict");

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
            "Joins the shards of a plan into the files that one machine would have written.",
            "merge plans/predict --out predictions.parquet", (options, job) => job.Run(progress => ShardMerge.Execute(
                options with { Plan = job.Parsed.GetValue(plan)! }, progress, job.Cancel)));
        command.Arguments.Add(plan);
        return command;
    }
}
