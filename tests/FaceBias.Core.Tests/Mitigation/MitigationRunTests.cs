using FaceBias.Core.Data;
using FaceBias.Core.Heads.Data;
using FaceBias.Core.Heads.Methods;
using FaceBias.Core.Heads.Results;
using FaceBias.Tests;
using FaceBias.Workflows.Mitigate;

namespace FaceBias.Core.Tests.Mitigation;

public class MitigationRunTests
{
    private static readonly HeadData Data =
        SyntheticBias.Create(new() { Train = 300, Width = 8, Validation = 30, Test = 50 });

    private static MitigationRunOptions Options(string folder) => new()
    { Methods = ["erm", "group-resampling"], Out = folder, Seeds = 2, Trials = 2, Epochs = 3,
        BatchSize = 64 };

    [Fact]
    public void An_interrupted_comparison_goes_on_and_ends_the_same()
    {
        var (whole, broken) = (TestPaths.NewFolder(), TestPaths.NewFolder());
        var expected = MitigationRun.Execute(Data, Options(whole));
        var journal = Path.Combine(broken, "journal.jsonl");
        using (var cancel = new CancellationTokenSource())
        {
            var stop = new Stop(cancel);
            Assert.ThrowsAny<OperationCanceledException>(
                () => MitigationRun.Execute(Data, Options(broken) with { Threads = 1 }, stop, cancel.Token));
        }
        var kept = File.ReadAllLines(journal);
        Assert.InRange(kept.Length, 2, 8);
        File.AppendAllText(journal, """{"key":"torn""");
        var result = MitigationRun.Execute(Data, Options(broken));
        Assert.Equal(kept, File.ReadAllLines(journal)[..kept.Length]);
        Assert.Equal(9, File.ReadAllLines(journal).Length);
        Assert.Equal(
            expected.Methods.Select(m => (m.Name, m.Worst, m.GroupAverage, m.Gap)),
            result.Methods.Select(m => (m.Name, m.Worst, m.GroupAverage, m.Gap)));
        foreach (var seed in result.Methods.SelectMany(m => m.Seeds))
            Assert.True(File.Exists(Path.Combine(broken, seed.Head)));
        Assert.Equal(4, Directory.GetFiles(Path.Combine(broken, "heads")).Length);
    }

    [Fact]
    public void A_head_that_was_changed_is_trained_again()
    {
        var folder = TestPaths.NewFolder();
        MitigationRun.Execute(Data, Options(folder) with { Seeds = 1, Trials = 1 });
        var heads = Directory.GetFiles(Path.Combine(folder, "heads")).Order(StringComparer.Ordinal).ToArray();
        var before = heads.Select(File.ReadAllBytes).ToArray();
        File.WriteAllBytes(heads[0], before[^1]);
        File.WriteAllBytes(heads[^1], before[^1][..100]);
        MitigationRun.Execute(Data, Options(folder) with { Seeds = 1, Trials = 1 });
        Assert.Equal(before, heads.Select(File.ReadAllBytes));
    }

    [Fact]
    public void A_head_of_ERM_says_what_its_clusters_have_to_do_with_target_and_bias()
    {
        var options = Options(TestPaths.NewFolder()) with { Seeds = 1, Trials = 1 };
        var seeds = MitigationRun.Execute(Data, options).Methods.Single(m => m.Name == "erm").Seeds;
        Assert.Equal(["NMI of clusters and bias", "NMI of clusters and target", "clusters"],
            seeds[0].Notes.Keys.Order(StringComparer.Ordinal));
        Assert.All(seeds[0].Notes.Where(n => n.Key != "clusters"), n => Assert.InRange(n.Value, 0, 1));
    }

    [Fact]
    public void A_difference_that_rounds_to_nothing_has_no_two_signs()
    {
        var result = MitigationRun.Execute(Data, Options(TestPaths.NewFolder()) with { Seeds = 1, Trials = 1 });
        Assert.Equal("+0.0 [-1.0, +1.0] p=0.500",
            MitigationFiles.VersusText(result, new("g", 10, -0.0004, -0.01, 0.01, 0.5, 0.5)));
    }

    [Fact]
    public void The_table_survives_its_files()
    {
        var folder = TestPaths.NewFolder();
        var result = MitigationRun.Execute(Data, Options(folder) with { Seeds = 1, Trials = 1 });
        MitigationFiles.Write(folder, result);
        var read = MitigationFiles.Read(Path.Combine(folder, "mitigation.json"));
        Assert.Equal(MitigationFiles.Lines(result), MitigationFiles.Lines(read));
        var table = TableFile.Read(Path.Combine(folder, "mitigation.csv"));
        Assert.Equal(result.Methods[0].Worst.Mean, table.Number("worst_group")[0], 12);
        Assert.Null(read.Methods[0].VersusErm);
        Assert.NotNull(read.Methods[1].VersusErm);
    }

    [Fact]
    public void Without_group_labels_methods_that_need_them_are_left_out_with_the_reason()
    {
        static HeadPart Blind(HeadPart p) => new(p.Features, p.Width, p.Target, p.Values, null);
        var blind = Data with { Train = Blind(Data.Train), Validation = Blind(Data.Validation), Test = Blind(Data.Test),
            Bias = "", Levels = [] };
        var result = MitigationRun.Execute(blind, Options(TestPaths.NewFolder()));
        Assert.Equal(["erm"], result.Methods.Select(m => m.Name));
        Assert.Equal("nowhere", result.Methods[0].GroupLabels);
        Assert.Contains("name them with --bias", Assert.Single(result.Skipped), StringComparison.Ordinal);
        Assert.Throws<FaceBiasException>(
            () => MitigationRun.Execute(blind,
                Options(TestPaths.NewFolder()) with { Rule = SelectionRule.WorstGroup }));
    }

    [Fact]
    public void A_group_without_test_rows_is_said_and_labels_seen_by_all_are_said_once()
    {
        int[] kept = [.. Enumerable.Range(0, Data.Test.Rows).Where(i => Data.Groups(Data.Test)[i] != 1)];
        var result = MitigationRun.Execute(Data with { Test = Data.Test.Take(kept), TestIds = [] },
            Options(TestPaths.NewFolder()) with { Seeds = 1, Trials = 1 });
        var lines = MitigationFiles.Lines(result);
        Assert.Contains(lines,
            l => l.Contains($"'{Data.GroupName(1)}'", StringComparison.Ordinal)
                && l.Contains("not estimable", StringComparison.Ordinal));
        Assert.Null(result.Methods[0].Groups[1]);
        Assert.Equal(result.Methods[0].Groups.Min(), result.Methods[0].Worst.Mean);
        Assert.EndsWith("nowhere", lines.First(l => l.StartsWith("ERM ", StringComparison.Ordinal)),
            StringComparison.Ordinal);
        Assert.EndsWith("  training", lines.First(l => l.StartsWith("Sampling balanced", StringComparison.Ordinal)),
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_oracle_of_other_test_rows_is_refused()
    {
        var other = SyntheticBias.Create(new() { Train = 300, Width = 8, Validation = 30, Test = 50, Seed = 99 },
            oracle: true);
        Assert.Contains("not those of the comparison",
            Assert.Throws<FaceBiasException>(() => MitigationRun.CheckOracle(Data, other)).Message,
            StringComparison.Ordinal);
        MitigationRun.CheckOracle(Data, Data);
    }

    private sealed class Stop(CancellationTokenSource cancel) : IProgress<StepProgress>
    {
        public void Report(StepProgress value)
        {
            if (value.Done >= 2)
                cancel.Cancel();
        }
    }
}
