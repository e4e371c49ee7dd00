using FaceBias.Workflows.Train;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias train</c>: images and labels become a model, an audit and a report.</summary>
internal static class TrainCommand
{
    public static Command Create() =>
        Job.Command<Arguments>("train", "Trains a model on a folder of images and audits for whom it fails.",
        "train --images faces --labels labels.csv --targets gender,age --groups race --out runs/first",
        (options, job) => job.Run(progress => options.Check
            ? TrainRun.Check(options.Run, progress, job.Cancel)
            : TrainRun.Execute(options.Run, progress, job.Cancel).Summary));

    internal sealed record Arguments
    {
        [Options]
        public required TrainRunOptions Run { get; init; }

        [Option("Look at images and labels, say everything that is wrong, and end.")]
        public bool Check { get; init; }
    }
}
