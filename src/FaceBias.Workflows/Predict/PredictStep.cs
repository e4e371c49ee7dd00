using System.Security.Cryptography;
using FaceBias.Core.Curation;
using FaceBias.Core.Data.Labels;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Imaging;
using FaceBias.Core.Prediction;
using FaceBias.Core.Uncertainty;
using FaceBias.Core.Uncertainty.Conformal;
using FaceBias.Onnx.Graphs;
using FaceBias.Primitives.Hashing;
using FaceBias.Workflows.RunFolders;
using FaceBias.Workflows.Steps;
using FaceBias.Workflows.Train;

namespace FaceBias.Workflows.Predict;

/// <summary>Predicting as a step: a picture's row has every number that the model gives, as it gives it.</summary>
internal sealed class PredictStep : ShardedStep
{
    private const string Hash = "sha256", Perceptual = "phash";

    private readonly PredictRunOptions _options;
    private readonly OnnxPredictor _predictor;
    private readonly ConformalModel? _conformal;
    private readonly OutputSpec[] _targets;
    private readonly string? _manifest;
    private readonly Dictionary<Digest, Split>? _trained;
    private LabelSet? _labels;

    /// <summary>Opens the model.</summary>
    public PredictStep(PredictRunOptions options)
    {
        _options = options;
        var file = OnnxFile.Read(options.Model);
        RecordedModel.Check(options.Model);
        _predictor = OnnxPredictor.OfModel(file, options.Model);
        _targets = [.. _predictor.Outputs.Select(o => o.Target).OfType<OutputSpec>()];
        _conformal = ConformalModel.Read(file, _targets, options.Model);
        var manifest = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(options.Model))!, RunFolder.ManifestFile);
        _manifest = File.Exists(manifest) ? manifest : null;
        _trained = _manifest is null ? null : TrainedImages.Of(_manifest, file);
    }

    public override string ResultFile => "predictions.parquet";

    public override IReadOnlyList<(string Name, string Path)> Inputs =>
        [.. new[] { _options.Model, _manifest }.OfType<string>().Concat(_options.Labels?.Files ?? [])
            .Select(Path.GetFullPath).Select(f => (f, f))];

    public override IReadOnlyList<string> Roots => _options.Images;

    public override StepWork Look(IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        var images = ImageFolder.List(PixelTable.Unpack(_options.Images, FaceBiasHome.Folder, progress, cancel));
        Check(images.Files);
        return StepWork.Of(images);
    }

    /// <summary>Reads the labels, and finds what cannot be done before anything is predicted.</summary>
    private void Check(IReadOnlyList<ImageFile> files)
    {
        _labels ??= _options.Labels is null ? null : PredictRun.Labels(_options.Labels, _targets, files);
        PredictRun.CheckAbstention(_options, _labels);
    }

    public override StepPart Run(StepItems items, IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        var outputs = _predictor.Outputs;
        var values = outputs.Select(o => new float[items.Count * o.Width]).ToList();
        values.ForEach(v => Array.Fill(v, float.NaN));
        string?[] problems = new string?[items.Count], hashes = new string?[items.Count],
            perceptual = new string?[items.Count];
        var (decoder, reader) = (new ImageDecoder(), new PictureReader(items.Files));
        var done = 0;
        ImagePredictions.Run(_predictor, [.. Enumerable.Range(0, items.Count)], (i, pixels) =>
        {
            if (!reader.TryRead(i, out var bytes, out var problem))
                return problem;
            if (_trained is not null)
            {
                var content = new Digest(SHA256.HashData(bytes));
                hashes[i] = content.ToString();
                // A training image need not be compared with training images, nor decoded once more for it.
                if (_trained.GetValueOrDefault(content, Split.Test) == Split.Test)
                    perceptual[i] = ImageProbe.Hash(decoder, bytes)?.ToString("x16", CultureInfo.InvariantCulture);
            }
            return decoder.Decode(bytes, _predictor.Image!, pixels).Problem;
        }, (rows, found) =>
        {
            for (var o = 0; o < outputs.Count; o++)
                for (var (i, width) = (0, outputs[o].Width); i < rows.Length; i++)
                    found[o].AsSpan(i * width, width).CopyTo(values[o].AsSpan(rows[i] * width));
            progress?.Report(new("predicting", done += rows.Length, items.Count, "images"));
        }, (i, reason) => problems[i] = reason, _options.Threads, cancel);
        Column[] known = _manifest is null ? []
            : [new TextColumn(Hash, hashes), new TextColumn(Perceptual, perceptual)];
        return StepPart.Of(items, problems, known.Concat(outputs.SelectMany((output, o) =>
            Enumerable.Range(0, output.Width).Select(c => new NumberColumn(Column(output, c),
                [.. Enumerable.Range(0, items.Count).Select(i => (double)values[o][(i * output.Width) + c])])))));
    }

    private static string Column(PredictorOutput output, int place) =>
        string.Create(CultureInfo.InvariantCulture, $"{output.Name}_{place}");

    public override IReadOnlyList<string> Finish(StepWork work, IEnumerable<StepPart> parts, string output,
        IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        TableFile.CheckName(output);
        var files = work.Images!.Files;
        Check(files);
        var lines = _labels?.Notices.Select(n => n.Sentence).ToList() ?? [];
        lines.AddRange(work.Images.Unreadable.Take(10).Select(reason => $"{reason}."));
        var columns = new PredictionColumns(_targets, files.Count);
        var bases = ConformalColumns.Bases(_conformal);
        var basis = new PredictionColumns(bases, files.Count);
        int[] basisOutputs = [.. bases.Select(b => _predictor.Outputs.ToList().FindIndex(o => o.Name == b.Name))];
        var novelty = PictureNovelty.Of(_predictor, files.Count);
        UncertaintyOutput? Uncertainty(int o) =>
            _predictor.Uncertainty.FirstOrDefault(u => u.Name == _predictor.Outputs[o].Name);
        int[] scores = [
            .. Enumerable.Range(0, _predictor.Outputs.Count).Where(
                o => _predictor.Outputs[o] is { Target: null, Width: 1, Name: not PictureNovelty.Column }
                    && Uncertainty(o)?.Column is not null)];
        var uncertainty = new PredictionColumns([.. scores.Select(o => Uncertainty(o)!.Column!)], files.Count);
        var failures = new Dictionary<int, string>();
        var hashes = new Digest[_manifest is null ? 0 : files.Count];
        var looks = new Dictionary<int, ulong>();
        foreach (var part in parts)
        {
            int[] good = [.. Enumerable.Range(0, part.Count).Where(r => part.ProblemOf(r) is null)];
            foreach (var row in Enumerable.Range(0, part.Count).Except(good))
                failures[part.Item(row)] = part.ProblemOf(row)!;
            int[] done = [.. good.Select(part.Item)];
            var values = _predictor.Outputs.Select(o => Values(part, o, good)).ToList();
            columns.Set(done, values);
            uncertainty.Set(done, [.. scores.Select(o => values[o])]);
            basis.Set(done, [.. basisOutputs.Select(o => values[o])]);
            novelty?.Set(done, values);
            if (_manifest is null)
                continue;
            var (known, look) = (part.Table.Text(Hash), part.Table.Text(Perceptual));
            foreach (var row in good)
            {
                hashes[part.Item(row)] = Digest.Parse(known[row]!);
                if (look[row] is { } hash)
                    looks[part.Item(row)] = ulong.Parse(hash, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            }
        }
        if (failures.Count == files.Count)
            throw new FaceBiasException(
                $"None of the {files.Count:N0} images can be read; the first: '{files[0].Id}': {failures[0]}.");

        var rows = Enumerable.Range(0, files.Count).Where(i => !failures.ContainsKey(i)).ToList();
        var table = new List<Column>(PredictRun.Names(files, rows));
        if (Splits(files, rows, hashes, looks, lines, cancel) is { } splits)
            table.Add(splits);
        table.AddRange(columns.ToColumns(rows));
        table.AddRange(uncertainty.ToColumns(rows));
        if (novelty is not null)
        {
            table.Add(novelty.ToColumn(rows));
            lines.AddRange(novelty.Lines(files, rows, _options.Threads, cancel));
        }
        var predicted = table.Count;
        if (_labels is not null)
            PredictRun.AddLabels(table, _labels, _targets, rows, lines);
        if (_conformal is not null)
        {
            float[] Picked(string name) => Array.FindIndex(_targets, t => t.Name == name) is >= 0 and var o
                ? PredictRun.Picked(columns, o, rows)
                : PredictRun.Picked(basis, Array.FindIndex([.. bases], b => b.Name == name), rows);
            table.InsertRange(predicted,
                ConformalColumns.Of(_conformal, _targets, Picked, table[predicted..], lines).ToList());
        }
        if (_options.Abstain is { } share)
            Abstention.Apply(table, [.. _targets.Select(t => t.Name)], share,
                _options.AbstainBy is { } by ? table.Find(c => c.Name == by + "_true") ?? table.First(c => c.Name == by)
                    : null, lines);
        if (_labels is not null)
            lines.InsertRange(0, UselessModel.Of(new(table), _targets.Select(t => t.Name)));
        progress?.Report(new("writing", 0, rows.Count, "rows"));
        TableFile.Write(output, new Table(table));
        progress?.Report(new("writing", rows.Count, rows.Count, "rows"));
        lines.AddRange(PredictRun.LeftOut(files, failures));
        lines.Add(string.Create(CultureInfo.InvariantCulture,
            $"{rows.Count:N0} predictions, {failures.Count:N0} images left out as unreadable: {output}"));
        return lines;
    }

    private static float[] Values(StepPart part, PredictorOutput output, int[] rows)
    {
        var values = new float[rows.Length * output.Width];
        for (var c = 0; c < output.Width; c++)
        {
            var column = part.Table.Number(Column(output, c)).Values;
            for (var i = 0; i < rows.Length; i++)
                values[(i * output.Width) + c] = (float)column[rows[i]];
        }
        return values;
    }

    /// <summary>The column <c>split</c>, by which an audit leaves out what the model was trained on: from the manifest
    /// beside the model, by the images' content, else from official splits of the labels; null where nobody
    /// knows.</summary>
    private TextColumn? Splits(IReadOnlyList<ImageFile> files, List<int> rows, Digest[] hashes,
        Dictionary<int, ulong> looks, List<string> lines, CancellationToken cancel)
    {
        if (_manifest is null)
        {
            if (_labels?.Given is not { } given)
                return null;
            lines.Add($"{given.Sentence} An audit looks at the test images alone unless ‹Split› says otherwise.");
            return new("split", [.. rows.Select(i => Word(given.Of[i]))]);
        }
        var splits = _trained!;
        Split[] of = [.. rows.Select(i => splits.GetValueOrDefault(hashes[i], Split.Test))];
        var seen = of.Count(s => s != Split.Test);
        if (seen > 0)
        {
            lines.Add(string.Create(CultureInfo.InvariantCulture,
                $"{seen:N0} of {rows.Count:N0} images were used to train this model, which looks better on them than it is: ")
                + "the column 'split' says which, and an audit leaves them out unless ‹Split› is all.");
        }
        if (TrainingCopies.Say(_manifest, [.. rows.Where((r, at) => of[at] == Split.Test && looks.ContainsKey(r))
            .Select(r => (files[r].Id, looks[r]))], rows.Count, cancel) is { } copies)
            lines.Add(copies);
        return new("split", [.. of.Select(Word)]);
    }

    private static string? Word(Split split) => split == Split.None ? null : split.ToString().ToLowerInvariant();

    public override void Dispose() => _predictor.Dispose();
}
