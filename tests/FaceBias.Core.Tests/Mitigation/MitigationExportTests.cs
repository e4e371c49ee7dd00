using FaceBias.Core.Heads.Data;
using FaceBias.Core.Heads.Methods;
using FaceBias.Core.Heads.Results;
using FaceBias.Primitives.Statistics;
using FaceBias.Tests;
using FaceBias.Workflows.Mitigate;

namespace FaceBias.Core.Tests.Mitigation;

public class MitigationExportTests
{
    private static readonly SyntheticBiasOptions Biased = new() { Train = 600, Width = 8, Validation = 60, Test = 200 };

    private static (MitigationResult Result, MitigationRunOptions Options, IReadOnlyList<string> Lines) Run(
        HeadData data, string methods, string? export = null, SelectionRule? rule = null)
    {
        var options = new MitigationRunOptions
        {
            Methods = methods.Split(','), Out = TestPaths.NewFolder(), Seeds = 1, Trials = 1,
            Epochs = 4, BatchSize = 64, Export = export, Rule = rule,
        };
        var (result, _, lines) = MitigationExport.Write(options, data, MitigationRun.Execute(data, options),
            options.Out);
        return (result, options, lines);
    }

    [Fact]
    public void A_head_that_the_test_rows_show_to_be_better_than_ERM_is_exported()
    {
        var (result, _, lines) = Run(SyntheticBias.Create(Biased), "erm,dfr");
        var export = result.Export!;
        Assert.True(export.BeatsErm);
        Assert.Equal("DFR", export.Exported);
        Assert.InRange(export.Judged!.P, 0, 0.05);
        Assert.True(export.Judged.Low > 0);
        Assert.Contains("heads/dfr-seed1", lines[^1].Replace('\\', '/'), StringComparison.Ordinal);
        // What was paid for it is said group by group.
        foreach (var worse in export.Groups.Where(g => g.Difference < 0))
            Assert.Contains(export.Sentences, s => s.Contains(worse.Rows + ":", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(SelectionRule.WorstGroup)]
    [InlineData(SelectionRule.BalancedAverage)]
    [InlineData(SelectionRule.WorstClass)]
    public void Without_a_shortcut_no_head_is_shown_to_be_better_and_ERM_is_exported(SelectionRule rule)
    {
        var data = SyntheticBias.Create(Biased, oracle: true);
        var (result, options, lines) = Run(data, "erm,dfr,group-reweighting", rule: rule);
        Assert.NotEqual("ERM", MitigationExport.Choose(result)!.Value.Method.Title);
        Assert.False(result.Export!.BeatsErm);
        Assert.Equal("ERM", result.Export.Exported);
        Assert.Contains("could not be shown", result.Export.Sentences[0], StringComparison.Ordinal);
        Assert.Contains("heads/erm-seed1", lines[^1].Replace('\\', '/'), StringComparison.Ordinal);
        MitigationFiles.Write(options.Out, result);
        Assert.Equal(result.Export.Sentences,
            MitigationFiles.Read(Path.Combine(options.Out, "mitigation.json")).Export!.Sentences);
    }

    [Fact]
    public void A_method_that_is_asked_for_is_exported_and_what_the_test_says_stands_beside_it()
    {
        var (result, _, lines) = Run(SyntheticBias.Create(Biased, oracle: true), "erm,dfr", export: "dfr");
        Assert.Equal("DFR", result.Export!.Exported);
        Assert.False(result.Export.BeatsErm);
        Assert.Contains("as asked for", result.Export.Sentences[^1], StringComparison.Ordinal);
        Assert.Contains("heads/dfr-seed1", lines[^1].Replace('\\', '/'), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_ERM_nothing_is_known_and_that_is_said()
    {
        var (result, _, lines) = Run(SyntheticBias.Create(Biased), "dfr");
        Assert.Null(result.Export!.BeatsErm);
        Assert.Contains("add erm to --methods", lines[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("erm,dfr", "jtt", "none of the compared methods")]
    [InlineData("erm,thresholds", "thresholds", "no head")]
    public void What_cannot_be_exported_is_refused_before_anything_is_trained(string methods, string export,
        string words)
    {
        var options = new MitigationRunOptions { Methods = methods.Split(','),
            Out = TestPaths.NewFolder(), Export = export };
        Assert.Contains(words,
            Assert.Throws<FaceBiasException>(
                () => MitigationRun.Execute(SyntheticBias.Create(Biased), options)).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(options.Out));
    }

    [Fact]
    public void McNemars_test_and_its_interval()
    {
        // 2 (1 + 12 + 66) / 4096; R's binom.test(10, 12)$conf.int is 0.5159 to 0.9791, Wilson's interval of 12 of 100
        // 0.0700 to 0.1981.
        var test = PairedTest.OfLabels(10, 2, 100);
        Assert.Equal(0.08, test.Mean, 12);
        Assert.Equal(0.03857421875, test.P, 10);
        Assert.Equal((2 * 0.5158623 - 1) * 0.0700, test.Low, 3);
        Assert.Equal((2 * 0.9791375 - 1) * 0.1981, test.High, 3);
        var none = PairedTest.OfLabels(0, 0, 50);
        Assert.Equal((0.0, 1.0), (none.Mean, none.P));
        Assert.True(none.Low < 0 && none.High > 0);
    }

    [Fact]
    public void Interval_and_p_agree_on_whether_zero_is_left_out()
    {
        for (var better = 0; better <= 25; better++)
            for (var worse = 0; worse <= 25; worse++)
            {
                var test = PairedTest.OfLabels(better, worse, 60);
                Assert.Equal(test.P < 0.05, test.Low > 0 || test.High < 0);
                Assert.InRange(test.Mean, test.Low, test.High);
            }
    }

    [Fact]
    public void A_mean_over_strata_weighs_all_alike()
    {
        double[] a = [1, 2, 3, 4], b = [0, 0, 1, 1];
        var one = PairedTest.OfStrata([a]);
        Assert.Equal(PairedTest.Of(a), one);
        var both = PairedTest.OfStrata([a, [.. b, .. b, .. b]]);
        Assert.Equal((2.5 + 0.5) / 2, both.Mean, 12);
        Assert.InRange(both.P, 0, 0.05);
    }
}
