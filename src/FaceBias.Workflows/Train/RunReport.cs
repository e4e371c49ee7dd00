using System.Text.Json;
using FaceBias.Core.Curation;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Imaging;
using FaceBias.Core.Uncertainty;
using FaceBias.Onnx.Opsets;
using FaceBias.Primitives.Json;
using FaceBias.Reporting;
using FaceBias.Workflows.RunFolders;
using FaceBias.Workflows.Uncertainty;

namespace FaceBias.Workflows.Train;

/// <summary>What a training run puts into its report, its event files and on the console.</summary>
internal static class RunReport
{
    /// <summary>Everything but the pictures.</summary>
    public static ReportInput Input(
        TrainRunOptions options, RunData data, ImageFeatures features, AuditResult audit, Table predictions,
        IReadOnlyList<TrainingPoint> history, IReadOnlyList<UncertaintyOutput> uncertainty,
        IReadOnlyList<string> notices, CancellationToken cancel)
    {
        var (s, backbone) = (data.Summary, features.Backbone);
        var curation = new List<CurationCount>
        {
            new("files", s.Files),
            new("unreadable files", s.Unreadable,
                s.Unreadable == 0 ? null : string.Join("; ", s.Reasons.Take(3).Select(r => $"{r.Key}: {r.Value}"))),
            new("different readable images", s.Unique, "exact copies counted once"),
            new("groups of exact copies", s.ExactGroups,
                "one of each group kept, unless their labels contradict each other"),
            new("groups of copies whose labels contradict each other", s.LabelConflicts,
                "none of them is used: nobody knows the right label"),
            new("near duplicates", s.NearFlagged, string.Create(CultureInfo.InvariantCulture,
                $"perceptual hashes at most {s.NearDistance} bits apart, {s.NearPairs:N0} "
                    + $"pairs{(s.SecondLook is { } second ? $", of which the features confirm {second.Confirmed:N0}" : "")}; {Fate(options.Near)}")),
        };
        foreach (var split in new[] { Split.Train, Split.Validation, Split.Test })
            curation.Add(new CurationCount(
                $"images for {(split == Split.Train ? "training" : split == Split.Test ? "the test" : "validation")}",
                data.Images(split).Count));
        for (var i = 0; i < notices.Count; i++)
            curation.Add(new CurationCount($"note {i + 1}", 1, notices[i]));
        return new ReportInput
        {
            Title = $"Audit of {string.Join(", ", options.Targets)} from {backbone.Name} features",
            Audit = audit,
            Curation = curation,
            Training = history,
            Uncertainty = UncertaintySummaries.Of(predictions, uncertainty, options.Targets,
                [.. options.Targets, .. options.Groups]),
            Drawings = options.PlantedFile is not null,
            Planted = options.PlantedFile is null ? []
                : RunPlanted.Compare(options.PlantedFile, data.Manifest, features, predictions, cancel),
            Provenance =
            [
                new("images", string.Join(", ", options.Images)),
                new("labels", options.Labels.ToString()),
                new("backbone", $"{backbone.Name} ({backbone.FeatureCount} features, {backbone.Key})"),
                new("licence of the backbone's package", backbone.Licence),
                new("licence of the backbone's weights", backbone.WeightsLicence),
                new("seed", options.Training.Seed.ToString(CultureInfo.InvariantCulture)),
                new("trained layers of the backbone", options.Finetune switch
                {
                    null => "none: heads on frozen features",
                    { Layers: 0 } => "all",
                    { Layers: var layers } => string.Create(CultureInfo.InvariantCulture, $"the last {layers}"),
                }),
                new("hidden units", options.Training.Hidden.ToString(CultureInfo.InvariantCulture)),
                new("class weights", options.Training.ClassWeights ? "inverse frequency" : "none"),
                new("facebias", typeof(RunReport).Assembly.GetName().Version?.ToString(3) ?? ""),
            ],
        };
    }

    /// <summary>Small pictures of the worst predictions, by id.</summary>
    public static Dictionary<string, byte[]> Thumbnails(Manifest manifest, AuditResult audit,
        UncertaintySummary? uncertainty, PageOptions pages)
    {
        HashSet<string> wanted = [.. ReportPictures.Wanted(audit),
            .. uncertainty?.Rarity.SelectMany(r => r.Usual.Concat(r.Rare)) ?? []];
        var result = new Dictionary<string, byte[]>();
        foreach (var file in manifest.Files)
            if (wanted.Contains(file.Id) && pages.Thumbnail(file.Path) is { } jpeg)
                result[file.Id] = jpeg;
        return result;
    }

