using System.Globalization;
using FaceBias.Core.Backbones;
using FaceBias.Core.Data;
using FaceBias.Core.Data.Labels;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Prediction;
using FaceBias.Core.Uncertainty;
using FaceBias.Core.Uncertainty.Conformal;
using FaceBias.Onnx.Graphs;
using FaceBias.Primitives.Hashing;
using FaceBias.Primitives.Options;
using FaceBias.Primitives.Tables;
using FaceBias.Workflows.RunFolders;
using FaceBias.Workflows.Train;

namespace FaceBias.Workflows.Predict;

/// <summary>A finished model's predictions for a folder of images, as a table.</summary>
public static class PredictRun
{
    /// <summary>Predicts and writes the table: <c>id, path</c>, the split where it is known, each target's columns and,
    /// with labels, <c>T_true</c> and every other column of theirs.</summary>
    /// <returns>Lines for the console.</returns>
    public static IReadOnlyList<string> Execute(PredictRunOptions options, IProgress<StepProgress>? progress = null,
        CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        OptionSchema.Check(options);
        TableFile.CheckName(options.Out);
        var files = ImageFolder.List(PixelTable.Unpack(options.Images, FaceBiasHome.Folder, progress, cancel)).Files;
        using var predictor = Open(options.Model, out var conformal);
        OutputSpec[] targets = [.. predictor.Outputs.Select(o => o.Target).OfType<OutputSpec>()];
        var labels = options.Labels is null ? null : Labels(options.Labels, targets, files);
        var lines = labels?.Notices.Select(n => n.Sentence).ToList() ?? [];
        CheckAbstention(options, labels);
        var columns = new PredictionColumns(targets, files.Count);
        var bases = ConformalColumns.Bases(conformal);
        var basis = new PredictionColumns(bases, files.Count);
        int[] basisOutputs = [.. bases.Select(b => predictor.Outputs.ToList().FindIndex(o => o.Name == b.Name))];
        var novelty = PictureNovelty.Of(predictor, files.Count);
        UncertaintyOutput? Uncertainty(int output) =>
            predictor.Uncertainty.FirstOrDefault(u => u.Name == predictor.Outputs[output].Name);
        int[] scores = [
            .. Enumerable.Range(0, predictor.Outputs.Count).Where(
                o => predictor.Outputs[o] is { Target: null, Width: 1, Name: not PictureNovelty.Column }
                    && Uncertainty(o)?.Column is not null)];
        var uncertainty = new PredictionColumns([.. scores.Select(o => Uncertainty(o)!.Column!)], files.Count);
        var failures = ImagePredictions.Run(predictor, files, (done, values) =>
        {
            columns.Set(done, values);
            uncertainty.Set(done, [.. scores.Select(o => values[o])]);
            basis.Set(done, [.. basisOutputs.Select(o => values[o])]);
            novelty?.Set(done, values);
        }, options.Threads, progress, cancel);

        var rows = Enumerable.Range(0, files.Count).Where(i => !failures.ContainsKey(i)).ToList();
        var table = new List<Column>(Names(files, rows));
        if (Splits(options, files, rows, labels, lines) is { } splits)
            table.Add(splits);
        table.AddRange(columns.ToColumns(rows));
        table.AddRange(uncertainty.ToColumns(rows));
        if (novelty is not null)
        {
            table.Add(novelty.ToColumn(rows));
            lines.AddRange(novelty.Lines(files, rows, options.Threads, cancel));
        }
        var predicted = table.Count;
        if (labels is not null)
            AddLabels(table, labels, targets, rows, lines);
        if (conformal is not null)
        {
            float[] Values(string name) => Array.FindIndex(targets, t => t.Name == name) is >= 0 and var o
                ? Picked(columns, o, rows) : Picked(basis, Array.FindIndex([.. bases], b => b.Name == name), rows);
            table.InsertRange(predicted,
                ConformalColumns.Of(conformal, targets, Values, table[predicted..], lines).ToList());
        }
        if (options.Abstain is { } share)
            Abstention.Apply(table, [.. targets.Select(t => t.Name)], share,
                options.AbstainBy is { } by ? table.Find(c => c.Name == by + "_true") ?? table.First(c => c.Name == by)
                    : null, lines);
        TableFile.Write(options.Out, new Table(table));
        lines.AddRange(LeftOut(files, failures));
        lines.Add(string.Create(CultureInfo.InvariantCulture,
            $"{rows.Count:N0} predictions, {failures.Count:N0} images left out as unreadable: {options.Out}"));
        return lines;
    }

    private static OnnxPredictor Open(string model, out ConformalModel? conformal)
    {
        var file = OnnxFile.Read(model);
        RecordedModel.Check(model);
        var predictor = OnnxPredictor.OfModel(file, model);
        conformal = ConformalModel.Read(file, [.. predictor.Outputs.Select(o => o.Target).OfType<OutputSpec>()], model);
        return predictor;
    }

    private static float[] Picked(PredictionColumns columns, int output, List<int> rows)
    {
        var values = columns.Values(output);
        var width = values.Length / Math.Max(1, columns.RowCount);
        var picked = new float[rows.Count * width];
        for (var i = 0; i < rows.Count; i++)
            values.Slice(rows[i] * width, width).CopyTo(picked.AsSpan(i * width));
        return picked;
    }

