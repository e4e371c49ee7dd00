using FaceBias.Clusters;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias submit</c>: a plan on a cluster.</summary>
internal static class SubmitCommand
{
    public static Command Create()
    {
        var plan = new Argument<string>("plan") { Description = "Folder or URL of the plan." };
        var command = Job.Command<SubmitOptions>("submit",
            "Computes the shards of a plan on Slurm or Kubernetes, and joins them.",
            "submit plans/predict --to slurm --parallel 16 --out predictions.parquet",
            (options, job) => job.Run(progress => SubmitRun.Execute(
                options with { Plan = job.Parsed.GetValue(plan)! }, progress, job.Cancel)));
        command.Arguments.Add(plan);
        return command;
    }
}
