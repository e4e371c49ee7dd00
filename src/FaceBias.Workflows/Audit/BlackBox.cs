using System.Security.Cryptography;
using FaceBias.Core.Curation;
using FaceBias.Core.Data.Labels;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Imaging;
using FaceBias.Core.Prediction;
using FaceBias.Onnx.Graphs;
using FaceBias.Workflows.Predict;
using FaceBias.Workflows.RunFolders;

namespace FaceBias.Workflows.Audit;

/// <summary>The predictions of a model that can only be asked: one of the catalogue by its own heads, or a file that
/// FaceBias trained.</summary>
/// <param name="Table">id, path, the targets' columns with their truth, and every other label as a group.</param>
/// <param name="Features">What the backbone sees in each image, for finding look-alikes; null where the model keeps
/// it.</param>
/// <param name="Notes">What did not fit, for the console.</param>
/// <param name="Provenance">What is known about the model.</param>
internal sealed record BlackBox(
    Table Table, AuditFeatures? Features, IReadOnlyList<string> Notes,
    IReadOnlyList<KeyValuePair<string, string>> Provenance)
{
    public static BlackBox Ask(AuditRunOptions options, ModelStore store, IProgress<StepProgress>? progress,
        CancellationToken cancel)
    {
        var name = options.Model!;
        if (options.Labels is null)
            throw new FaceBiasException(
                "‹Model› needs ‹Labels›: without a truth nobody can say for whom the model fails.");
        var files = ImageFolder.List(PixelTable.Unpack(options.Images, FaceBiasHome.Folder, progress, cancel)).Files;
        var labels = LabelSource.Load(options.Labels, files);
        var notes = new List<string>();
        (files, labels) = OfSplit(files, labels, options.Audit.Split, notes);
        using var predictor = Open(options, labels, store, progress, cancel);
        var outputs = Choose(predictor, labels, options.Targets, notes);
        var manifest = File.Exists(name)
            ? Path.Combine(Path.GetDirectoryName(Path.GetFullPath(name))!, RunFolder.ManifestFile) : "";
        if (predictor.Kind != PredictorKind.Catalogue && !File.Exists(manifest))
            notes.Add("Images that the model was trained on make it look better than it is; audit it on others.");
        var columns = new PredictionColumns([.. outputs.Select(o => o.Spec)], files.Count);
        var (at, width) = FeaturesOf(predictor);
        var features = new float[(long)width * files.Count];
        var failures = ImagePredictions.Run(predictor, files, (rows, values) =>
        {
            columns.Set(rows, [.. outputs.Select(o => o.Read(values[o.Index]))]);
            for (var i = 0; i < rows.Length && width > 0; i++)
                values[at].AsSpan(i * width, width).CopyTo(features.AsSpan(rows[i] * width));
        }, options.Audit.Threads, progress, cancel);
        var rows = Enumerable.Range(0, files.Count).Where(i => !failures.ContainsKey(i)).ToList();
        if (predictor.Kind == PredictorKind.FaceBias && File.Exists(manifest))
            notes.AddRange(Trained(manifest, OnnxFile.Read(name), files, rows, cancel));
        var table = new List<Column>(PredictRun.Names(files, rows));
        table.AddRange(columns.ToColumns(rows));
        foreach (var output in outputs)
            table.Add(output.Truth.Take(rows).Rename($"{output.Spec.Name}_true"));
        table.AddRange(labels.Table.Columns.Where(c => table.All(t => t.Name != c.Name)).Select(c => c.Take(rows)));
        return new(new Table(table),
            width == 0 ? null : new(name, width, rows.ToDictionary(r => files[r].Id, r => r), features),
            [.. labels.Notices.Select(n => n.Sentence), .. predictor.Notes, .. notes,
                .. PredictRun.LeftOut(files, failures)], predictor.Provenance);
    }

    /// <summary>The images of a split, where the labels bring splits: what a model was trained on says nothing about
    /// new faces. Without images for the test those for validation, and all where all are for training.</summary>
    private static (IReadOnlyList<ImageFile> Files, LabelSet Labels) OfSplit(IReadOnlyList<ImageFile> files,
        LabelSet labels, string? asked, List<string> notes)
    {
        if (labels.Given is not { } given || asked is null)
            return (files, labels);
        Split wanted = SplitNames.Parse(asked) ?? throw new FaceBiasException(
            $"‹Split› '{asked}' is none of train, validation, test and all; the labels bring splits by {given.Source}.");
        int[] Of(Split split) => [.. Enumerable.Range(0, files.Count).Where(i => given.Of[i] == split)];
        var rows = Of(wanted);
        if (rows.Length == 0 && asked == new AuditOptions().Split)
            (wanted, rows) = (Split.Validation, Of(Split.Validation));
        if (rows.Length == 0)
        {
            notes.Add($"{given.Source} has no images for the {asked}, so all are audited; if the model was trained on "
                + "them, they make it look better than it is.");
            return (files, labels);
        }
        notes.Add(string.Create(CultureInfo.InvariantCulture,
            $"Only the {rows.Length:N0} of {files.Count:N0} images are audited that are for the {wanted.ToString().ToLowerInvariant()} by {given.Source}; ‹Split› all takes all.").Named());
        return ([.. rows.Select(r => files[r])], labels with
        {
            Table = labels.Table.With(labels.Table.Columns.Select(c => c.Take(rows))),
            Labelled = [.. rows.Select(r => labels.Labelled[r])],
            Given = null,
        });
    }

    /// <summary>How many images trained the model, or look like copies of those.</summary>
    private static IEnumerable<string> Trained(string manifest, ModelProto model, IReadOnlyList<ImageFile> files,
        List<int> rows, CancellationToken cancel)
    {
        var trained = TrainedImages.Of(manifest, model);
        var (decoder, found) = (new ImageDecoder(), new (bool Seen, ulong? Hash)[rows.Count]);
        Parallel.For(0, rows.Count, new ParallelOptions { CancellationToken = cancel }, r =>
        {
            if (ImageDecoder.TryReadFile(files[rows[r]].Path, out var bytes, out _))
                found[r] = trained.ContainsKey(new(SHA256.HashData(bytes))) ? (true, null)
                    : (false, ImageProbe.Hash(decoder, bytes));
        });
        if (found.Count(f => f.Seen) is > 0 and var seen)
            yield return $"{seen:N0} of {rows.Count:N0} images were used to train this model, and make it look better "
                + "than it is; 'facebias predict --labels' and an audit of its table leave them out.";
        (string, ulong)[] others = [.. rows.Select((row, r) => (files[row].Id, found[r].Hash))
            .Where(f => f.Hash is not null).Select(f => (f.Id, f.Hash!.Value))];
        if (TrainingCopies.Say(manifest, others, rows.Count, cancel) is { } copies)
            yield return copies;
    }

    /// <summary>The place of the features among the outputs, and their number.</summary>
    private static (int At, int Width) FeaturesOf(OnnxPredictor predictor)
    {
        var at = predictor.Outputs.ToList().FindIndex(o => o.Name == PredictorOutput.Features);
        return (at, at < 0 ? 0 : predictor.Outputs[at].Width);
    }

    private static OnnxPredictor Open(
        AuditRunOptions options, LabelSet labels, ModelStore store, IProgress<StepProgress>? progress,
        CancellationToken cancel)
    {
        var (name, open) =
            (options.Model!, new PredictorOptions { Features = true, Novelty = false, Uncertainty = false });
        if (OnnxPredictor.KindOf(name, store, options.Classes is not null) is not PredictorKind.Foreign and var kind)
        {
            if (options.Classes is not null && kind == PredictorKind.Catalogue)
                throw new FaceBiasException(
                    $"‹Classes› goes with an ONNX file of somebody else's classifier; '{name}' names its own.");
            return OnnxPredictor.Open(name, open with { Features = kind == PredictorKind.Catalogue }, store, progress,
                cancel);
        }
        var (target, classes) = Named(options);
        if (!labels.Table.Has(target))
            throw new FaceBiasException($"The labels have no '{target}' to hold the answers of '{name}' against; "
                + $"they have {string.Join(", ", labels.Table.Columns.Take(20).Select(c => c.Name))}.");
        return OnnxPredictor.Open(name,
            open with { Target = target, Classes = classes,
                Import = options.Import with { Features = options.ModelOutput ?? options.Import.Features } }, store,
                progress, cancel);
    }

    /// <summary>The target and the classes of <see cref="AuditRunOptions.Classes"/>.</summary>
    private static (string Target, string[]? Classes) Named(AuditRunOptions options)
    {
        var parts = options.Classes?.Split('=', 2) ?? [];
        var target = parts.Length == 2 ? parts[0].Trim() : options.Targets is [var only] ? only : "";
        if (target.Length == 0)
            throw new FaceBiasException(
                $"Which label '{options.Model}' predicts is not known; give ‹Classes› TARGET=A,B,... in the order of "
                    + "its scores (or ‹Targets› TARGET where the file names its classes).");
        if (options.Targets is { } targets && !targets.SequenceEqual([target]))
            throw new FaceBiasException(
                $"‹Classes› speak of '{target}' and ‹Targets› of {string.Join(", ", targets)}; a classifier is "
                    + "audited for one target.");
        if (parts.Length == 0)
            return (target, null);
        if (File.Exists(parts[^1]))
            return (target, [.. File.ReadAllLines(parts[^1]).Select(l => l.Trim()).Where(l => l.Length > 0)]);
        return (target, [.. parts[^1].Split(',').Select(c => c.Trim())]);
    }

    private static BlackBoxOutput[] Choose(OnnxPredictor predictor, LabelSet labels, IReadOnlyList<string>? targets,
        List<string> notes)
    {
        var model = predictor.Name;
        (PredictorOutput Output, int Index)[] outputs =
            [.. predictor.Outputs.Select((o, i) => (o, i)).Where(o => o.o.Name != PredictorOutput.Features)];
        foreach (var target in targets ?? [])
        {
            if (outputs.All(o => o.Output.Name != target))
                throw new FaceBiasException(
                    $"The model '{model}' does not give '{target}'; it gives "
                        + $"{string.Join(", ", outputs.Select(o => o.Output.Name))}.");
            if (!labels.Table.Has(target))
                throw new FaceBiasException($"The labels have no '{target}' to hold the model's answers against; "
                    + $"they have {string.Join(", ", labels.Table.Columns.Take(20).Select(c => c.Name))}.");
        }
        var wanted = outputs.Where(o => targets?.Contains(o.Output.Name) ?? true).ToList();
        foreach (var (lacking, _) in wanted.Where(o => !labels.Table.Has(o.Output.Name)))
            notes.Add($"The labels have no '{lacking.Name}', so that output of the model is not audited.");
        BlackBoxOutput[] held = [.. wanted.Where(o => labels.Table.Has(o.Output.Name))
            .Select(o => BlackBoxOutput.Of(model, predictor.Kind, o.Index, o.Output, labels.Table[o.Output.Name]))];
        return held.Length > 0 ? held : throw new FaceBiasException(
            $"The labels have none of what the model '{model}' gives "
                + $"({string.Join(", ", outputs.Select(o => o.Output.Name))}); rename their columns to match.");
    }
}