    /// <summary>What cannot be abstained by is found before anything is predicted.</summary>
    private static void CheckAbstention(PredictRunOptions options, LabelSet? labels)
    {
        if (options.AbstainBy is not { } by)
            return;
        if (options.Abstain is null)
            throw new FaceBiasException(
                "‹AbstainBy› says whose share ‹Abstain› is; give ‹Abstain› too, such as ‹Abstain› 0.05.");
        if (labels is null || !labels.Table.Has(by))
            throw new FaceBiasException(
                $"‹AbstainBy› '{by}' is no column of the "
                    + $"labels{(labels is null ? "; give ‹Labels›" : $"; they have {string.Join(", ", labels.Table.Columns.Take(20).Select(c => $"'{c.Name}'"))}")}.");
    }

    /// <summary>Labels whose columns hold what the model predicts.</summary>
    private static LabelSet Labels(LabelOptions options, IReadOnlyList<OutputSpec> targets,
        IReadOnlyList<ImageFile> files) =>
        LabelSource.Load(options with
        {
            Kinds = options.Kinds with
            {
                Categorical = [.. options.Kinds.Categorical.Union(
                    targets.Where(t => t is CategoricalOutput).Select(t => t.Name))],
                Numeric = [.. options.Kinds.Numeric.Union(targets.Where(t => t is NumericOutput).Select(t => t.Name))],
            },
        }, files);

    /// <summary>The truth of every target, and every other column that the labels have: what an audit may compare
    /// by.</summary>
    private static void AddLabels(List<Column> table, LabelSet labels, IReadOnlyList<OutputSpec> targets,
        List<int> rows, List<string> lines)
    {
        foreach (var target in targets)
        {
            if (labels.Table.Has(target.Name))
                table.Add(RunPredictions.Truth(
                    labels.Target(target.Name,
                        target is CategoricalOutput ? TargetKind.Categorical : TargetKind.Numeric),
                        $"{target.Name}_true", rows));
            else
                lines.Add($"The labels have no '{target.Name}', so there is no '{target.Name}_true'.");
        }
        foreach (var column in labels.Table.Columns.Where(c => targets.All(t => t.Name != c.Name)))
        {
            if (table.Exists(c => c.Name.Equals(column.Name, StringComparison.OrdinalIgnoreCase)))
                lines.Add($"The labels' column '{column.Name}' is left out: the table has a column of that name.");
            else
                table.Add(column.Take(rows));
        }
        lines.AddRange(labels.LeftOut.Select(c => $"The labels' column '{c.Name}' is left out: {c.Reason}."));
    }

    /// <summary>The column <c>split</c>, by which an audit leaves out what the model was trained on: from the manifest
    /// beside the model, by the images' content, else from official splits of the labels; null where nobody
    /// knows.</summary>
    private static TextColumn? Splits(PredictRunOptions options, IReadOnlyList<ImageFile> files, List<int> rows,
        LabelSet? labels, List<string> lines)
    {
        var path = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(options.Model))!, RunFolder.ManifestFile);
        if (!File.Exists(path))
        {
            if (labels?.Given is not { } given)
                return null;
            lines.Add($"{given.Sentence} An audit looks at the test images alone unless --split says otherwise.");
            return new("split", [.. rows.Select(i => Word(given.Of[i]))]);
        }
        var manifest = Manifest.Read(path);
        var splits = new Dictionary<Digest, Split>();
        for (var i = 0; i < manifest.Count; i++)
            if (manifest.Splits[i] is Split.Train or Split.Validation)
                splits[manifest.Sha256[i]] = manifest.Splits[i];
        var of = new Split[files.Count];
        Parallel.ForEach(rows,
            new ParallelOptions
                { MaxDegreeOfParallelism = options.Threads > 0 ? options.Threads : Environment.ProcessorCount }, i =>
            of[i] = splits.GetValueOrDefault(Digest.Parse(Sha256.OfFile(files[i].Path)), Split.Test));
        var seen = rows.Count(i => of[i] != Split.Test);
        if (seen > 0)
        {
            lines.Add(string.Create(CultureInfo.InvariantCulture,
                $"{seen:N0} of {rows.Count:N0} images were used to train this model, which looks better on them than it is: ")
                + "the column 'split' says which, and an audit leaves them out unless --split all.");
        }
        return new("split", [.. rows.Select(i => Word(of[i]))]);
    }

    private static string? Word(Split split) => split == Split.None ? null : split.ToString().ToLowerInvariant();

    /// <summary>The columns <c>id</c> and <c>path</c>.</summary>
    internal static Column[] Names(IReadOnlyList<ImageFile> files, List<int> rows) =>
    [
        new TextColumn("id", [.. Enumerable.Range(0, rows.Count)], [.. rows.Select(i => files[i].Id)]),
        new TextColumn("path", [.. Enumerable.Range(0, rows.Count)], [.. rows.Select(i => files[i].Path)]),
    ];

    internal static IEnumerable<string> LeftOut(IReadOnlyList<ImageFile> files,
        IReadOnlyDictionary<int, string> failures) =>
        failures.OrderBy(f => f.Key).Take(10).Select(f => $"'{files[f.Key].Id}' was left out: {f.Value}.");
}
