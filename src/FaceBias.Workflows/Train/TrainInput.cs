using FaceBias.Core.Data.Labels;

namespace FaceBias.Workflows.Train;

/// <summary>The images and labels of a run as they are found, before anything is computed.</summary>
/// <param name="Groups">Names of what is audited by, beside the targets.</param>
/// <param name="Stratify">Names of what splits are stratified by, beside the targets.</param>
/// <param name="Together">Name of what splits keep together; null for nothing.</param>
internal sealed record TrainInput(
    ImageListing Listing, LabelSet Labels, IReadOnlyList<string> Targets, IReadOnlyList<string> Groups,
    IReadOnlyList<string> Stratify, string? Together = null)
{
    public static TrainInput Load(TrainRunOptions options, IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        var listing = ImageFolder.List(PixelTable.Unpack(options.Images, options.Home, progress, cancel));
        var labels = LabelSource.Load(options.Labels, listing.Files,
            [.. options.Targets, .. options.Groups, .. options.Stratify]);
        var targets = labels.Expand(options.Targets);
        return new(listing, labels, targets, [.. labels.Expand(options.Groups).Except(targets)],
            [.. labels.Expand(options.Stratify).Except(targets)], options.KeepTogether);
    }

    /// <summary>What every column is used for, in one sentence.</summary>
    public string Columns()
    {
        var parts = new List<string>();
        void Say(string use, IEnumerable<string> names)
        {
            string[] all = [.. names];
            if (all.Length > 0)
                parts.Add($"{use} {string.Join(", ", all.Take(20))}{(all.Length > 20 ? $" and {(all.Length - 20).ToString(CultureInfo.InvariantCulture)} more" : "")}");
        }
        Say("predicted:", Targets);
        Say("compared:", Groups);
        Say("stratified by:", Stratify);
        Say("kept together:", Together is null ? [] : [Together]);
        if (Labels.Given is { } given)
            parts.Add($"splits: {given.Source}");
        Say("names the image:", Labels.ImageColumns);
        Say("kept in manifest.parquet but not compared (name them in ‹Groups›):",
            Labels.Table.Columns.Select(c => c.Name).Where(n => !Targets.Contains(n) && !Groups.Contains(n)));
        Say("left out:", Labels.LeftOut.Select(c => $"{c.Name} ({c.Reason})"));
        return $"Columns of the labels: {string.Join("; ", parts)}.".Named();
    }
}
