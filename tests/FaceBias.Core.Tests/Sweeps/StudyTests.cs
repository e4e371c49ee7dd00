using System.Text.Json.Nodes;
using FaceBias.Core.Search.Pruners;
using FaceBias.Core.Search.Samplers;
using FaceBias.Core.Search.Spaces;
using FaceBias.Core.Search.Storage;
using FaceBias.Core.Search.Studies;
using FaceBias.Core.Search.Trials;
using FaceBias.Tests;

namespace FaceBias.Core.Tests.Sweeps;

public class StudyTests
{
    private static readonly TestFunction Function = TestFunction.Conditional();

    private static StudyOptions Options => new()
    {
        Space = Function.Space, Sampler = new TpeSampler(startup: 5), Pruner = new MedianPruner(startup: 3, warmup: 1),
        Trials = 30, Lookahead = 4,
    };

    [Fact]
    public void Any_number_of_jobs_gives_the_same_trials()
    {
        var one = Study.Run(Options, Measure);
        var four = Study.Run(Options with { Jobs = 4 }, t =>
        {
            // Later trials overtake earlier ones.
            Thread.Sleep(t.Number % 4 == 0 ? 12 : 1);
            return Measure(t);
        });
        Assert.Equal(one.Select(Line), four.Select(Line));
        Assert.Contains(one, t => t.State == TrialState.Pruned);
        Assert.NotEqual(one.Select(Line), Study.Run(Options with { Seed = 8 }, Measure).Select(Line));
    }

    [Fact]
    public void A_journal_cut_anywhere_is_gone_on_with_to_the_same_trials()
    {
        var path = Path.Combine(TestPaths.NewFolder(), "journal.jsonl");
        IReadOnlyList<Trial> whole;
        using (var journal = StudyJournal.Open(path, Function.Space, []))
            whole = Study.Run(Options, Measure, journal);
        var bytes = File.ReadAllBytes(path);
        for (var i = 1; i <= 6; i++)
        {
            File.WriteAllBytes(path, bytes[..(bytes.Length * i / 7)]);
            using var journal = StudyJournal.Open(path, Function.Space, []);
            Assert.True(journal.Trials.Count < whole.Count);
            var measured = 0;
            var resumed = Study.Run(Options, t =>
            {
                measured++;
                return Measure(t);
            }, journal);
            Assert.Equal(whole.Select(Line), resumed.Select(Line));
            Assert.Equal(whole.Count - journal.Trials.Count, measured);
        }
        using var finished = StudyJournal.Open(path, Function.Space, []);
        Assert.Equal(whole.Select(Line), finished.Trials.Select(Line));
    }

    [Fact]
    public void A_stop_loses_only_the_running_trials()
    {
        var path = Path.Combine(TestPaths.NewFolder(), "journal.jsonl");
        using var cancel = new CancellationTokenSource();
        using (var journal = StudyJournal.Open(path, Function.Space, []))
            Assert.Throws<OperationCanceledException>(() => Study.Run(Options, t =>
            {
                if (t.Number == 12)
                    cancel.Cancel();
                t.Cancel.ThrowIfCancellationRequested();
                return Measure(t);
            }, journal, cancel: cancel.Token));
        using var again = StudyJournal.Open(path, Function.Space, []);
        Assert.Equal(12, again.Trials.Count);
        Assert.Equal(Study.Run(Options, Measure).Select(Line), Study.Run(Options, Measure, again).Select(Line));
    }

    [Fact]
    public void A_failing_trial_is_recorded_and_the_others_go_on()
    {
        var path = Path.Combine(TestPaths.NewFolder(), "journal.jsonl");
        TrialResult Fail(TrialContext t) => t.Number % 3 == 1 ? throw new FaceBiasException("the loss is not a number")
            : t.Number % 3 == 2 ? new TrialResult { Losses = [double.NaN] } : Measure(t);
        using (var journal = StudyJournal.Open(path, Function.Space, []))
            Study.Run(Options, Fail, journal);
        using var read = StudyJournal.Open(path, Function.Space, []);
        Assert.Equal(20, read.Trials.Count(t => t.State == TrialState.Failed));
        Assert.Equal("the loss is not a number", read.Trials[1].Reason);
        Assert.Equal(0, TrialOrder.Best(read.Trials)!.Number % 3);
    }

    [Fact]
    public void Time_ends_a_study_without_an_error()
    {
        // The second trial waits for the end itself, so that the study ends as close to the timer as can be.
        var trials = Study.Run(Options with { Trials = 100_000, Time = TimeSpan.FromMilliseconds(150) }, t =>
        {
            if (t.Number > 0)
                t.Cancel.WaitHandle.WaitOne();
            t.Cancel.ThrowIfCancellationRequested();
            return Measure(t);
        });
        Assert.InRange(trials.Count, 0, 1);
    }

