using System.Diagnostics;
using FaceBias.Core.Search.Spaces;
using FaceBias.Core.Search.Storage;
using FaceBias.Core.Search.Trials;

namespace FaceBias.Core.Search.Studies;

/// <summary>Tries configurations, several at a time, and remembers every one in a journal.</summary>
internal static class Study
{
    /// <summary>How often a proposal that repeats a known configuration is asked for again.</summary>
    private const int Attempts = 20;

    /// <summary>Runs until the trials, the time or the space are used up.</summary>
    /// <param name="measure">Measures one configuration; called from several threads if there are several jobs.</param>
    /// <param name="journal">Where trials are kept; null for nowhere.</param>
    /// <param name="finished">Told of every finished trial, in the order in which they end.</param>
    /// <returns>All trials by number.</returns>
    public static IReadOnlyList<Trial> Run(
        StudyOptions options, Func<TrialContext, TrialResult> measure, StudyJournal? journal = null,
        Action<Trial>? finished = null,
        CancellationToken cancel = default)
    {
        var lookahead = Math.Max(options.Lookahead, options.Jobs);
        var done = new SortedDictionary<int, Trial>();
        if (!options.IsIndependent)
            foreach (var trial in journal?.Trials ?? [])
                done[trial.Number] = trial;
        var proposed = new Dictionary<int, Configuration>();
        var running = new Dictionary<int, Task<Trial>>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        if (options.Time is { } limit)
            stop.CancelAfter(limit);
        try
        {
            var share = options.Share;
            for (var n = 0; n < (share is null ? options.Trials : share.First + share.Count); n++)
            {
                if (n - lookahead is >= 0 and var elsewhere && share?.Has(elsewhere) == false)
                {
                    if (share.Wait(elsewhere) is not { } ended)
                        break;
                    done[elsewhere] = ended;
                }
                while (running.Count >= options.Jobs || (n - lookahead >= 0 && !done.ContainsKey(n - lookahead)))
                    Collect();
                stop.Token.ThrowIfCancellationRequested();
                Trial[] seen = [.. done.Values.Where(t => t.Number <= n - lookahead)];
                if (done.TryGetValue(n, out var known))
                {
                    proposed[n] = known.Configuration;
                    continue;
                }
                var configuration =
                    Propose(options, n, seen,
                        [.. proposed.Where(p => p.Key > n - lookahead).OrderBy(p => p.Key).Select(p => p.Value)]);
                if (configuration is null)
                    break;
                proposed[n] = configuration;
                if (share?.Has(n) == false)
                    continue;
                if (options.IsIndependent && journal?.Find(configuration) is { } before)
                {
                    done[n] = before with { Number = n };
                    continue;
                }
                var context = new TrialContext(n, configuration, reports => options.Pruner.ShouldPrune(reports, seen),
                    stop.Token);
                // One job needs no thread of its own, and leaves the pool to others.
                running.Add(n, options.Jobs == 1 ? TryHere(context, measure)
                    : Task.Run(() => Try(context, measure), CancellationToken.None));
            }
            while (running.Count > 0)
                Collect();
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested && !cancel.IsCancellationRequested)
        {
            // The time is used up: what is finished counts. The timer says so, not another clock: it may be a few
            // milliseconds early.
        }
        finally
        {
            stop.Cancel();
            Task.WhenAll(running.Values).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None,
                TaskScheduler.Default).Wait(CancellationToken.None);
        }
        return [.. done.Values];

        void Collect()
        {
            var task = Task.WhenAny(running.Values).GetAwaiter().GetResult();
            running.Remove(running.First(r => r.Value == task).Key);
            if (task.IsCanceled)
                throw new OperationCanceledException(stop.Token);
            var trial = task.GetAwaiter().GetResult();
            done[trial.Number] = trial;
            journal?.Add(trial);
            finished?.Invoke(trial);
        }
    }

    private static Configuration? Propose(StudyOptions options, int number, Trial[] seen, Configuration[] pending)
    {
        if (number < options.First.Count)
            return options.First[number];
        var known = seen.Select(t => t.Configuration).Concat(pending).ToHashSet();
        Configuration? proposal = null;
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            proposal = options.Sampler.Next(new(options.Space, seen, pending, number, options.Seed, attempt));
            if (proposal is null || !known.Contains(proposal))
                break;
        }
        return proposal;
    }

    private static Task<Trial> TryHere(TrialContext context, Func<TrialContext, TrialResult> measure)
    {
        try
        {
            return Task.FromResult(Try(context, measure));
        }
        catch (OperationCanceledException)
        {
            return Task.FromCanceled<Trial>(new CancellationToken(canceled: true));
        }
    }

    private static Trial Try(TrialContext context, Func<TrialContext, TrialResult> measure)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            var result = measure(context);
            if (!context.IsPruned && result.Losses.Any(double.IsNaN))
                return Failed("the value of the objective is not a number");
            return new(context.Number, context.Configuration,
                context.IsPruned ? TrialState.Pruned : TrialState.Complete,
                context.Reports, result, null, clock.Elapsed.TotalSeconds);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Whatever one configuration does wrong, the others can still be right.
            return Failed(e is FaceBiasException ? e.Message : $"{e.GetType().Name}: {e.Message}");
        }

        Trial Failed(string reason) =>
            new(context.Number, context.Configuration, TrialState.Failed, context.Reports, null, reason,
                clock.Elapsed.TotalSeconds);
    }
}
