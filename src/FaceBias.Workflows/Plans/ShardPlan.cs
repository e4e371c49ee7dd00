using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FaceBias.Primitives.Hashing;
using FaceBias.Primitives.Json;
using FaceBias.Primitives.Storage;
using FaceBias.Workflows.Steps;

namespace FaceBias.Workflows.Plans;

/// <summary>How far a shard is.</summary>
internal enum ShardState
{
    /// <summary>Nobody has begun it, or whoever had did not end it.</summary>
    Open,

    /// <summary>A worker says that it computes it, or was killed while it did.</summary>
    Running,

    /// <summary>Its result is there.</summary>
    Done,
}

/// <summary>What a worker writes beside a shard's result when that is whole: <c>shards/NNNNN.json</c>.</summary>
internal sealed record ShardStats
{
    /// <summary>The hash of the plan.</summary>
    public required string Plan { get; init; }

    /// <summary>The shard.</summary>
    public required int Shard { get; init; }

    /// <summary>The first of its rows.</summary>
    public required int First { get; init; }

    /// <summary>Number of its rows.</summary>
    public required int Rows { get; init; }

    /// <summary>SHA-256 of <c>shards/NNNNN.parquet</c>.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Its size in bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>Rows without a result, with the reason.</summary>
    public required IReadOnlyList<FailedRow> Failed { get; init; }

    /// <summary>Wall time.</summary>
    public double Seconds { get; init; }

    /// <summary>The most memory that the worker's process had, in bytes.</summary>
    public long PeakMemory { get; init; }

    /// <summary>The worker's machine.</summary>
    public string Host { get; init; } = "";
}

/// <summary>A row without a result.</summary>
/// <param name="Row">Its number in the plan.</param>
/// <param name="Id">The picture.</param>
/// <param name="Reason">Why.</param>
internal sealed record FailedRow(int Row, string Id, string Reason);

/// <summary>A heavy step divided into shards, which any number of workers on any machines compute: a folder, local,
/// mounted or in an object store, with <c>plan.json</c>, the lists of pictures (<c>rows/</c>), results (<c>shards/</c>)
/// and who computes what (<c>claims/</c>).</summary>
internal sealed class ShardPlan
{
    private readonly PlanRecord _record;

    private ShardPlan(IObjectStore store, PlanRecord record) => (Store, _record) = (store, record);

    /// <summary>Where it lies.</summary>
    public string Url => Store.Url;

    /// <summary>Its content hash.</summary>
    public string Hash => _record.Hash;

    /// <summary>The step: predict, features, curate, audit or sweep.</summary>
    public string Step => _record.Step;

    /// <summary>Rows in all.</summary>
    public int Rows => _record.Rows;

    /// <summary>Rows of a shard; the last may have fewer.</summary>
    public int ShardRows => _record.ShardRows;

    /// <summary>Number of shards, which are numbered from 0.</summary>
    public int Count => _record.Count;

    internal IObjectStore Store { get; }

    internal PlanRecord Record => _record;

    /// <summary>Opens a plan.</summary>
    /// <param name="pathOrUrl">Its folder.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <exception cref="FaceBiasException">There is none (<see cref="ErrorKind.Busy"/>: the storage may not be
    /// mounted), it was changed (<see cref="ErrorKind.Permanent"/>), or the storage does not answer.</exception>
    public static ShardPlan Open(string pathOrUrl, CancellationToken cancellationToken = default)
    {
        var store = ObjectStores.Open(pathOrUrl);
        if (store.Stat(PlanRecord.File, cancellationToken) is null)
            throw new FaceBiasException(
                $"There is no plan at '{pathOrUrl}' (no {PlanRecord.File}); check the path, and that the storage is "
                    + "mounted.", ErrorKind.Busy);
        return new(store, PlanRecord.Parse(ReadText(store, PlanRecord.File, cancellationToken),
            $"{pathOrUrl.TrimEnd('/')}/{PlanRecord.File}"));
    }

    /// <summary>How far a shard is, by the names that are there.</summary>
    public ShardState State(int shard, CancellationToken cancellationToken = default) =>
        Store.Stat(StatsName(shard), cancellationToken) is not null ? ShardState.Done
        : Store.Stat(ShardClaim.Name(NumberText(shard)), cancellationToken) is not null ? ShardState.Running
            : ShardState.Open;

    /// <summary>How far all shards are.</summary>
    public IReadOnlyList<ShardState> States(CancellationToken cancellationToken = default)
    {
        var names = new[] { "shards/", ShardClaim.Folder }
            .SelectMany(folder => Store.List(folder, cancellationToken)).Select(o =>
                o.Name).ToHashSet(StringComparer.Ordinal);
        return [.. Enumerable.Range(0, Count).Select(shard => names.Contains(StatsName(shard)) ? ShardState.Done
            : names.Contains(ShardClaim.Name(NumberText(shard))) ? ShardState.Running : ShardState.Open)];
    }

