using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics;
using System.Text.Json;
using FaceBias.Primitives.Hashing;
using FaceBias.Primitives.Json;
using FaceBias.Primitives.Options;
using FaceBias.Workflows.Steps;

namespace FaceBias.Workflows.Plans;

/// <summary>What a user asks of <see cref="ShardRun"/>.</summary>
public sealed record ShardRunOptions
{
    /// <summary>The plan's folder.</summary>
    public required string Plan { get; init; }

    /// <summary>The only shard to compute, from 0; null for all that are not done.</summary>
    [Option("The shard to compute, from 0; without it all that are not done.", ValueName = "I",
        Group = OptionGroup.Resources, Common = true)]
    [Range(0, int.MaxValue)]
    public int? Shard { get; init; }

    /// <summary>Shards at a time.</summary>
    [Option("Shards at a time, each with its share of the cores; workers of other processes and machines may run "
        + "beside them.", ValueName = "K", Group = OptionGroup.Resources, Common = true)]
    [Range(1, OptionLimits.Threads)]
    public int Workers { get; init; } = 1;

    /// <summary>Whether rows that failed are computed again.</summary>
    [Option("Compute again the rows that failed in shards that are done; the other rows are kept.",
        Group = OptionGroup.Resources, Common = true)]
    public bool RetryFailed { get; init; }

    /// <summary>Threads of each worker; 0 shares the cores among them.</summary>
    [Option("Threads of each worker; 0 shares the cores among them.", Group = OptionGroup.Resources)]
    [Range(0, OptionLimits.Threads)]
    public int Threads { get; init; }

    /// <summary>Folder of downloaded models and caches.</summary>
    public string Home { get; init; } = FaceBiasHome.Folder;
}

/// <summary>A worker of a plan. A shard's result is written under a temporary name, synced and renamed, and counts when
/// its stats with its checksum are there; whatever kills a worker costs at most the shards that it had begun.</summary>
internal static class ShardRun
{
    /// <summary>Computes shards.</summary>
    /// <returns>Lines for the console.</returns>
    /// <exception cref="FaceBiasException"><see cref="ErrorKind.Busy"/> where the same again may work,
    /// <see cref="ErrorKind.Permanent"/> where it never will.</exception>
    public static IReadOnlyList<string> Execute(ShardRunOptions options, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        OptionSchema.Check(options);
        return PlanErrors.Sorted(() =>
        {
            var threads = options.Threads > 0 ? options.Threads
                : Math.Max(1, Environment.ProcessorCount / options.Workers);
            using var work = PlanWork.Open(options.Plan, threads, options.Home, progress, cancellationToken);
            return new Workers(work, options, progress, cancellationToken).Run();
        });
    }

    /// <summary>What became of a shard.</summary>
    private enum Outcome
    {
        Computed,
        Known,
        Taken,
    }