    /// <summary>Losses and metrics for TensorBoard, replacing those of an earlier run.</summary>
    public static void WriteEvents(string folder, IReadOnlyList<TrainingPoint> history, AuditResult audit,
        IReadOnlyDictionary<string, object?> options)
    {
        if (Directory.Exists(folder))
            foreach (var old in Directory.GetFiles(folder, "events.out.tfevents.*"))
                File.Delete(old);
        using var writer = TensorBoardWriter.Open(folder);
        // For the page HParams, which sets the runs below one folder side by side.
        writer.HyperParameters(MlflowExport.Parameters(JsonSerializer.SerializeToElement(options, CoreJson.Options))
            .Select(p => (p.Name, double.TryParse(p.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var n)
                ? n : (object)p.Value)), succeeded: true);
        foreach (var point in history)
            writer.Scalar(point.Series, point.Value, point.Epoch);
        foreach (var target in audit.Targets)
            foreach (var estimate in FindingTable.Headline(target))
                if (estimate.Value is { } value)
                    writer.Scalar($"test/{target.Name} {estimate.Metric}", value, 0);
    }

    /// <summary>Lines for the console: what was kept, what the model does on the test split, for whom it
    /// fails.</summary>
    public static List<string> Summary(
        TrainRunOptions options, RunData data, ReportInput report, AuditResult audit, IReadOnlyList<string> notices,
        RunFolder folder)
    {
        var s = data.Summary;
        var lines = new List<string>
        {
            string.Create(CultureInfo.InvariantCulture,
                $"{s.Files:N0} files: {s.Unreadable:N0} unreadable, {s.Unique:N0} different, {s.NearFlagged:N0} near "
                    + $"duplicates, {s.LabelConflicts:N0} label conflicts; {data.Images(Split.Train).Count:N0} train, "
                    + $"{data.Images(Split.Validation).Count:N0} validation, {data.Images(Split.Test).Count:N0} test."),
        };
        lines.AddRange(notices.Take(10));
        if (notices.Count > 10)
            lines.Add($"... and {notices.Count - 10} more notes in the report.");
        if (folder.Skipped.Count > 0)
            lines.Add($"Already done: {string.Join(", ", folder.Skipped)}.");
        foreach (var target in audit.Targets)
            lines.Add($"{target.Name} on {MetricText.Count(target.Overall.N)} test images: "
                + $"{string.Join("; ", FindingTable.Headline(target).Select(e => $"{Metrics.Find(e.Metric).Title} {MetricText.Full(e)}"))}");
        lines.AddRange(FindingTable.Lines(audit, 12).Select(l => l.ReplaceLineEndings(" ")));
        foreach (var row in report.Planted)
            lines.Add($"planted: {row.What}: {row.Planted}; found: "
                + $"{row.Found}{(row.Agrees is { } agrees ? agrees ? " (agrees)" : " (differs)" : "")}");
        if (options.Opset is { } opset)
            lines.Add($"For older runtimes, in operator set {opset}: "
                + $"{Path.GetFullPath(Path.Combine(options.Out, OpsetFile.Beside(RunFolder.ModelFile, opset)))}");
        lines.Add($"Report: {Path.GetFullPath(Path.Combine(options.Out, "report.html"))}");
        lines.Add($"Next: facebias open {options.Out}; facebias errors --run {options.Out} --out errors"
            + (audit.Findings.FirstOrDefault(f => f.Verdict == Verdict.GapShown && f.Attribute != f.Target) is { } gap
                && audit.Targets.First(t => t.Name == gap.Target).Kind == TargetKind.Categorical
                ? $"; facebias mitigate --run {options.Out} --target {gap.Target} --bias {gap.Attribute} --out {options.Out.TrimEnd('/', '\\')}-repaired" : ""));
        return lines;
    }

    private static string Fate(NearPolicy policy) => policy switch
    {
        NearPolicy.KeepBest => "the best of each cluster kept",
        NearPolicy.KeepFirst => "the first of each cluster kept",
        _ => "all dropped",
    };
}
