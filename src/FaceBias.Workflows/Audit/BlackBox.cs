using FaceBias.Auditing;
using FaceBias.Core.Backbones;
using FaceBias.Core.Data;
using FaceBias.Core.Data.Labels;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Imaging;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using FaceBias.Onnx.Runtime;
using FaceBias.Primitives.Hashing;
using FaceBias.Primitives.Tables;
using FaceBias.Workflows.Predict;

namespace FaceBias.Workflows.Audit;

/// <summary>The predictions of a model that can only be asked: one of the catalogue by its own heads, or a file that FaceBias
/// trained.</summary>
/// <param name="Table">id, path, the targets' columns with their truth, and every other label as a group.</param>
/// <param name="Features">What the backbone sees in each image, for finding look-alikes; null where the model keeps it.</param>
/// <param name="Notes">What did not fit, for the console.</param>
/// <param name="Provenance">What is known about the model.</param>
internal sealed record BlackBox(
    Table Table, AuditFeatures? Features, IReadOnlyList<string> Notes, IReadOnlyList<KeyValuePair<string, string>> Provenance)
{
    public static BlackBox Ask(AuditRunOptions options, ModelStore store, IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        var name = options.Model!;
        if (options.Labels is null)
            throw new FaceBiasException("--model needs --labels: without a truth nobody can say for whom the model fails.");
        var files = ImageFolder.List(PixelTable.Unpack(options.Images, FaceBiasHome.Folder, progress, cancel)).Files;
        var labels = LabelSource.Load(options.Labels, files);
        var asked = Open(options, labels, store, progress, cancel);
        var columns = new PredictionColumns([.. asked.Outputs.Select(o => o.Spec)], files.Count);
        var features = new float[asked.FeatureCount * files.Count];
        string[] graph = [.. asked.Outputs.Select(o => o.Graph)];
        if (asked.FeatureCount > 0)
            graph = [.. graph, BackboneMetadata.Features];
        Dictionary<int, string> failures;
        using (asked.Session)
        {
            failures = PredictRun.Predict(asked.Session, asked.Input, graph, files, (rows, values) =>
            {
                columns.SetExactly(rows, [.. asked.Outputs.Select((o, i) => o.Read(values[i]))]);
                for (var i = 0; i < rows.Length && asked.FeatureCount > 0; i++)
                    values[^1].AsSpan(i * asked.FeatureCount, asked.FeatureCount).CopyTo(features.AsSpan(rows[i] * asked.FeatureCount));
            }, options.Audit.Threads, progress, cancel);
        }
        var rows = Enumerable.Range(0, files.Count).Where(i => !failures.ContainsKey(i)).ToList();
        var table = new List<Column>(PredictRun.Names(files, rows));
        table.AddRange(columns.ToColumns(rows));
        foreach (var output in asked.Outputs)
            table.Add(output.Truth.Take(rows).Rename($"{output.Spec.Name}_true"));
        table.AddRange(labels.Table.Columns.Where(c => table.All(t => t.Name != c.Name)).Select(c => c.Take(rows)));
        return new(new Table(table),
            asked.FeatureCount == 0 ? null : new(name, asked.FeatureCount, rows.ToDictionary(r => files[r].Id, r => r), features),
            [.. labels.Notices.Select(n => n.Sentence), .. asked.Notes, .. PredictRun.LeftOut(files, failures)], asked.Provenance);
    }

    private sealed record Opened(OnnxSession Session, ImageSpec Input, int FeatureCount, BlackBoxOutput[] Outputs,
        List<string> Notes, KeyValuePair<string, string>[] Provenance);

    private static Opened Open(AuditRunOptions options, LabelSet labels, ModelStore store, IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        var (name, targets) = (options.Model!, options.Targets);
        var notes = new List<string>();
        if (File.Exists(name) && OnnxFile.Read(name) is var file && file.Metadata(ModelMetadata.Key) is not null)
        {
            RecordedModel.Check(name);
            var metadata = ModelMetadata.Read(file, name);
            var outputs = Choose(name, metadata.Targets, t => t.Name, (t, label) => BlackBoxOutput.Of(name, t, label), labels, targets, notes);
            notes.Add("Images that the model was trained on make it look better than it is; audit it on others.");
            return new(new(file, new OnnxSessionOptions { Threads = 1 }), metadata.Input.ToSpec(), 0, outputs, notes, [new("model", name)]);
        }
        if (File.Exists(name) && store.List().All(m => m.Name != name) && (options.Classes is not null || !IsBackbone(name)))
            return Foreign(options, labels);
        if (options.Classes is not null)
            throw new FaceBiasException($"--classes goes with an ONNX file of somebody else's classifier; '{name}' names its own.");
        var model = store.Get(name, progress, cancel);
        if (model.Outputs.Count == 0)
            throw new FaceBiasException($"The model '{name}' gives features but no answers, so there is nothing to audit; "
                + "train heads on it with 'facebias train', or name a model with outputs such as gear or faceres.");
        var chosen = Choose(name, model.Outputs, o => o.Name, (o, label) => BlackBoxOutput.Of(name, o, label), labels, targets, notes);
        return new(new(model.OnnxPath, new OnnxSessionOptions { Threads = 1 }), model.Input, model.FeatureCount, chosen, notes,
        [
            new("model", $"{model.Name} ({model.Key}), asked through its own outputs"), new("licence of the model's package", model.Licence),
            new("licence of the model's weights", model.WeightsLicence),
        ]);
    }

    private static bool IsBackbone(string path) =>
        !path.EndsWith(".tflite", StringComparison.OrdinalIgnoreCase) && OnnxFile.Read(path).Metadata(BackboneMetadata.Input) is not null;

    /// <summary>Somebody else's classifier: one output, whose classes the user or the file names.</summary>
    private static Opened Foreign(AuditRunOptions options, LabelSet labels)
    {
        var path = options.Model!;
        var (target, classes) = Named(options);
        if (!labels.Table.Has(target))
            throw new FaceBiasException($"The labels have no '{target}' to hold the answers of '{path}' against; "
                + $"they have {string.Join(", ", labels.Table.Columns.Take(20).Select(c => c.Name))}.");
        var classifier = ForeignClassifier.Open(path, options.Import, classes);
        var output = BlackBoxOutput.Of(path, new ModelOutput(ForeignClassifier.Scores, target, "probability of each class", classifier.Classes), labels.Table[target]);
        var read = output.Read;
        return new(new(classifier.Model, new OnnxSessionOptions { Threads = 1 }), new(classifier.Input.Width, classifier.Input.Height), classifier.FeatureCount,
            [output with { Graph = ForeignClassifier.Scores, Read = scores => read(classifier.ToProbabilities(scores)) }],
            [.. classifier.Notes, "Images that the model was trained on make it look better than it is; audit it on others."],
            [new("model", path), new("model's SHA-256", Sha256.OfFile(path)), .. classifier.Notes.Select(n => new KeyValuePair<string, string>("model's input and scores", n))]);
    }

    /// <summary>The target and the classes of <see cref="AuditRunOptions.Classes"/>.</summary>
    private static (string Target, string[]? Classes) Named(AuditRunOptions options)
    {
        var parts = options.Classes?.Split('=', 2) ?? [];
        var target = parts.Length == 2 ? parts[0].Trim() : options.Targets is [var only] ? only : "";
        if (target.Length == 0)
            throw new FaceBiasException($"Which label '{options.Model}' predicts is not known; give --classes TARGET=A,B,... in the order of its scores (or --targets TARGET where the file names its classes).");
        if (options.Targets is { } targets && !targets.SequenceEqual([target]))
            throw new FaceBiasException($"--classes speak of '{target}' and --targets of {string.Join(", ", targets)}; a classifier is audited for one target.");
        if (parts.Length == 0)
            return (target, null);
        if (File.Exists(parts[^1]))
            return (target, [.. File.ReadAllLines(parts[^1]).Select(l => l.Trim()).Where(l => l.Length > 0)]);
        return (target, [.. parts[^1].Split(',').Select(c => c.Trim())]);
    }

    private static BlackBoxOutput[] Choose<T>(string model, IReadOnlyList<T> outputs, Func<T, string> name, Func<T, Column, BlackBoxOutput> read,
        LabelSet labels, IReadOnlyList<string>? targets, List<string> notes)
    {
        foreach (var target in targets ?? [])
        {
            if (outputs.All(o => name(o) != target))
                throw new FaceBiasException($"The model '{model}' does not give '{target}'; it gives {string.Join(", ", outputs.Select(name))}.");
            if (!labels.Table.Has(target))
                throw new FaceBiasException($"The labels have no '{target}' to hold the model's answers against; "
                    + $"they have {string.Join(", ", labels.Table.Columns.Take(20).Select(c => c.Name))}.");
        }
        T[] wanted = [.. outputs.Where(o => targets?.Contains(name(o)) ?? true)];
        foreach (var lacking in wanted.Where(o => !labels.Table.Has(name(o))))
            notes.Add($"The labels have no '{name(lacking)}', so that output of the model is not audited.");
        BlackBoxOutput[] held = [.. wanted.Where(o => labels.Table.Has(name(o))).Select(o => read(o, labels.Table[name(o)]))];
        return held.Length > 0 ? held : throw new FaceBiasException(
            $"The labels have none of what the model '{model}' gives ({string.Join(", ", outputs.Select(name))}); rename their columns to match.");
    }
}
