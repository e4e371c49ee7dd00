using FaceBias.Core.Heads.Model;
using FaceBias.Core.Search.Spaces;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using FaceBias.Primitives.Hashing;
using FaceBias.Workflows.RunFolders;

namespace FaceBias.Workflows.Sweep;

/// <summary>One backbone's features of a sweep's images.</summary>
/// <param name="Name">The backbone, as a space file names it.</param>
/// <param name="Width">Features per image.</param>
/// <param name="Row">The features by row of the sweep; may be read from several threads.</param>
/// <param name="Backbone">The model, for export; null where it cannot be had.</param>
internal sealed record FeatureSet(string Name, int Width, FeatureRow Row, Backbone? Backbone)
{
    /// <summary>The features of the mirrored pictures, for training and validation rows; null unless the space asks for
    /// them.</summary>
    public FeatureRow? Mirrored { get; init; }

    /// <summary>What the backbone adds to an exported file; 0 where it cannot be had.</summary>
    public long BackboneBytes { get; } = Backbone is null ? 0 : new FileInfo(Backbone.OnnxPath).Length;

    /// <summary>What it adds to the time for one image on one thread, measured when it is first asked for.</summary>
    public Lazy<double> BackboneMilliseconds { get; } =
        new(() => Backbone is null ? 0
            : HeadLatency.Measure(OnnxFile.Read(Backbone.OnnxPath), BackboneMetadata.Pixels));
}

/// <summary>The pictures themselves, by row of the sweep.</summary>
internal sealed record SweepImages(IReadOnlyList<string> Paths, IReadOnlyList<Digest> Sha256);

/// <summary>The features that trials share: those of the run, and of further backbones and mirrored pictures where the
/// space asks for them. The latter are computed once and kept in the home folder by content, as those of a run
/// are.</summary>
internal sealed class FeatureSets : IDisposable
{
    private readonly Dictionary<string, FeatureSet> _sets = new(StringComparer.Ordinal);
    private readonly List<IDisposable> _open = [];

    private FeatureSets(FeatureSet own) => _sets[own.Name] = Own = own;

    /// <summary>The run's own.</summary>
    public FeatureSet Own { get; private set; }

    /// <summary>The networks of the features so far, as far as they can be had.</summary>
    public IEnumerable<Backbone> Backbones => _sets.Values.Select(s => s.Backbone).OfType<Backbone>();

    /// <summary>Why the run's own backbone cannot be had, or null.</summary>
    public string? Missing { get; private init; }

    /// <summary>The pictures; null unless the space trains layers of the backbone.</summary>
    public SweepImages? Images { get; private set; }

    /// <summary>The features that a configuration trains on.</summary>
    public FeatureSet Of(Configuration c) => _sets[HeadSpace.Choice(c, FeatureSpace.Backbone, Own.Name)];

    /// <param name="ids">Images by row, which must be those of the file.</param>
    public static FeatureSets Open(string run, TextColumn ids, string home)
    {
        using var folder = RunFolder.Open(run);
        var (file, rowsFile) = folder.FeatureFiles();
        var rows = TableFile.Read(rowsFile).Text("id");
        var matrix = NpyMatrix.Open(file);
        if (matrix.Rows != ids.Count || rows.Count != ids.Count
            || Enumerable.Range(0, rows.Count).Any(r => rows[r] != ids[r]))
        {
            matrix.Dispose();
            throw new FaceBiasException(
                $"The features and the predictions of '{run}' are of different images; run facebias train again with "
                    + "its command.");
        }
        var (backbone, missing) = OwnBackbone(folder, home);
        var own = new FeatureSet(backbone?.Name ?? Path.GetFileNameWithoutExtension(file), matrix.Columns,
            row => matrix.Row(row), backbone);
        var sets = new FeatureSets(own) { Missing = missing };
        sets._open.Add(matrix);
        return sets;
    }

    /// <summary>Computes what a space asks for beside the run's own features, or finds it in the home folder.</summary>
    /// <param name="run">Folder of the run, for its manifest.</param>
    /// <param name="home">Folder of models and features.</param>
    public void Add(SearchSpace space, SweepData data, string run, string home, IProgress<StepProgress>? progress,
        CancellationToken cancel)
    {
        var backbones = Choices(space, FeatureSpace.Backbone) ?? [Own.Name];
        var mirrored = Choices(space, FeatureSpace.Mirror)?.Contains("true") == true;
        var tuned = Choices(space, FinetuneSpace.Scope)?.Any(c => c != FinetuneSpace.Head) == true;
        if (!mirrored && !tuned && backbones.All(b => b == Own.Name))
            return;
        using var folder = RunFolder.Open(run);
        var manifest = Manifest.Read(folder.Checked(RunFolder.ManifestFile));
        var place = Enumerable.Range(0, manifest.Count).ToDictionary(i => manifest.Files[i].Id, i => i,
            StringComparer.Ordinal);
        var ids = data.Table.Text("id");
        int[] images = [.. Enumerable.Range(0, ids.Count).Select(r => place.TryGetValue(ids[r] ?? "", out var i) ? i
            : throw new FaceBiasException(
                $"'{run}' has predictions for '{ids[r]}', which is not in its manifest.parquet; run facebias train again."))];
        if (tuned)
        {
            Images = new([.. images.Select(i => manifest.Files[i].Path)], [.. images.Select(i => manifest.Sha256[i])]);
            if (Images.Paths.FirstOrDefault(p => !File.Exists(p)) is { } gone)
                throw new FaceBiasException(
                    $"'{gone}' was there when the run was made and is not now; restore it, or leave 'finetune' out of "
                        + "‹SpaceFile›.");
        }
        ImageFeatures Compute(string name, bool mirror, IEnumerable<int> rows)
        {
            var features = ImageFeatures.Open(home, name, 0, progress, cancel, mirror);
            _open.Add(features);
            foreach (var (image, reason) in features.Ensure(manifest, [.. rows.Select(r => images[r])], progress,
                cancel).OrderBy(f => f.Key))
                throw new FaceBiasException(
                    $"'{manifest.Files[image].Path}' was readable when the run was made and is not now: {reason}; "
                        + "restore it, or leave 'backbone' and 'mirror' out of ‹SpaceFile›.");
            return features;
        }
        foreach (var name in backbones)
        {
            if (name != Own.Name)
            {
                var features = Compute(name, false, Enumerable.Range(0, images.Length));
                _sets[name] = new(name, features.Count, row => features[manifest.Sha256[images[row]]],
                    features.Backbone);
            }
            if (!mirrored)
                continue;
            var flipped = Compute(name == Own.Name ? folder.Backbone : name, true, [.. data.Train, .. data.Validation]);
            _sets[name] = _sets[name] with { Mirrored = row => flipped[manifest.Sha256[images[row]]] };
        }
        Own = _sets.GetValueOrDefault(Own.Name, Own);
    }

    /// <summary>The images of a run's features, with their splits.</summary>
    public static Table Rows(string run)
    {
        using var folder = RunFolder.Open(run);
        return TableFile.Read(folder.FeatureFiles().Rows);
    }

    public void Dispose() => _open.ForEach(o => o.Dispose());

    private static IReadOnlyList<string>? Choices(SearchSpace space, string name) =>
        space.IndexOf(name) is >= 0 and var i ? ((ChoiceParameter)space.Parameters[i]).Choices : null;

    private static (Backbone? Backbone, string? Missing) OwnBackbone(RunFolder run, string home)
    {
        try
        {
            return (new ModelStore(home).Get(run.Backbone), null);
        }
        catch (FaceBiasException e)
        {
            return (null, e.Message);
        }
    }
}
