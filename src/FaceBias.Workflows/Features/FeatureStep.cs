using System.Security.Cryptography;
using FaceBias.Core.Data.Labels;
using FaceBias.Core.Imaging;
using FaceBias.Onnx.Import;
using FaceBias.Onnx.Runtime;
using FaceBias.Primitives.Hashing;
using FaceBias.Workflows.Steps;

namespace FaceBias.Workflows.Features;

/// <summary>Computing features as a step: a picture's row has its content's hash and a vector.</summary>
internal sealed class FeatureStep : ShardedStep
{
    private const string Hash = "sha256";

    private readonly FeatureRunOptions _options;
    private readonly Backbone _backbone;
    private readonly OnnxSession _session;

    /// <summary>Opens the model.</summary>
    public FeatureStep(FeatureRunOptions options, IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        _options = options;
        _backbone = new ModelStore(options.Home).Get(options.Backbone, progress, cancel);
        if (_backbone.FeatureCount == 0)
            throw new FaceBiasException(
                $"'{_backbone.Name}' gives no features (it is a detector); choose another ‹Backbone› from 'facebias "
                    + "models list'.");
        _session = new(_backbone.OnnxPath, new OnnxSessionOptions { Threads = 1 });
    }

    public override string ResultFile => "features.npy";

    public override IReadOnlyList<(string Name, string Path)> Inputs =>
        [File.Exists(_options.Backbone) ? (Path.GetFullPath(_options.Backbone), Path.GetFullPath(_options.Backbone))
            : (_options.Backbone, _backbone.OnnxPath)];

    public override IReadOnlyList<string> Roots => _options.Images;

    /// <summary>Refuses the name of a file that is none for a matrix.</summary>
    public static void CheckName(string path)
    {
        if (!path.EndsWith(".npy", StringComparison.OrdinalIgnoreCase))
            throw new FaceBiasException($"‹Out› '{path}' is no matrix; use a name that ends in .npy.");
    }

    public override StepWork Look(IProgress<StepProgress>? progress, CancellationToken cancel) =>
        StepWork.Of(ImageFolder.List(PixelTable.Unpack(_options.Images, _options.Home, progress, cancel)));

    public override StepPart Run(StepItems items, IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        var width = _backbone.FeatureCount;
        var vectors = new float[items.Count * width];
        Array.Fill(vectors, float.NaN);
        var (problems, hashes) = (new string?[items.Count], new string?[items.Count]);
        var (decoder, reader) = (new ImageDecoder(), new PictureReader(items.Files));
        var done = 0;
        ParallelInference.Run(_session, _backbone.Input, [BackboneMetadata.Features],
            [.. Enumerable.Range(0, items.Count)], (i, pixels) =>
        {
            if (!reader.TryRead(i, out var bytes, out var problem))
                return problem;
            hashes[i] = new Digest(SHA256.HashData(bytes)).ToString();
            return decoder.Decode(bytes, _backbone.Input, pixels).Problem;
        }, (rows, outputs) =>
        {
            if (!Array.TrueForAll(outputs[0], float.IsFinite))
                throw new FaceBiasException(
                    $"The backbone '{_backbone.Name}' gives features that are not finite for "
                        + $"'{items.Files[rows[0]].Path}' or its neighbours; check its normalisation with 'facebias "
                        + "models inspect'.");
            for (var i = 0; i < rows.Length; i++)
                outputs[0].AsSpan(i * width, width).CopyTo(vectors.AsSpan(rows[i] * width));
            progress?.Report(new($"features ({_backbone.Name})", done += rows.Length, items.Count, "images"));
        }, (i, reason) => problems[i] = reason, _options.Threads, cancel);
        return StepPart.Of(items, problems,
        [
            new TextColumn("path", [.. Enumerable.Range(0, items.Count)], [.. items.Files.Select(f => f.Path)]),
            new TextColumn(Hash, hashes),
        ], vectors);
    }

    public override IReadOnlyList<string> Finish(StepWork work, IEnumerable<StepPart> parts, string output,
        IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        CheckName(output);
        var width = _backbone.FeatureCount;
        var cache = _options.Cache
            ? FeatureStore.Open(FeatureExtractor.StoreRoot(_options.Home), _backbone.Key, width) : null;
        List<string> ids = [], paths = [], hashes = [],
            lines = [.. work.Images!.Unreadable.Take(10).Select(reason => $"{reason}.")];
        var (fresh, floats) = (new OrderedDictionary<Digest, int>(), new List<float>());
        var failed = 0;
        AtomicFile.Write(output, temporary =>
        {
            using var writer = new NpyMatrixWriter(temporary, work.Count, width);
            foreach (var part in parts)
            {
                cancel.ThrowIfCancellationRequested();
                var (path, hash) = (part.Table.Text("path"), part.Table.Text(Hash));
                for (var row = 0; row < part.Count; row++)
                {
                    if (part.ProblemOf(row) is { } problem)
                    {
                        if (failed++ < 10)
                            lines.Add($"'{part.Name(row)}' was left out: {problem}.");
                        continue;
                    }
                    var vector = part.Vectors.AsSpan(row * width, width);
                    writer.Append(vector);
                    ids.Add(part.Name(row));
                    paths.Add(path[row]!);
                    hashes.Add(hash[row]!);
                    if (cache?.Contains(Digest.Parse(hash[row]!)) == false
                        && fresh.TryAdd(Digest.Parse(hash[row]!), row))
                        floats.AddRange(vector);
                }
                cache?.Append([.. fresh.Keys], floats.ToArray());
                fresh.Clear();
                floats.Clear();
            }
            if (ids.Count == 0)
                throw new FaceBiasException($"None of the {work.Count:N0} images can be read; the first: {lines[0]}");
            writer.Shorten();
        });
        var table = Path.ChangeExtension(output, ".rows.parquet");
        TextColumn Unique(string name, List<string> values) =>
            new(name, [.. Enumerable.Range(0, values.Count)], [.. values]);
        TableFile.Write(table, new Table(
        [
            new NumberColumn("row", [.. Enumerable.Range(0, ids.Count).Select(i => (double)i)]),
            Unique("id", ids), Unique("path", paths), Unique(Hash, hashes),
        ]));
        lines.Add(string.Create(CultureInfo.InvariantCulture,
            $"{ids.Count:N0} images x {width:N0} features of {_backbone.Name}, {failed:N0} images left out as "
                + $"unreadable: {output}, {table}"));
        return lines;
    }

    public override void Dispose() => _session.Dispose();
}
