using System.Text.RegularExpressions;
using FaceBias.Core.Data;
using FaceBias.Core.Heads.Data;
using FaceBias.Core.Heads.Methods;
using FaceBias.Core.Heads.Results;
using FaceBias.Core.Tests.Reporting;
using FaceBias.Primitives.Tables;
using FaceBias.Reporting;
using FaceBias.Tests;
using FaceBias.Workflows.Mitigate;

namespace FaceBias.Core.Tests.Mitigation;

public class MitigationPageTests(Browser browser)
{
    private static readonly SyntheticBiasOptions Small = new() { Train = 300, Width = 8, Validation = 30, Test = 50 };
    private static readonly HeadData Data = SyntheticBias.Create(Small) with { Levels = ["<b>plain</b>", "level 1"] };

    [Fact]
    public async Task A_comparison_ends_in_a_page_audits_and_an_oracle()
    {
        var folder = TestPaths.NewFolder();
        var options = new MitigationRunOptions { Methods = ["erm", "dfr", "thresholds"],
            Out = folder, Seeds = 1, Trials = 1, Epochs = 4, BatchSize = 64 };
        var result = MitigationRun.AddOracle(MitigationRun.Execute(Data, options), Data,
            SyntheticBias.Create(Small, oracle: true), options);
        (result, var audit, var lines) = MitigationExport.Write(options, Data, result, folder);
        MitigationPage.Write(Path.Combine(folder, "mitigation.html"), result, audit);
        var page = File.ReadAllText(Path.Combine(folder, "mitigation.html"));

        Assert.Equal("oracle", result.Oracle!.Name);
        var dfr = result.Methods.Single(m => m.Name == "dfr");
        Assert.Equal((dfr.Worst.Mean - result.Methods[0].Worst.Mean)
            / (result.Oracle.Worst.Mean - result.Methods[0].Worst.Mean), dfr.Recovered!.Value, 12);
        Assert.Contains("every prediction", result.Methods.Single(m => m.Name == "thresholds").GroupLabels,
            StringComparison.Ordinal);
        Assert.Contains("only the head can be written", lines[^1], StringComparison.Ordinal);
        // Terms within sentences are links.
        var text = System.Net.WebUtility.HtmlDecode(Regex.Replace(page, "<[^>]*>", ""));
        foreach (var sentence in result.Export!.Sentences)
            Assert.Contains(sentence, text, StringComparison.Ordinal);
        Assert.Equal(Data.GroupCount, result.Export.Groups.Count);
        // The groups of the test are equally large.
        var after = MitigationExport.Choose(result)!.Value.Seed;
        Assert.Equal(after.GroupAverage, Right(TableFile.Read(Path.Combine(folder, "after.parquet"))), 9);
        Assert.NotEmpty(audit!.Compared);
        Assert.True(File.Exists(Path.Combine(folder, "audit-before.html")));
        foreach (var word in new[] { "Threshold per group", "Kirichenko", "perceived", "What this does not say",
            "Oracle" })
            Assert.Contains(word, page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>plain</b>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("src=\"http", page, StringComparison.Ordinal);
        await browser.Judge(Path.Combine(folder, "mitigation.html"));

        static double Right(Table t) =>
            Enumerable.Range(0, t.RowCount).Average(i => t.Text("class")[i] == t.Text("class_true")[i] ? 1.0 : 0);
    }

    [Fact]
    public void A_number_gets_worst_group_errors()
    {
        var random = new Random(3);
        HeadPart Part(int rows)
        {
            var x = new float[rows * 4];
            var (y, level) = (new double[rows], new int[rows]);
            for (var i = 0; i < rows; i++)
            {
                level[i] = i % 8 == 0 ? 1 : 0;
                for (var d = 0; d < 4; d++)
                    x[i * 4 + d] = (float)(random.NextDouble() * 2 - 1);
                // The rare level's values depend on another feature.
                y[i] = 40 + 10 * x[i * 4 + level[i]] + random.NextDouble();
            }
            return new(x, 4, [], y, level);
        }
        var data = new HeadData { Train = Part(600), Validation = Part(400), Test = Part(400), Target = "age",
            Classes = [], Bias = "group", Levels = ["common", "rare"] };
        var options = new MitigationRunOptions { Out = TestPaths.NewFolder(),
            Seeds = 1, Trials = 1, Epochs = 20, BatchSize = 64 };
        var result = MitigationRun.Execute(data, options);
        Assert.Equal("mean absolute error", result.Metric);
        var erm = result.Methods.Single(m => m.Name == "erm");
        Assert.InRange(erm.Worst.Mean, 1, 12);
        Assert.Equal(erm.Groups.Max()!.Value, erm.Worst.Mean, 3);
        Assert.True(result.Methods.Single(m => m.Name == "group-resampling").Worst.Mean < erm.Worst.Mean);
        Assert.Contains(result.Skipped, s => s.StartsWith("CAML is defined for classes", StringComparison.Ordinal));
        Assert.Contains("mean absolute error on 400 test rows", MitigationFiles.Lines(result)[0],
            StringComparison.Ordinal);
    }
}
