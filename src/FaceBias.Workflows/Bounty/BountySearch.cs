using System.Text.Json.Nodes;
using FaceBias.Core.Search.Pruners;
using FaceBias.Core.Search.Spaces;
using FaceBias.Core.Search.Storage;
using FaceBias.Core.Search.Studies;
using FaceBias.Core.Search.Trials;
using FaceBias.Primitives.Hashing;
using FaceBias.Reporting;

namespace FaceBias.Workflows.Bounty;

/// <summary>Searches for settings under the competition's score on the validation images; the first trial has the
/// entry's fixed settings.</summary>
internal static class BountySearch
{
    private const string Journal = "search.jsonl", Events = "events";

    /// <summary>Runs the search, or resumes it.</summary>
    public static (Configuration Best, double Score, double EntryScore, IReadOnlyList<Trial> Trials) Run(
        BountyRunOptions options, BountyRows rows, string data, IProgress<StepProgress>? progress,
        CancellationToken cancel)
    {
        var identity = new JsonObject { ["data"] = data, ["seed"] = options.Seed, ["backbone"] = options.Backbone,
            ["semiSupervised"] = options.SemiSupervised };
        using var journal = StudyJournal.Open(Path.Combine(options.Out, Journal), BountySettings.Space, identity);
        var (known, done) = (journal.Trials.Count, journal.Trials.Count);
        progress?.Report(new("search", done, options.Trials, "trials", known));
        var trials = Study.Run(new()
        {
            Space = BountySettings.Space,
            Pruner = new MedianPruner(warmup: 6),
            First = [BountySettings.Space.Defaults],
            Trials = options.Trials,
            Seed = options.Seed,
        }, context =>
        {
            var settings = BountySettings.Of(context.Configuration, options.Seed);
            var best = double.NegativeInfinity;
            var trained = BountyHeads.Train(rows, settings, options.Threads, (epoch, score) =>
            {
                best = Math.Max(best, score);
                return context.Report(epoch, -best, epoch == settings.Options.Epochs);
            }, context.Cancel);
            return new() { Losses = [-best],
                Metrics = new() { Average = best, Epoch = trained.BestEpoch, Epochs = settings.Options.Epochs } };
        }, journal, trial => progress?.Report(new("search", ++done, options.Trials, "trials", known)), cancel);
        SweepEvents.Write(Path.Combine(options.Out, Events), trials);
        var winner = trials.Where(t => t.IsFeasible).MinBy(t => t.Loss) ?? throw new FaceBiasException(
            $"None of {trials.Count} trials could be measured; the first: {trials[0].Reason ?? "pruned"}.");
        return (winner.Configuration, -winner.Loss, -trials[0].Loss, trials);
    }

    /// <summary>A name of everything that trials depend on.</summary>
    public static string Identity(BountyRows rows, IEnumerable<Digest> images) => Sha256.OfJson(
    [
        .. images.Select(i => (object?)i.ToString()), .. rows.Codes.SelectMany(c => c).Select(c => (object?)c),
        .. rows.IsNoise.Select(n => (object?)n),
        .. rows.Train.Concat(rows.Validation).Select(i => (object?)i),
    ]);
}