    /// <summary>What the worker that computed a shard wrote; null where its result is not there.</summary>
    /// <exception cref="FaceBiasException">It is of another plan.</exception>
    public ShardStats? Stats(int shard, CancellationToken cancellationToken = default)
    {
        var name = StatsName(shard);
        if (Store.Stat(name, cancellationToken) is null)
            return null;
        ShardStats? stats = null;
        try
        {
            stats = JsonSerializer.Deserialize<ShardStats>(ReadText(Store, name, cancellationToken), CoreJson.Options);
        }
        catch (JsonException)
        {
            // Cut off or changed: the shard is computed again.
        }
        if (stats is not { Sha256: not null, Failed: not null, Plan: not null })
            return null;
        if (stats.Plan != Hash || stats.Shard != shard || stats.First != First(shard) || stats.Rows != Length(shard))
            throw new FaceBiasException(
                $"'{name}' in '{Url}' belongs to another plan or shard; delete it and "
                    + $"shards/{NumberText(shard)}.parquet, and run '{Command(shard)}'.", ErrorKind.Permanent);
        return stats;
    }

    /// <summary>The command that computes a shard.</summary>
    public string Command(int shard) => string.Create(CultureInfo.InvariantCulture,
        $"{RunCommand} --shard {shard}");

    /// <summary>The command that computes all of them.</summary>
    internal string RunCommand => $"facebias run {Quoted(Url)}";

    internal static string Quoted(string path) => path.Contains(' ', StringComparison.Ordinal) ? $"'{path}'" : path;

    internal int First(int shard) => shard * ShardRows;

    internal int Length(int shard) => Math.Min(ShardRows, Rows - First(shard));

    internal static string NumberText(int shard) => shard.ToString("00000", CultureInfo.InvariantCulture);

    internal static string StatsName(int shard) => $"shards/{NumberText(shard)}.json";

    internal static string PartName(int shard) => $"shards/{NumberText(shard)}.parquet";

    internal static string ListName(int shard) => $"rows/{NumberText(shard)}.parquet";

    internal StepItems Items(int shard, CancellationToken cancel) => new(
        [.. Enumerable.Range(First(shard), Length(shard))], _record.Lists.Count == 0 ? [] : Files(shard, cancel));

    /// <summary>What there is to do in all.</summary>
    internal StepWork Work(CancellationToken cancel)
    {
        if (_record.Lists.Count == 0)
            return new(Rows, null);
        var files = new List<ImageFile>(Rows);
        for (var shard = 0; shard < Count; shard++)
            files.AddRange(Files(shard, cancel));
        return new(Rows, new(files, _record.Ignored, _record.Unreadable));
    }

    private ImageFile[] Files(int shard, CancellationToken cancel) => Fetch<ImageFile[]>(ListName(shard), cancel, (path,
        hash) =>
    {
        var table = hash == _record.Lists[shard] ? TableFile.Read(path) : null;
        return table?.RowCount == Length(shard) && table.Text("id") is var ids && table.Text("path") is var paths
            ? [.. Enumerable.Range(0, ids.Count).Select(i => new ImageFile(ids[i]!, paths[i]!))]
            : throw new FaceBiasException(
                $"'{ListName(shard)}' in '{Url}' is not the list that the plan was made with; make the plan again "
                    + "with 'facebias plan'.", ErrorKind.Permanent);
    });

    /// <summary>A shard's result, if it is the one that its stats name; else null.</summary>
    internal StepPart? Part(int shard, ShardStats stats, CancellationToken cancel) =>
        Store.Stat(PartName(shard), cancel) is not { } there || there.Length != stats.Bytes ? null
        : Fetch(PartName(shard), cancel, (path, hash) => hash == stats.Sha256 ? StepPart.Read(path) : null);

    /// <summary>Whether a shard's result is there and whole.</summary>
    internal bool IsWhole(int shard, ShardStats stats, CancellationToken cancel) =>
        Store.Stat(PartName(shard), cancel) is { } there && there.Length == stats.Bytes
        && Fetch(PartName(shard), cancel, (_, hash) => hash == stats.Sha256);

    /// <summary>Puts an object into a temporary file.</summary>
    /// <param name="read">Reads the file, whose hash it is given.</param>
    private T Fetch<T>(string name, CancellationToken cancel, Func<string, string, T> read) => Temporary(path =>
    {
        using (var source = Store.OpenRead(name, cancel))
        using (var file = File.Create(path))
            source.CopyTo(file);
        return read(path, Primitives.Hashing.Sha256.OfFile(path));
    });

    /// <summary>Uses a temporary file, for Parquet is read and written by path.</summary>
    internal static T Temporary<T>(Func<string, T> use)
    {
        var path = Path.Combine(Path.GetTempPath(), $"facebias-{Guid.NewGuid():N}.parquet");
        try
        {
            return use(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    internal static void Upload(IObjectStore store, string name, string path, CancellationToken cancel) =>
        store.Write(name, stream =>
        {
            using var file = File.OpenRead(path);
            file.CopyTo(stream);
        }, cancel);

    internal static string ReadText(IObjectStore store, string name, CancellationToken cancel)
    {
        using var reader = new StreamReader(store.OpenRead(name, cancel), Encoding.UTF8);
        return reader.ReadToEnd();
    }

    internal static void WriteText(Stream stream, string text) => stream.Write(Encoding.UTF8.GetBytes(text));
}
