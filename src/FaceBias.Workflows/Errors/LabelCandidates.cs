using FaceBias.Core.Curation.Labels;
using FaceBias.Core.Curation.Review;
using FaceBias.Workflows.RunFolders;

namespace FaceBias.Workflows.Errors;

/// <summary>Training and validation images whose labels models that never saw them contradict. The test set is left as
/// it is: who cleans it by a model makes the model look better than it is.</summary>
internal sealed class LabelCandidates
{
    private readonly Dictionary<int, string> _reasons;

    private LabelCandidates(Manifest manifest, Dictionary<int, string> reasons, IReadOnlyList<string> notes) =>
        (Manifest, _reasons, Notes) = (manifest, reasons, notes);

    public Manifest Manifest { get; }

    public IReadOnlyList<string> Notes { get; }

    public IReadOnlySet<int> Rows => _reasons.Keys.ToHashSet();

    /// <summary>What is in doubt, one sentence each, the strongest first.</summary>
    public IReadOnlyList<string> Sentences => [.. _reasons.Select(r => $"{Manifest.Files[r.Key].Id}: {r.Value}")];

    public static LabelCandidates Find(ErrorRunOptions options, RunFolder run, IProgress<StepProgress>? progress,
        CancellationToken cancel)
    {
        var manifest = Manifest.Read(run.Checked(RunFolder.ManifestFile));
        int[] rows = [.. Enumerable.Range(0, manifest.Count).Where(
            i => manifest.Splits[i] is Split.Train or Split.Validation)];
        using var features = ImageFeatures.Open(options.Home, run.Backbone, options.Threads, progress, cancel);
        var failed = features.Ensure(manifest, rows, progress, cancel);
        rows = [.. rows.Where(i => !failed.ContainsKey(i))];
        var names = RunTargets.Of(run);
        Target[] targets = [.. manifest.Labels.Where(l => names.Contains(l.Name)).Select(l => Target.From(l, null))];
        var found = LabelCheck.Find(manifest, features, rows, targets, cancel);
        var reasons = new Dictionary<int, string>();
        foreach (var suspect in found.Suspects.OrderByDescending(s => s.Strength).ThenBy(s => s.Row))
            reasons[suspect.Row] = reasons.TryGetValue(suspect.Row, out var before)
                ? $"{before}; {suspect.Text}" : suspect.Text;
        return new(manifest, reasons, found.Notices);
    }

    /// <summary>Writes them as a review, in which a person decides.</summary>
    public void Write(string path)
    {
        for (var i = 0; i < Manifest.Count; i++)
            Manifest.Flags[i] = _reasons.ContainsKey(i) ? ManifestFlags.SuspiciousLabel : ManifestFlags.None;
        ReviewFile.Write(path, Manifest, File.Exists(path) ? ReviewFile.Read(path) : [], _reasons);
    }
}