    [Fact]
    public void A_journal_of_another_sweep_is_refused_by_what_differs()
    {
        var path = Path.Combine(TestPaths.NewFolder(), "journal.jsonl");
        StudyJournal Open(int seed) =>
            StudyJournal.Open(path, Function.Space, new JsonObject { ["seed"] = seed, ["sampler"] = "tpe" });
        Open(1).Dispose();
        Assert.Contains("another seed (1, not 2)", Assert.Throws<FaceBiasException>(() => Open(2)).Message,
            StringComparison.Ordinal);
        using (var whole = Open(1))
            Assert.Null(whole.Damage);
        // What an interruption leaves is no damage; a line that was changed is, with all behind it.
        File.AppendAllText(path, "{\"trial\": 1");
        using (var cut = Open(1))
            Assert.Null(cut.Damage);
        File.AppendAllText(path, " x\n{}\n");
        using (var damaged = Open(1))
            Assert.Contains("damaged from line 2 on; 2 lines are lost", damaged.Damage, StringComparison.Ordinal);
        File.WriteAllText(path, "not a journal\nat all\n");
        Assert.Contains("is no journal", Assert.Throws<FaceBiasException>(() => Open(1)).Message,
            StringComparison.Ordinal);
        Assert.StartsWith("not a journal", File.ReadAllText(path), StringComparison.Ordinal);
    }

    [Fact]
    public void Independent_trials_are_found_by_what_was_tried_in_whatever_order()
    {
        var path = Path.Combine(TestPaths.NewFolder(), "journal.jsonl");
        Configuration[] plan =
            [.. Enumerable.Range(0, 6).Select(i => new RandomSampler().Next(new(Function.Space, [], [], i, 3))!)];
        StudyOptions Independent(Configuration[] first) =>
            new() { Space = Function.Space, First = first, Trials = first.Length, IsIndependent = true };
        using (var journal = StudyJournal.Open(path, Function.Space, []))
            Study.Run(Independent([plan[4], plan[1]]), Measure, journal);
        var measured = new List<Configuration>();
        using var again = StudyJournal.Open(path, Function.Space, []);
        var all = Study.Run(Independent(plan), t =>
        {
            measured.Add(t.Configuration);
            return Measure(t);
        }, again);
        Assert.Equal([plan[0], plan[2], plan[3], plan[5]], measured);
        Assert.Equal(Study.Run(Independent(plan), Measure).Select(Line), all.Select(Line));
    }

    [Fact]
    public void Journals_of_earlier_versions_and_changed_lines_are_no_fault_of_the_program()
    {
        var path = Path.Combine(TestPaths.NewFolder(), "journal.jsonl");
        StudyJournal Open() => StudyJournal.Open(path, Function.Space, []);
        foreach (var old in new[] { """{"event":"sweep","version":1,"identity":{}}""",
            """{"key":"ab","method":"erm","seed":1}""" })
        {
            File.WriteAllText(path, old + "\n");
            Assert.Contains("earlier version", Assert.Throws<FaceBiasException>(Open).Message,
                StringComparison.Ordinal);
        }
        File.Delete(path);
        using (var journal = Open())
            Study.Run(Options with { Trials = 3 }, Measure, journal);
        var lines = File.ReadAllLines(path);
        foreach (var changed in new[] { "{}", "{\"trial\":\"x\"}",
            lines[2].Replace("\"losses\"", "\"lost\"", StringComparison.Ordinal),
            lines[2].Replace("complete", "done", StringComparison.Ordinal) })
        {
            File.WriteAllLines(path, [lines[0], lines[1], changed, lines[3]]);
            using var read = Open();
            Assert.Equal(2, read.Trials.Count);
        }
    }

    internal static TrialResult Measure(TrialContext context)
    {
        var value = Function.Value(context);
        for (var step = 1; step <= 4; step++)
            if (context.Report(step, value + 4.0 / step))
                break;
        return new TrialResult { Losses = [value], Violation = context.Configuration.Text("model") == "line" ? 1 : 0 };
    }

    private static string Line(Trial t) =>
        $"{t.Number} {t.Configuration} {t.State} {t.Result?.Losses[0]:R} {t.Result?.Violation} "
            + $"{string.Join(' ', t.Reports.Select(r => $"{r.Step}:{r.Loss:R}"))}";
}
