using FaceBias.Workflows.Features;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias features</c>: a backbone's features of pictures as a matrix.</summary>
internal static class FeaturesCommand
{
    public static Command Create() => Job.Command<FeatureRunOptions>("features",
        "Writes a backbone's features of images as a NumPy matrix, and the table of its rows.",
        "features --images faces --backbone faceres --out features.npy",
        (options, job) => job.Run(progress => FeatureRun.Execute(options, progress, job.Cancel)));
}
