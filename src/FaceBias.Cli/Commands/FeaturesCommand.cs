using FaceBias.Workflows.Features;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias features</c>: a backbone's features of pictures as a matrix.</summary>
internal static class FeaturesCommand
{
    public static Command Create() => Job.Command<FeatureRunOptions>("features",
        "Writes a backbone's features of images as a NumPy matrix, and the table of its rows.",
        "features --images faces --backbone faceres --out features.npy",
        (options, job) => job.Run(progress => [.. FeatureRun.Execute(options, progress, job.Cancel),
            options.Cache ? $"Next: facebias train --images {string.Join(' ', options.Images)} --backbone "
                + $"{options.Backbone} --labels FILE --targets NAME --out RUN takes these features from the cache."
                : $"Next: numpy.load('{options.Out}') in Python, or ‹Cache› so that facebias train and sweep find them."]));
}