    private sealed class Workers(PlanWork work, ShardRunOptions options, IProgress<StepProgress>? progress,
        CancellationToken cancel)
    {
        private const int MostRaces = 5;

        private readonly ShardPlan _plan = work.Plan;
        private readonly ConcurrentDictionary<int, Outcome> _outcomes = new();
        private readonly ConcurrentDictionary<int, Exception> _failures = new();
        private readonly ConcurrentDictionary<int, bool> _pending = new();
        private readonly ConcurrentDictionary<int, string> _holders = new();
        private int _failedRows, _rows;

        public IReadOnlyList<string> Run()
        {
            work.Step.Others = Others;
            if (options.Shard is { } only)
            {
                if (only >= _plan.Count)
                    throw new FaceBiasException(
                        $"There is no shard {only}; the plan has {_plan.Count}, from 0 to {_plan.Count - 1}.",
                        ErrorKind.Permanent);
                Pass([only], wait: true);
            }
            else
            {
                Pass([.. Enumerable.Range(0, _plan.Count)], wait: false);
                // What others have may be what others had; it takes some seconds to find out.
                Pass([.. _holders.Keys.Order()], wait: true);
            }
            Throw();
            var lines = new List<string>();
            int Count(Outcome o) => _outcomes.Values.Count(v => v == o);
            using var self = Process.GetCurrentProcess();
            lines.Add(string.Create(CultureInfo.InvariantCulture,
                $"{Count(Outcome.Computed):N0} shards computed ({_rows:N0} rows), {Count(Outcome.Known):N0} were done; "
                    + $"{self.TotalProcessorTime.TotalSeconds:0.0} s of processor time, peak memory "
                    + $"{self.PeakWorkingSet64 >> 20:N0} MB for {options.Workers} workers."));
            if (!_holders.IsEmpty)
                lines.Add(string.Create(CultureInfo.InvariantCulture,
                    $"{_holders.Count:N0} shards are being computed by others, such as {_holders.Values.First()}."));
            if (_failedRows > 0)
                lines.Add(string.Create(CultureInfo.InvariantCulture,
                    $"{_failedRows:N0} rows failed; shards/NNNNN.json in the plan's folder say which and why. Run with "
                        + $"‹RetryFailed› to compute them again."));
            return lines;
        }

        /// <summary>Computes shards, some at a time.</summary>
        private void Pass(IReadOnlyList<int> shards, bool wait)
        {
            var open = new ConcurrentQueue<int>(shards);
            foreach (var shard in shards)
                _pending[shard] = true;
            // Images of one shard; of several, shards tell more about the time left.
            var alone = options.Shard is not null;
            void Work()
            {
                while (!cancel.IsCancellationRequested && open.TryDequeue(out var shard))
                {
                    try
                    {
                        _holders.TryRemove(shard, out _);
                        _outcomes[shard] = One(shard, wait, alone ? progress : null);
                    }
                    catch (Exception e)
                    {
                        _failures[shard] = PlanErrors.Sort(e);
                    }
                    finally
                    {
                        _pending.TryRemove(shard, out _);
                    }
                    if (!alone)
                        progress?.Report(new("shards", _outcomes.Count + _failures.Count, _plan.Count, "shards"));
                }
            }
            // Threads of their own: the work is long and blocks, and the pool would add them only slowly.
            Thread[] workers = [.. Enumerable.Range(1, Math.Min(options.Workers, Math.Max(1, shards.Count)) - 1)
                .Select(_ => new Thread(Work) { IsBackground = true })];
            foreach (var worker in workers)
                worker.Start();
            Work();
            foreach (var worker in workers)
                worker.Join();
            cancel.ThrowIfCancellationRequested();
        }

        private void Throw()
        {
            if (_failures.IsEmpty)
            {
                if (options.Shard is { } shard && _holders.TryGetValue(shard, out var holder))
                    throw new FaceBiasException(
                        $"Shard {shard} is being computed by {holder}; wait until that has ended.", ErrorKind.Busy);
                return;
            }
            // What may work later is worth a repetition, whatever will not.
            var (first, failure) = _failures.OrderBy(f => f.Value is FaceBiasException { Kind: ErrorKind.Busy } ? 0 : 1)
                .ThenBy(f => f.Key).First();
            if (failure is not FaceBiasException known)
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
            else
                throw new FaceBiasException(
                    (_failures.Count == 1 ? $"Shard {first}: " : $"{_failures.Count} shards failed, the first is {first}: ")
                        + known.Text, known, known.Kind);
        }

        private Outcome One(int shard, bool wait, IProgress<StepProgress>? inner)
        {
            // Who asks for one shard wants to know that it is whole; a worker of all would read everything.
            bool IsDone(ShardStats stats) => options.Shard is null || _plan.IsWhole(shard, stats, cancel);
            bool IsSettled(ShardStats? stats) => stats is not null && IsDone(stats)
                && !(options.RetryFailed && stats.Failed.Count > 0);
            if (_plan.Stats(shard, cancel) is var before && IsSettled(before))
                return Known(before!);
            using var claim = ShardClaim.Take(_plan.Store, ShardPlan.NumberText(shard), wait, out var holder, cancel);
            if (claim is null)
            {
                _holders[shard] = holder;
                return Outcome.Taken;
            }
            before = _plan.Stats(shard, cancel);
            if (IsSettled(before))
                return Known(before!);
            var clock = Stopwatch.StartNew();
            var items = _plan.Items(shard, cancel);
            var kept = before is null ? null : _plan.Part(shard, before, cancel);
            if (kept is not null)
                items = Failed(items, before!);
            var part = work.Step.Run(items, inner, cancel);
            work.CheckStorage(part);
            Interlocked.Add(ref _rows, items.Count);
            part = kept?.With(part) ?? part;
            return Publish(shard, part, claim, replace: before is not null, clock);
        }

        /// <summary>The row of an earlier shard, which is waited for as long as somebody computes it. What this process
        /// has still to compute needs no claim to be waited for: shards are begun in order, so that one that another
        /// needs is begun before it, and a busy machine may be late with the claim.</summary>
        private StepPart Others(int row)
        {
            var shard = row / _plan.ShardRows;
            object? seen = null;
            for (var clock = Stopwatch.StartNew(); ; cancel.WaitHandle.WaitOne(200))
            {
                cancel.ThrowIfCancellationRequested();
                if (_plan.Stats(shard, cancel) is { } stats && _plan.Part(shard, stats, cancel) is { } part)
                    return part.Only(row);
                var (claim, patience) = ShardClaim.Peek(_plan.Store, ShardPlan.NumberText(shard), cancel);
                if (_pending.ContainsKey(shard) || claim is not null && !claim.Equals(seen))
                {
                    // Its worker is alive: it has renewed its claim, or is one of these.
                    seen = claim;
                    clock.Restart();
                }
                else if (clock.Elapsed > patience)
                    throw new FaceBiasException(
                        $"It needs row {row}, which is in shard {shard}; run '{_plan.Command(shard)}' first.",
                        ErrorKind.Busy);
            }
        }

        private Outcome Known(ShardStats stats)
        {
            Interlocked.Add(ref _failedRows, stats.Failed.Count);
            return Outcome.Known;
        }

        /// <summary>The items of a shard that have no result.</summary>
        private static StepItems Failed(StepItems items, ShardStats stats)
        {
            int[] at = [.. stats.Failed.Select(f => f.Row - items.Rows[0])];
            return new([.. at.Select(a => items.Rows[a])],
                items.Files.Count == 0 ? [] : [.. at.Select(a => items.Files[a])]);
        }

        private Outcome Publish(int shard, StepPart part, ShardClaim claim, bool replace, Stopwatch clock) =>
            ShardPlan.Temporary(path =>
            {
                part.Write(path);
                var stats = new ShardStats
                {
                    Plan = _plan.Hash,
                    Shard = shard,
                    First = _plan.First(shard),
                    Rows = _plan.Length(shard),
                    Sha256 = Sha256.OfFile(path),
                    Bytes = new FileInfo(path).Length,
                    Failed = [.. Enumerable.Range(0, part.Count).Where(r => part.ProblemOf(r) is not null)
                        .Select(r => new FailedRow(part.Item(r), part.Name(r), part.ProblemOf(r)!))],
                    Seconds = Math.Round(clock.Elapsed.TotalSeconds, 3),
                    PeakMemory = Process.GetCurrentProcess().PeakWorkingSet64,
                    Host = Environment.MachineName,
                };
                // Of two who computed it, the one that has the claim wins; the other's is the same, or older.
                if (!claim.IsHeld(cancel))
                    return Outcome.Taken;
                var kept = Put(shard, stats, path, claim, replace);
                Interlocked.Add(ref _failedRows, kept.Failed.Count);
                return kept == stats ? Outcome.Computed : Outcome.Known;
            });

        /// <summary>Writes a shard's result and then its stats, and gives the stats that stand. Another who lost or
        /// took the claim may write at the same moment: then whoever finds that the two are not of one worker writes
        /// both again, the holder of the claim first.</summary>
        private ShardStats Put(int shard, ShardStats stats, string path, ShardClaim claim, bool replace)
        {
            var text = JsonSerializer.Serialize(stats, CoreJson.Options) + "\n";
            for (var tries = 0; tries < MostRaces; tries++)
            {
                ShardPlan.Upload(_plan.Store, ShardPlan.PartName(shard), path, cancel);
                var alone = true;
                if (replace || tries > 0)
                    _plan.Store.Write(ShardPlan.StatsName(shard), s => ShardPlan.WriteText(s, text), cancel);
                else
                    alone = _plan.Store.WriteNew(ShardPlan.StatsName(shard), s => ShardPlan.WriteText(s, text),
                        cancel);
                var held = claim.IsHeld(cancel);
                if (alone && tries == 0 && held)
                    return stats;
                for (var looks = 0; looks < (held ? 1 : 4); looks++)
                {
                    cancel.WaitHandle.WaitOne(100 * looks << tries);
                    if (_plan.Stats(shard, cancel) is { } now && _plan.IsWhole(shard, now, cancel))
                        return now.Sha256 == stats.Sha256 ? stats : now;
                }
            }
            throw new FaceBiasException($"Several workers write shard {shard} again and again; run "
                + $"'{_plan.Command(shard)}' alone.", ErrorKind.Busy);
        }
    }
}
