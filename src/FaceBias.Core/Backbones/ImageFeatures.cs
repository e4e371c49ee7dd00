using FaceBias.Core.Data;
using FaceBias.Primitives.Hashing;

namespace FaceBias.Core.Backbones;

/// <summary>A backbone's features of images, computed when they are first asked for and kept in the
/// <see cref="FeatureStore"/> of the home folder. Not thread-safe while computing; reading is.</summary>
internal sealed class ImageFeatures : IDisposable
{
    private readonly FeatureStore _store;
    private readonly int _threads;
    private readonly bool _mirrored;
    private FeatureRows? _rows;

    private ImageFeatures(Backbone backbone, FeatureStore store, int threads, bool mirrored) =>
        (Backbone, _store, _threads, _mirrored) = (backbone, store, threads, mirrored);

    public Backbone Backbone { get; }

    /// <summary>Values per image.</summary>
    public int Count => Backbone.FeatureCount;

    /// <summary>Rows of the store that were found damaged and are computed again.</summary>
    public int DamagedRows => _store.DamagedRows;

    /// <summary>Opens a backbone and its store.</summary>
    /// <param name="home">Folder of models and features.</param>
    /// <param name="mirrored">Whether pictures go in mirrored.</param>
    /// <exception cref="FaceBiasException">There is no such model, or it gives no features.</exception>
    public static ImageFeatures Open(
        string home, string nameOrFile, int threads, IProgress<StepProgress>? progress = null,
        CancellationToken cancel = default, bool mirrored = false)
    {
        var backbone = new ModelStore(home).Get(nameOrFile, progress, cancel);
        if (backbone.FeatureCount == 0)
            throw new FaceBiasException(
                $"'{backbone.Name}' gives no features (it is a detector); choose another ‹Backbone› from 'facebias "
                    + "models list'.");
        var key = mirrored ? backbone.Key + "-mirrored" : backbone.Key;
        return new(backbone, FeatureStore.Open(FeatureExtractor.StoreRoot(home), key, backbone.FeatureCount), threads,
            mirrored);
    }

    /// <summary>Computes the features of images that are not there yet.</summary>
    /// <returns>Images that cannot be read (any more), with the reason.</returns>
    public IReadOnlyDictionary<int, string> Ensure(Manifest manifest, IReadOnlyList<int> rows,
        IProgress<StepProgress>? progress = null, CancellationToken cancel = default)
    {
        var failures = new Dictionary<int, string>();
        FeatureExtractor.Fill(
            _store, Backbone, [.. rows.Select(i => manifest.Files[i].Path)], [.. rows.Select(i => manifest.Sha256[i])],
            (i, reason) => failures[rows[i]] = reason, _threads, progress, cancel, _mirrored);
        // What was appended is not in the old mapping.
        _rows?.Dispose();
        _rows = _store.OpenRows();
        return failures;
    }

    /// <summary>The features of an image; valid until the next <see cref="Ensure"/>.</summary>
    public ReadOnlySpan<float> this[Digest sha256] =>
        (_rows ?? throw new InvalidOperationException("No features were computed yet."))[sha256];

    /// <summary>The features of its last layer alone, by which pictures are compared.</summary>
    public ReadOnlySpan<float> LastLayer(Digest sha256) => this[sha256][..Backbone.LastLayerCount];

    public void Dispose() => _rows?.Dispose();
}
