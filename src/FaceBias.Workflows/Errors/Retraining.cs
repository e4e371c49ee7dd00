using System.Text.Json;
using FaceBias.Core.Data.Labels;
using FaceBias.Core.Heads.Finetune;
using FaceBias.Core.Heads.Fit;
using FaceBias.Primitives.Json;
using FaceBias.Workflows.RunFolders;
using FaceBias.Workflows.Train;

namespace FaceBias.Workflows.Errors;

/// <summary>The targets and options of a run, from its record.</summary>
internal static class RunTargets
{
    /// <summary>What the run predicts.</summary>
    public static IReadOnlyList<string> Of(RunFolder run) => Option<string[]>(run, "targets") ?? [];

    /// <summary>An option of the run; null where the record has none.</summary>
    public static T? Option<T>(RunFolder run, string name)
    {
        using var record = JsonDocument.Parse(File.ReadAllText(run[RunFolder.RecordFile]));
        return record.RootElement.GetProperty("options").TryGetProperty(name, out var value)
            && value.ValueKind != JsonValueKind.Null ? value.Deserialize<T>(CoreJson.Options) : default;
    }
}

/// <summary>Trains a run again without some of its training images. Every other image keeps its split, and the test set
/// is the same.</summary>
internal static class Retraining
{
    /// <summary>Trains and compares.</summary>
    /// <returns>The new model beside the old one, on the same test images.</returns>
    public static IReadOnlyList<PairedResult> Run(
        ErrorRunOptions options, RunFolder run, LabelCandidates without, Table before,
        IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        if (without.Rows.Count == 0)
            return [];
        var manifest = without.Manifest;
        int[] kept = [.. Enumerable.Range(0, manifest.Count).Where(
            i => manifest.Splits[i] != Split.None && !without.Rows.Contains(i))];
        var labels = Path.Combine(options.Out, "retrain.csv");
        TableFile.Write(labels, new(
        [
            new TextColumn("image", [.. kept.Select(i => (string?)manifest.Files[i].Id)]),
            new TextColumn("split", [.. kept.Select(i => (string?)manifest.Splits[i].ToString().ToLowerInvariant())]),
            .. manifest.Labels.Where(l => l.Name is not ("image" or "split")).Select(l => l.Take(kept)),
        ]));
        var training = RunTargets.Option<TrainOptions>(run, "training") ?? new();
        var result = TrainRun.Execute(new()
        {
            Images = RunTargets.Option<string[]>(run, "images")
                ?? throw new FaceBiasException(
                    $"'{run[RunFolder.RecordFile]}' does not say which images the run was trained on, so it cannot be "
                        + "trained again."),
            Labels = new LabelOptions
            {
                Sources = [labels],
                ImageColumn = "image",
                SplitColumn = "split",
                Kinds = new()
                {
                    Categorical = [.. manifest.Labels.OfType<TextColumn>().Select(c => c.Name)],
                    Numeric = [.. manifest.Labels.OfType<NumberColumn>().Select(c => c.Name)],
                },
            },
            Targets = RunTargets.Of(run),
            Groups = RunTargets.Option<string[]>(run, "groups") ?? [],
            Backbone = run.Backbone,
            Out = Path.Combine(options.Out, "retrained"),
            Training = training,
            Finetune = RunTargets.Option<FinetuneOptions>(run, "finetune"),
            // Copies were taken out before; a second look at them would change more than the labels.
            NearDistance = 0,
            Home = options.Home,
            Threads = options.Threads,
        }, progress, cancel);
        var after = TableFile.Read(Path.Combine(options.Out, "retrained", RunFolder.PredictionsFile));
        return ModelComparison.Of(before, after, result.Audit.Options);
    }
}
